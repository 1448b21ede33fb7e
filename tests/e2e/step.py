"""One request of the scenario, as data, and what it was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOBODY = ""
"""Who has not signed in."""


@dataclass(frozen=True, slots=True)
class Step:
    """A request.

    `{name}` in path and body stands for what an earlier step kept: `keeps` maps a name to where its value is in the answer
    (`id`, `0.id`, empty for the answer itself). What `who` is sent as is the token kept as `<who>.token`.
    """

    says: str
    who: str
    method: str
    path: str
    body: Any = None
    keeps: Mapping[str, str] = field(default_factory=dict)
    file: tuple[str, str, bytes] | None = None
    """Name, content type and bytes of an upload."""
    settles: str = ""
    """A path to ask, unrecorded, until its answer is one of `SETTLED`: what the request began goes on behind it."""
    new_second: bool = False
    """Sent in a second of its own: rows that are listed by a clock of whole seconds must not tie."""
    any_order: str | None = None
    """Where in the answer, as in `keeps`, a list is that Open WebUI does not sort: its order is left to the store."""


SETTLED: tuple[Any, ...] = ({"task_ids": []}, {"status": "completed"})
"""How Open WebUI says that nothing of a chat, or of a file, is at work any more."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A step and its answer; `body` is JSON where it is JSON, and text otherwise. `seconds` is how long it took."""

    says: str
    request: str
    status: int
    content_type: str
    body: Any
    seconds: float = field(compare=False)
