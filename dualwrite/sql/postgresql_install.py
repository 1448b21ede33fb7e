"""Triggers, their functions and the scan's indexes put in place, checked and removed on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from dualwrite.entity import Entity
from dualwrite.errors import ConfigurationError
from dualwrite.sql.names import qualified, quoted
from dualwrite.sql.postgresql_indexes import drop_indexes
from dualwrite.sql.postgresql_triggers import (
    SEARCH_PATH,
    Trigger,
    create_function,
    function_body,
    function_name,
    triggers,
)

_TABLE = text(
    "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = :schema AND c.relname = :name AND c.relkind IN ('r', 'p')"
)
_TRIGGERS = text(
    f"""
    SELECT c.relname, t.tgname, t.tgtype::int, t.tgoldtable::text, t.tgnewtable::text,
           t.tgqual IS NOT NULL, t.tgenabled = 'A' AND t.tgnargs = 0 AND cardinality(t.tgattr::int2[]) = 0
               AND p.pronamespace = c.relnamespace AND p.prosecdef
               AND coalesce(p.proconfig = ARRAY['search_path={SEARCH_PATH}'], false),
           p.proname, p.prosrc
    FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE n.nspname = :schema AND NOT t.tgisinternal AND t.tgname LIKE 'dualwrite\\_%'
    """
)
_FUNCTIONS = text(
    "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
    "WHERE n.nspname = :schema AND p.proname LIKE 'dualwrite\\_%' AND p.pronargs = 0"
)


class _There(NamedTuple):
    """A trigger of ours as the catalogue has it."""

    table: str
    name: str
    type: int
    old: str | None
    new: str | None
    conditional: bool
    plain: bool
    function: str
    body: str


def put_triggers(connection: Connection, schema: str | None, entities: Sequence[Entity]) -> None:
    """Make functions and triggers what they should be, in the caller's transaction."""
    for entity in entities:
        if not has_table(connection, schema, entity.table):
            raise ConfigurationError(f"the table {entity.table} is not there")
    there = _there(connection, schema)
    tables = {entity.table for entity in entities}
    for table, name in there:
        if table not in tables:
            connection.exec_driver_sql(f"DROP TRIGGER {quoted(name)} ON {qualified(schema, table)}")
    for entity in entities:
        wanted = triggers(entity, schema)
        differing = [
            name
            for name in wanted
            if _difference(entity, schema, wanted[name], there.get((entity.table, name)))
        ]
        if not differing:
            continue
        connection.exec_driver_sql(create_function(entity, schema))
        for name in differing:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {qualified(schema, entity.table)}")
            for statement in wanted[name].create:
                connection.exec_driver_sql(statement)


def drop_triggers(connection: Connection, schema: str | None) -> None:
    """Remove every trigger, function and index of ours."""
    for table, name in _there(connection, schema):
        connection.exec_driver_sql(f"DROP TRIGGER {quoted(name)} ON {qualified(schema, table)}")
    for name in connection.scalars(_FUNCTIONS, {"schema": schema}).all():
        connection.exec_driver_sql(f"DROP FUNCTION {qualified(schema, name)}()")
    drop_indexes(connection, schema)


def has_table(connection: Connection, schema: str | None, name: str) -> bool:
    """Whether there is a table of that name."""
    return connection.scalar(_TABLE, {"schema": schema, "name": name}) is not None


def problems(connection: Connection, schema: str | None, entities: Sequence[Entity]) -> list[str]:
    """What differs from what `put_triggers` would leave."""
    there = _there(connection, schema)
    found: list[str] = []
    for entity in entities:
        if not has_table(connection, schema, entity.table):
            found.append(f"the table {entity.table} is missing")
            continue
        for name, wanted in triggers(entity, schema).items():
            difference = _difference(entity, schema, wanted, there.get((entity.table, name)))
            if difference:
                found.append(f"the trigger {name} of the table {entity.table} is {difference}")
    return found


def _there(connection: Connection, schema: str | None) -> dict[tuple[str, str], _There]:
    rows = [_There(*row) for row in connection.execute(_TRIGGERS, {"schema": schema}).all()]
    return {(row.table, row.name): row for row in rows}


def _difference(entity: Entity, schema: str | None, wanted: Trigger, there: _There | None) -> str:
    if there is None:
        return "missing"
    same = (
        there.plain
        and (there.type, there.old, there.new, there.conditional)
        == (wanted.type, wanted.old, wanted.new, wanted.conditional)
        and there.function == function_name(entity)
        and there.body == function_body(entity, schema)
    )
    return "" if same else "not as installed"
