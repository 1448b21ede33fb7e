"""What the wiring itself must be told; all else is in `dualwrite.settings`, and Open WebUI's own."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from dualwrite.errors import ConfigurationError

Backend: TypeAlias = Literal["sql", "dual", "pocketbase"]


class WiringSettings(BaseSettings):
    """From arguments, else from the environment (`DUALWRITE_…`)."""

    model_config = SettingsConfigDict(
        env_prefix="DUALWRITE_", env_ignore_empty=True, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    backend: Backend = Field(
        "dual", description="dual follows the stored phase; sql and pocketbase ask that store alone"
    )
    metrics_host: str = Field("127.0.0.1", description="where `serve` answers with metrics")
    metrics_port: Annotated[int, Field(ge=0, le=65535)] | None = Field(
        None, description="its port; none, and no metrics, by default; 0 takes a free one"
    )

    @classmethod
    def load(cls, **given: Any) -> WiringSettings:
        """Raises `ConfigurationError`, naming the setting and what it must look like."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            name = str(first["loc"][0])
            raise ConfigurationError(
                f"setting {name}: {first['msg']}; give it as an argument or as DUALWRITE_{name.upper()}"
            ) from None
