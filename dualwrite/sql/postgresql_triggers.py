"""Triggers on PostgreSQL: after each statement, from its transition tables.

One call a statement: it takes the advisory lock, reads the phase, refuses or notes the keys. A row-level trigger would
run once a row. That the lock is taken after the rows are written is as good as before: a change of phase that comes
between waits for nobody, and the statement then meets the new phase and is refused, or owes, under that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dualwrite.entity import Entity
from dualwrite.sql.names import LOCK_CLASS, columns, literal, lock_key, qualified, quoted
from dualwrite.sql.translate import FENCE_MESSAGE, FENCE_SQLSTATE

OLD, NEW = "dualwrite_old", "dualwrite_new"
SEARCH_PATH = "pg_catalog, pg_temp"

# pg_trigger.tgtype: https://doxygen.postgresql.org/pg__trigger_8h_source.html
_ROW, _BEFORE, _INSERT, _DELETE, _UPDATE, _TRUNCATE = 1, 2, 4, 8, 16, 32


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger as the catalogue shows it, and the statements that make it."""

    type: int
    old: str | None
    new: str | None
    conditional: bool
    create: tuple[str, str]


def function_name(entity: Entity) -> str:
    """The name of the function that an entity's triggers call."""
    return f"dualwrite_{entity.table}"


def triggers(entity: Entity, schema: str | None) -> Mapping[str, Trigger]:
    """The triggers of an entity's table by name. ALWAYS: also where a session plays a replica."""
    table, function = qualified(schema, entity.table), qualified(schema, function_name(entity))

    def trigger(
        name: str, event: str, type_: int, *, old: bool = False, new: bool = False, condition: str = ""
    ) -> tuple[str, Trigger]:
        level = f"ROW WHEN ({condition})" if condition else "STATEMENT"
        when = "BEFORE" if type_ & _BEFORE else "AFTER"
        seen = [f"OLD TABLE AS {OLD}"] * old + [f"NEW TABLE AS {NEW}"] * new
        referencing = f"REFERENCING {' '.join(seen)} " if seen else ""
        create = (
            f"CREATE TRIGGER {name} {when} {event} ON {table} {referencing}"
            f"FOR EACH {level} EXECUTE FUNCTION {function}()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
        )
        return name, Trigger(type_, OLD if old else None, NEW if new else None, bool(condition), create)

    changed = " OR ".join(
        f'OLD.{quoted(name)} COLLATE "C" IS DISTINCT FROM NEW.{quoted(name)} COLLATE "C"'
        for name in entity.key
    )
    return dict(
        [
            trigger("dualwrite_insert", "INSERT", _INSERT, new=True),
            trigger("dualwrite_update", "UPDATE", _UPDATE, new=True),
            # Alone for the old key: with OLD TABLE every update would pay for a second tuplestore and a UNION.
            trigger("dualwrite_rekey", "UPDATE", _ROW | _UPDATE, condition=changed),
            trigger("dualwrite_delete", "DELETE", _DELETE, old=True),
            trigger("dualwrite_truncate", "TRUNCATE", _TRUNCATE | _BEFORE),
        ]
    )


def create_function(entity: Entity, schema: str | None) -> str:
    """The statement that makes an entity's trigger function.

    SECURITY DEFINER: a writer needs no rights on the control tables. Every name is therefore written with its schema, and
    what has none in its writing, an operator or a type, is looked for where no writer can put one of its own: `=` is a
    name too, and the first on the writer's search path would run with the definer's rights.
    """
    return (
        f"CREATE OR REPLACE FUNCTION {qualified(schema, function_name(entity))}() RETURNS trigger "
        f"LANGUAGE plpgsql SECURITY DEFINER SET search_path = {SEARCH_PATH} "
        f"AS {literal(function_body(entity, schema))}"
    )


def function_body(entity: Entity, schema: str | None) -> str:
    """The text of an entity's trigger function.

    The phase: under READ COMMITTED each query in here has a new snapshot, taken after the lock. Under REPEATABLE READ the
    transaction's snapshot may be older than a change of phase; FOR SHARE fails (40001, to be retried) exactly if the row
    has changed since, and an invisible row means that the tables themselves are younger than the snapshot.
    """
    control = qualified(schema, "dualwrite_control")
    lock = f"{LOCK_CLASS}, {lock_key(schema)}"

    def owe(row: str) -> str:
        return (
            f"INSERT INTO {qualified(schema, 'dualwrite_obligation')} (entity, key) "
            f"SELECT {literal(entity.name)}, pg_catalog.json_build_array({columns(entity.key, row + '.')})::text"
        )

    return f"""
DECLARE
    stored text;
    fresh boolean := pg_catalog.current_setting('transaction_isolation') IN ('read committed', 'read uncommitted');
BEGIN
    IF NOT pg_catalog.pg_try_advisory_xact_lock_shared({lock}) THEN
        PERFORM pg_catalog.pg_advisory_xact_lock_shared({lock});
    END IF;
    IF fresh THEN
        SELECT phase INTO stored FROM {control};
    ELSE
        SELECT phase INTO stored FROM {control} FOR SHARE;
    END IF;
    IF stored = 'sql_only' THEN
        RETURN NULL;
    ELSIF stored = 'dual' THEN
        IF TG_LEVEL = 'ROW' THEN
            {owe("OLD")};
        ELSIF TG_OP IN ('INSERT', 'UPDATE') THEN
            {owe("touched")} FROM {NEW} AS touched;
        ELSIF TG_OP = 'DELETE' THEN
            {owe("touched")} FROM {OLD} AS touched;
        ELSIF fresh THEN
            {owe("touched")} FROM {qualified(schema, entity.table)} AS touched;
        ELSE
            -- An old snapshot does not show every row that TRUNCATE removes.
            RAISE EXCEPTION 'dualwrite: TRUNCATE needs READ COMMITTED' USING ERRCODE = '0A000';
        END IF;
    ELSIF stored IS NULL THEN
        RAISE EXCEPTION 'dualwrite: the transaction is older than the control tables' USING ERRCODE = '40001';
    ELSIF pg_catalog.current_setting('dualwrite.passes_fence', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION {literal(FENCE_MESSAGE)} USING ERRCODE = {literal(FENCE_SQLSTATE)};
    END IF;
    RETURN NULL;
END
"""
