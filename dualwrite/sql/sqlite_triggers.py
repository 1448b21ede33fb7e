"""Triggers on SQLite: they work on any plain connection of any process, so they use built-in functions only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from dualwrite.entity import Entity
from dualwrite.sql.names import literal, quoted
from dualwrite.sql.translate import FENCE_MESSAGE


@dataclass(frozen=True, slots=True)
class Unique:
    """A unique index of a table: its columns with their collations."""

    name: str
    columns: tuple[tuple[str, str], ...]


def triggers(connection: Connection, entity: Entity) -> Mapping[str, str]:
    """The name and the text of every trigger that this entity's table needs, given its unique indexes now."""
    table = entity.table

    def name(suffix: str) -> str:
        return f"dualwrite_{table}_{suffix}"

    def trigger(suffix: str, when: str, body: str) -> tuple[str, str]:
        head = f"CREATE TRIGGER {quoted(name(suffix))} {when}"
        return name(suffix), f"{head} BEGIN {body}; END"

    on = f"ON {quoted(table)}"
    changed = " OR ".join(f"NEW.{quoted(key)} IS NOT OLD.{quoted(key)} COLLATE BINARY" for key in entity.key)
    keys = ", ".join(map(quoted, entity.key))
    found = [
        trigger("insert", f"AFTER INSERT {on}", _owe(entity, "NEW")),
        trigger("update", f"AFTER UPDATE {on}", _owe(entity, "NEW")),
        trigger("rekey", f"AFTER UPDATE OF {keys} {on} WHEN {changed}", _owe(entity, "OLD")),
        trigger("delete", f"AFTER DELETE {on}", _owe(entity, "OLD")),
    ]
    for unique in _displacing(connection, entity):
        given = " AND ".join(f"NEW.{quoted(column)} IS NOT NULL" for column, _ in unique.columns)
        of = ", ".join(quoted(column) for column, _ in unique.columns)
        body = _owe_displaced(entity, unique)
        found += [
            trigger(f"insert_over_{unique.name}", f"BEFORE INSERT {on} WHEN {given}", body),
            trigger(f"update_over_{unique.name}", f"BEFORE UPDATE OF {of} {on} WHEN {given}", body),
        ]
    return dict(found)


def _key(entity: Entity, row: str) -> str:
    # CAST: json_array refuses a BLOB, and a trigger must never be why a write fails.
    return "json_array(" + ", ".join(f"CAST({row}.{quoted(name)} AS TEXT)" for name in entity.key) + ")"


def _owe(entity: Entity, row: str) -> str:
    """One look at the control row decides between debt, nothing, and refusal."""
    return (
        f"INSERT INTO dualwrite_obligation (entity, key) SELECT {literal(entity.name)}, {_key(entity, row)} "
        "FROM dualwrite_control WHERE CASE WHEN phase = 'dual' THEN 1 WHEN phase = 'sql_only' OR passes THEN 0 "
        f"ELSE RAISE(ABORT, {literal(FENCE_MESSAGE)}) END"
    )


def _owe_displaced(entity: Entity, unique: Unique) -> str:
    """Debt for the row that INSERT OR REPLACE is about to delete because of another unique column.

    Delete triggers do not fire for it unless the connection has set `recursive_triggers`. Where the statement is not
    an OR REPLACE, it fails and takes this debt with it, or (OR IGNORE, DO UPDATE) leaves a look too many.
    """
    same = " AND ".join(
        f"there.{quoted(column)} = NEW.{quoted(column)} COLLATE {collation}"
        for column, collation in unique.columns
    )
    other = " OR ".join(
        f"there.{quoted(name)} IS NOT NEW.{quoted(name)} COLLATE BINARY" for name in entity.key
    )
    return (
        f"INSERT INTO dualwrite_obligation (entity, key) SELECT {literal(entity.name)}, {_key(entity, 'there')} "
        f"FROM dualwrite_control, {quoted(entity.table)} AS there WHERE phase = 'dual' AND {same} AND ({other})"
    )


def _displacing(connection: Connection, entity: Entity) -> list[Unique]:
    """Unique indexes through which one row can replace another with a different key."""
    found: list[Unique] = []
    for row in connection.exec_driver_sql(f"PRAGMA index_list({quoted(entity.table)})").all():
        index, is_unique = row[1], row[2]
        if not is_unique:
            continue
        parts = connection.exec_driver_sql(f"PRAGMA index_xinfo({quoted(index)})").all()
        columns = tuple((part[2], part[4]) for part in parts if part[5])
        names = {column for column, _ in columns}
        # An index over an expression has no column to look by; a partial one is looked up as if it were whole.
        if None not in names and not names >= set(entity.key):
            found.append(Unique(index, columns))
    return sorted(found, key=lambda unique: unique.name)
