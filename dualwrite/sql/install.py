"""Putting the control tables and triggers beside an application's tables, and taking them away again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection, text

from dualwrite.entity import Entity
from dualwrite.errors import ConfigurationError
from dualwrite.sql import postgresql_install, sqlite_install
from dualwrite.sql.database import Database
from dualwrite.sql.names import qualified
from dualwrite.sql.postgresql_indexes import missing_indexes, put_indexes
from dualwrite.sql.schema import TABLES, create_tables, first_row


def install(
    database: Database, entities: Sequence[Entity], migration: str, *, wait_seconds: float = 10.0
) -> None:
    """Create what is missing and replace what differs; the phase starts as `sql_only` and is otherwise left alone.

    Raises:
        ConfigurationError: another migration is installed here, or a table is not there.
        Unavailable: on PostgreSQL a transaction in flight held a table for `wait_seconds` (new writers wait behind the
            installation meanwhile), or is so old that an index for the scans could not be built; run it again.
    """
    with database.write() as connection:
        _limit_wait(database, connection, wait_seconds)
        for statement in create_tables(database.dialect, database.schema):
            connection.exec_driver_sql(statement)
        connection.execute(text(first_row(database.dialect, database.schema)), {"migration": migration})
        there = connection.scalar(
            text(f"SELECT migration FROM {qualified(database.schema, 'dualwrite_control')}")
        )
        if there != migration:
            raise ConfigurationError(f"the database belongs to the migration {there!r}, not to {migration!r}")
        _side(database).put_triggers(connection, database.schema, entities)
    put_indexes(database, entities, wait_seconds)


def uninstall(database: Database, *, wait_seconds: float = 10.0) -> None:
    """Remove every trigger, function, index and table of ours, in one transaction. None there is no error."""
    with database.write() as connection:
        _limit_wait(database, connection, wait_seconds)
        _side(database).drop_triggers(connection, database.schema)
        for name in TABLES:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {qualified(database.schema, name)}")


def check(database: Database, entities: Sequence[Entity]) -> list[str]:
    """What is not as `install` left it, a line each; empty when all is well."""
    with database.read() as connection:
        missing = [
            name for name in TABLES if not _side(database).has_table(connection, database.schema, name)
        ]
        if missing:
            return [f"the table {name} is missing" for name in missing]
        found = _side(database).problems(connection, database.schema, entities)
    slow = missing_indexes(database, entities)
    return found + [f"the index for scans of the table {entity.table} is missing" for entity in slow]


def _limit_wait(database: Database, connection: Connection, seconds: float) -> None:
    """PostgreSQL would wait for ever; SQLite has its busy timeout."""
    if database.dialect == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(seconds * 1000)}")


class _Side(Protocol):
    """What each dialect's module does its own way."""

    def put_triggers(
        self, connection: Connection, schema: str | None, entities: Sequence[Entity]
    ) -> None: ...

    def drop_triggers(self, connection: Connection, schema: str | None) -> None: ...

    def has_table(self, connection: Connection, schema: str | None, name: str) -> bool: ...

    def problems(
        self, connection: Connection, schema: str | None, entities: Sequence[Entity]
    ) -> list[str]: ...


def _side(database: Database) -> _Side:
    return sqlite_install if database.dialect == "sqlite" else postgresql_install
