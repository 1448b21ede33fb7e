"""What a repository needs of a form: this library's own classes have it, and so have Open WebUI's."""

from __future__ import annotations

from typing import Any, Protocol


class Form(Protocol):
    """Any pydantic model; only its dump is looked at."""

    def model_dump(self, *, exclude_unset: bool = False, exclude_none: bool = False) -> dict[str, Any]:
        """The fields by name, as pydantic gives them."""
