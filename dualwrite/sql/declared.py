"""Whether the tables are the ones that the entities were declared for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Inspector, inspect, types
from sqlalchemy.exc import NoSuchTableError

from dualwrite.entity import Entity, Kind
from dualwrite.sql.database import Database

# SQLite gives a type's name no meaning beyond an affinity, and one application's migrations use several for the same
# thing (DATETIME for seconds, INTEGER for a boolean, TEXT for JSON).
_NUMBERS = (types.Integer, types.DateTime, types.Numeric)
_ON_SQLITE: dict[Kind, tuple[type[Any], ...]] = {
    Kind.TEXT: (types.String,),
    Kind.INTEGER: _NUMBERS,
    Kind.BIGINT: _NUMBERS,
    Kind.BOOLEAN: (types.Boolean, types.Integer),
    Kind.JSON: (types.JSON, types.String),
    Kind.DATE: (types.Date, types.String),
}
_ON_POSTGRESQL: dict[Kind, tuple[type[Any], ...]] = {
    Kind.TEXT: (types.String,),
    Kind.INTEGER: (types.Integer,),
    Kind.BIGINT: (types.Integer,),
    Kind.BOOLEAN: (types.Boolean,),
    Kind.JSON: (types.JSON, types.String),
    Kind.DATE: (types.Date, types.String),
}


def check_tables(database: Database, entities: Sequence[Entity]) -> list[str]:
    """Every difference between the declared and the real columns, a line each: names, kind, NULL, uniqueness of the key."""
    found: list[str] = []
    with database.read() as connection:
        inspector = inspect(connection)
        for entity in entities:
            try:
                found += _differences(database, inspector, entity)
            except NoSuchTableError:
                found.append(f"there is no table {entity.table}")
    return found


def _differences(database: Database, inspector: Inspector, entity: Entity) -> list[str]:
    table, schema = entity.table, database.schema
    accepted = _ON_SQLITE if database.dialect == "sqlite" else _ON_POSTGRESQL
    real = {column["name"]: column for column in inspector.get_columns(table, schema=schema)}
    found: list[str] = []
    for column in entity.columns:
        there = real.pop(column.name, None)
        if there is None:
            found.append(f"{table}.{column.name} is missing")
            continue
        kind = there["type"]
        # `jsonb` is JSON to SQLAlchemy, and keeps no text.
        if not isinstance(kind, accepted[column.kind]) or kind.__class__.__name__ == "JSONB":
            found.append(f"{table}.{column.name} is {kind.__class__.__name__}, not {column.kind}")
        if there["nullable"] is not column.nullable:
            found.append(f"{table}.{column.name} {'may' if there['nullable'] else 'may not'} be NULL")
        if (
            column.name in entity.key
            and database.dialect == "postgresql"
            and getattr(kind, "collation", None)
        ):
            found.append(f"{table}.{column.name} has a collation of its own")
    found += [f"{table}.{name} is not declared" for name in real]
    if set(entity.key) not in _unique(inspector, table, schema):
        found.append(f"{table} has no unique index on {', '.join(entity.key)}")
    return found


def _unique(inspector: Inspector, table: str, schema: str | None) -> list[set[str]]:
    found = [set(inspector.get_pk_constraint(table, schema=schema)["constrained_columns"])]
    found += [
        set(unique["column_names"]) for unique in inspector.get_unique_constraints(table, schema=schema)
    ]
    for index in inspector.get_indexes(table, schema=schema):
        partial = any(name.endswith("_where") for name in index.get("dialect_options", {}))
        if index["unique"] and not partial:
            found.append({name for name in index["column_names"] if name is not None})
    return found
