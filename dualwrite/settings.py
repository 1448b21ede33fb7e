"""Every setting, typed, validated at start, from arguments or from the environment (`DUALWRITE_…`). Secrets stay secret."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dualwrite.errors import ConfigurationError


class Apply(StrEnum):
    """When a write reaches PocketBase in `dual`."""

    BEHIND = "behind"  # after the caller has its answer
    INLINE = "inline"  # before it


class Settings(BaseSettings):
    """What a process needs to know. `Settings.load(…)` reads it and says in one line what is wrong."""

    model_config = SettingsConfigDict(
        env_prefix="DUALWRITE_",
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    sql_url: SecretStr | None = Field(
        None, validation_alias=AliasChoices("DUALWRITE_SQL_URL", "DATABASE_URL"), description="SQLAlchemy URL"
    )
    sql_schema: str | None = Field(
        None,
        validation_alias=AliasChoices("DUALWRITE_SQL_SCHEMA", "DATABASE_SCHEMA"),
        description="PostgreSQL schema of the tables; by default the connection's own",
    )
    pb_url: str | None = Field(None, description="http(s)://host:port of PocketBase")
    pb_identity: str | None = Field(None, description="e-mail of a PocketBase superuser")
    pb_password: SecretStr | None = Field(None, description="that superuser's password")
    pb_token: SecretStr | None = Field(None, description="a superuser token instead of identity and password")
    pb_timeout: Annotated[float, Field(gt=0, le=300)] = Field(10.0, description="seconds for one request")
    prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}_$")] | None = Field(
        None, description="of the collections; the migration's own by default"
    )
    apply: Apply = Field(Apply.BEHIND, description="behind or inline")
    sample_rate: Annotated[float, Field(ge=0, le=1)] = Field(
        0.1, description="share of reads that are compared, 0 to 1"
    )
    compare_share: Annotated[float, Field(gt=0, le=1)] = Field(
        0.25, description="share of the time that comparing reads may take, of each thread that does it"
    )
    compare_threads: Annotated[int, Field(gt=0, le=32)] = Field(
        1, description="reads that are compared at a time"
    )
    queue_size: Annotated[int, Field(gt=0, le=1_000_000)] = Field(
        1000, description="writes, and reads, that may wait behind the callers"
    )
    drain_seconds: Annotated[float, Field(ge=0, le=600)] = Field(
        10.0, description="how long closing waits for what is queued"
    )
    relay: bool = Field(True, description="whether this process also relays")
    helper: bool = Field(
        False, description="whether the work behind the callers is done in a process of its own (Unix)"
    )

    @model_validator(mode="after")
    def _helps_behind(self) -> Self:
        if self.helper and self.apply is Apply.INLINE:
            raise ValueError("helper works behind the callers, and apply=inline asks for the opposite")
        return self

    @field_validator("pb_url")
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        if url is not None:
            try:
                parts = urlsplit(url)
                usable = bool(parts.hostname) and parts.port != 0
            except ValueError:
                usable = False
            if not usable:
                raise ValueError("must be http(s)://host:port")
            if parts.username is not None or parts.password is not None:
                # Nor would it work: what HTTP makes of them takes the place of PocketBase's token.
                raise ValueError(
                    "must hold no user and no password: these are DUALWRITE_PB_IDENTITY and DUALWRITE_PB_PASSWORD"
                )
        return url.rstrip("/") if url else url

    @classmethod
    def load(cls, **given: Any) -> Settings:
        """The settings from these arguments, else from the environment.

        Raises:
            ConfigurationError: naming the setting, what it must look like, and how to mend it; never its value.
        """
        names = {"sql_url": "DUALWRITE_SQL_URL", "sql_schema": "DUALWRITE_SQL_SCHEMA"}
        try:
            return cls(**{names.get(name, name): value for name, value in given.items() if value is not None})
        except ValidationError as error:
            given.clear()  # secrets, in clear: a traceback may show what this name holds
            first = error.errors(include_input=False, include_url=False)[0]
            name = str(first["loc"][0]).removeprefix("DUALWRITE_").lower() if first["loc"] else "settings"
            raise ConfigurationError(
                f"setting {name}: {first['msg'].removeprefix('Value error, ')}; give it as an argument or as DUALWRITE_{name.upper()}"
            ) from None

    def need_sql_url(self) -> str:
        """The SQL URL, in clear. Raises `ConfigurationError` where it is missing."""
        if self.sql_url is None:
            raise ConfigurationError(
                "no SQL database is given: set DUALWRITE_SQL_URL (or DATABASE_URL), or pass --sql"
            )
        return self.sql_url.get_secret_value()

    def need_pb_url(self) -> str:
        """The PocketBase URL. Raises `ConfigurationError` where it, or the identity, is missing."""
        if self.pb_url is None:
            raise ConfigurationError("no PocketBase is given: set DUALWRITE_PB_URL, or pass --pb")
        if self.pb_token is None and (self.pb_identity is None or self.pb_password is None):
            raise ConfigurationError(
                "PocketBase needs a superuser: set DUALWRITE_PB_IDENTITY and DUALWRITE_PB_PASSWORD, or DUALWRITE_PB_TOKEN"
            )
        return self.pb_url
