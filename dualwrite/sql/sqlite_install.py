"""Triggers put in place, checked and removed on SQLite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text

from dualwrite.entity import Entity
from dualwrite.errors import ConfigurationError
from dualwrite.sql.names import quoted
from dualwrite.sql.sqlite_triggers import triggers

_OURS = text(
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'dualwrite\\_%' ESCAPE '\\'"
)
_TABLE = text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name")


def put_triggers(connection: Connection, schema: str | None, entities: Sequence[Entity]) -> None:
    """Make the triggers what they should be, in the caller's transaction."""
    for entity in entities:
        if not has_table(connection, schema, entity.table):
            raise ConfigurationError(f"the table {entity.table} is not there")
    wanted, there = _wanted(connection, entities), _there(connection)
    for name in there:
        if there[name] != wanted.get(name):
            connection.exec_driver_sql(f"DROP TRIGGER {quoted(name)}")
    for name, statement in wanted.items():
        if there.get(name) != statement:
            connection.exec_driver_sql(statement)


def drop_triggers(connection: Connection, schema: str | None) -> None:
    """Remove every trigger of ours."""
    for name in _there(connection):
        connection.exec_driver_sql(f"DROP TRIGGER {quoted(name)}")


def has_table(connection: Connection, schema: str | None, name: str) -> bool:
    """Whether there is a table of that name."""
    return connection.scalar(_TABLE, {"name": name}) is not None


def problems(connection: Connection, schema: str | None, entities: Sequence[Entity]) -> list[str]:
    """What differs from what `put_triggers` would leave."""
    found = [
        f"the table {entity.table} is missing"
        for entity in entities
        if not has_table(connection, schema, entity.table)
    ]
    wanted, there = _wanted(connection, entities), _there(connection)
    found += [f"the trigger {name} is missing" for name in wanted if name not in there]
    found += [
        f"the trigger {name} is not as installed"
        for name in wanted
        if there.get(name, wanted[name]) != wanted[name]
    ]
    return found + [f"the trigger {name} is one too many" for name in there if name not in wanted]


def _wanted(connection: Connection, entities: Sequence[Entity]) -> Mapping[str, str]:
    return {
        name: statement for entity in entities for name, statement in triggers(connection, entity).items()
    }


def _there(connection: Connection) -> Mapping[str, str]:
    return {row.name: row.sql for row in connection.execute(_OURS)}
