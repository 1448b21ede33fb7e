"""`connect`: all repositories on one backend, built in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, assert_never

from pydantic import SecretStr

from dualwrite.dialect import Dialect
from dualwrite.metrics import Metrics
from dualwrite.secret import hidden
from repos.interfaces import (
    IChatsRepo,
    IFilesRepo,
    IFoldersRepo,
    IGroupsRepo,
    IMessagesRepo,
    IModelsRepo,
    ITagsRepo,
    IUsersRepo,
)
from repos.migration import check, openwebui, pocketbase

if TYPE_CHECKING:
    from dualwrite.settings import Settings
    from dualwrite.sql import Database

Backend: TypeAlias = Literal["sql", "pocketbase", "dual"]


class Repositories:
    """One attribute for each contract of the migration."""

    messages: IMessagesRepo
    tags: ITagsRepo
    files: IFilesRepo
    folders: IFoldersRepo
    groups: IGroupsRepo
    users: IUsersRepo
    models: IModelsRepo
    chats: IChatsRepo

    def __init__(self, by_name: Mapping[str, Any]) -> None:
        for name in openwebui.contracts:
            setattr(self, name, by_name[name])


@contextmanager
def connect(
    backend: Backend,
    *,
    sql_url: SecretStr | str | None = None,
    pb_url: str | None = None,
    pb_identity: str | None = None,
    pb_password: SecretStr | str | None = None,
    pb_token: SecretStr | str | None = None,
    dialect: Dialect | None = None,
) -> Iterator[Repositories]:
    """The repositories on one backend, closed at the end; `dual` follows the stored phase, whatever that is.

    What is left out comes from the environment: `DUALWRITE_SQL_URL` (else `DATABASE_URL`), `DUALWRITE_PB_URL`,
    `DUALWRITE_PB_IDENTITY` and `DUALWRITE_PB_PASSWORD`, or `DUALWRITE_PB_TOKEN`. `dialect` matters to `pocketbase` alone:
    that of the database the records came from, by default that of the SQL URL if there is one, else SQLite.

    Raises:
        ConfigurationError: a setting is missing or wrong, or the SQL database is not Open WebUI's.
    """
    from dualwrite.settings import Settings

    sql_url, pb_password, pb_token = hidden(sql_url), hidden(pb_password), hidden(pb_token)
    settings = Settings.load(
        sql_url=sql_url, pb_url=pb_url, pb_identity=pb_identity, pb_password=pb_password, pb_token=pb_token
    )
    with repositories(backend, settings, dialect=dialect) as by_name:
        yield Repositories(by_name)


@contextmanager
def repositories(
    backend: Backend,
    settings: Settings,
    *,
    database: Callable[[], Database] | None = None,
    dialect: Dialect | None = None,
    metrics: Metrics | None = None,
) -> Iterator[Mapping[str, Any]]:
    """The repositories by name, on one backend. `database` opens the SQL side, by default that of the settings; `pocketbase`
    never calls it.

    Raises:
        ConfigurationError: as `connect`.
    """
    match backend:
        case "sql":
            opened = _sql(settings, database)
        case "pocketbase":
            opened = _pocketbase(settings, dialect or _dialect_of(settings), metrics)
        case "dual":
            opened = _dual(settings, database, metrics)
        case _:
            assert_never(backend)
    with opened as by_name:
        yield by_name


@contextmanager
def _sql(settings: Settings, opening: Callable[[], Database] | None) -> Iterator[Mapping[str, Any]]:
    from dualwrite.sql import Database

    database = opening() if opening else Database.open(settings.need_sql_url(), schema=settings.sql_schema)
    try:
        check(database)
        yield openwebui.sql(database)
    finally:
        database.close()


@contextmanager
def _pocketbase(settings: Settings, dialect: Dialect, metrics: Metrics | None) -> Iterator[Mapping[str, Any]]:
    from dualwrite.opening import open_pocketbase

    with open_pocketbase(openwebui, settings, metrics) as server:
        yield pocketbase(server, dialect=dialect)


@contextmanager
def _dual(
    settings: Settings, opening: Callable[[], Database] | None, metrics: Metrics | None
) -> Iterator[Mapping[str, Any]]:
    from dualwrite.runtime import open_dual

    database = opening() if opening else None
    try:
        runtime = open_dual(openwebui, settings, metrics=metrics, database=database)
    except BaseException:
        if database is not None:
            database.close()
        raise
    try:
        yield runtime.repositories
    finally:
        runtime.close()


def _dialect_of(settings: Settings) -> Dialect:
    """By the URL's first letters: the PocketBase side must not need SQLAlchemy to tell."""
    url = settings.sql_url.get_secret_value() if settings.sql_url else ""
    return "postgresql" if url.startswith("postgres") else "sqlite"
