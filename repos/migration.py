"""Open WebUI as a migration: what `dualwrite` must know of it. Imports neither store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dualwrite.dialect import Dialect
from dualwrite.errors import ConfigurationError
from dualwrite.migration import Migration
from repos.entities import ENTITIES, PREFIX, SCHEMA_HEAD
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

if TYPE_CHECKING:
    from dualwrite.pocketbase import PocketBase
    from dualwrite.ports import Reader
    from dualwrite.rehearse.material import Rehearsal
    from dualwrite.sql import Database

RELEASE = "0.6.36"


def sql(database: Database) -> Mapping[str, Any]:
    """The SQL adapters by the names of their contracts."""
    from repos.sql import ADAPTERS

    return {name: adapter(database) for name, adapter in ADAPTERS.items()}


def pocketbase(pocketbase: PocketBase, dialect: Dialect = "sqlite") -> Mapping[str, Any]:
    """The PocketBase adapters by the names of their contracts. `dialect` is that of the database they replace."""
    from repos.pocketbase import ADAPTERS

    return {name: adapter(pocketbase, dialect=dialect) for name, adapter in ADAPTERS.items()}


def check(database: Database) -> None:
    """The database is one that Open WebUI of this release has migrated.

    Raises:
        ConfigurationError: it is not, or not up to its schema.
    """
    from dualwrite.sql import check_tables
    from repos.sql.schema import schema_head

    head = schema_head(database)
    if head is None:
        raise ConfigurationError(
            "this is not an Open WebUI database (it has no Alembic revision): give the one that Open WebUI uses"
        )
    if head != SCHEMA_HEAD:
        raise ConfigurationError(
            f"the database has Open WebUI's schema {head}, and {SCHEMA_HEAD} is needed: start Open WebUI {RELEASE} on it once"
        )
    problems = check_tables(database, ENTITIES)
    if problems:
        raise ConfigurationError(
            f"the database is not as Open WebUI {RELEASE} leaves it: {'; '.join(problems)}: mend it before you migrate"
        )


def questions(store: Reader, seed: int) -> Iterable[tuple[str, str, tuple[Any, ...]]]:
    """Reads of every repository, their arguments drawn from the rows there are."""
    from repos.rehearsal.questions import questions as drawn

    return drawn(store, seed=seed)


def rehearsal() -> Rehearsal:
    """A generated database, traffic and questions."""
    from repos.rehearsal.material import OpenWebUIRehearsal

    return OpenWebUIRehearsal()


openwebui = Migration(
    name="openwebui",
    title=f"Open WebUI {RELEASE}",
    prefix=PREFIX,
    contracts={
        "messages": IMessagesRepo,
        "tags": ITagsRepo,
        "files": IFilesRepo,
        "folders": IFoldersRepo,
        "groups": IGroupsRepo,
        "users": IUsersRepo,
        "models": IModelsRepo,
        "chats": IChatsRepo,
    },
    entities=ENTITIES,
    sql=sql,
    pocketbase=pocketbase,
    check=check,
    questions=questions,
    rehearsal=rehearsal,
    foreign=("open_webui",),
)
