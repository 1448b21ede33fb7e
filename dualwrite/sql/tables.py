"""SQLAlchemy tables whose selected values are row values, derived from entities.

The SQL types differ between the dialects and between versions of one application (JSON in TEXT, DATETIME that holds
integers), so these types say how a value travels, not what the column is called.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Dialect, MetaData, Table, Text, cast
from sqlalchemy import Column as SqlColumn
from sqlalchemy.types import TypeEngine, UserDefinedType
from typing_extensions import override

from dualwrite.entity import Entity, Kind

Convert = Callable[[Any], Any]


def table_for(entity: Entity, dialect: str, schema: str | None) -> Table:
    """The table of an entity. Its columns have the entity's names, in the entity's order."""
    types = POSTGRESQL if dialect == "postgresql" else SQLITE
    return Table(
        entity.table,
        MetaData(),
        *(
            SqlColumn(
                column.name,
                types[column.kind],
                primary_key=column.name in entity.key,
                nullable=column.nullable,
            )
            for column in entity.columns
        ),
        schema=schema,
    )


def converters(entity: Entity, dialect: str) -> list[tuple[int, Convert]]:
    """What turns values as a driver returns them into row values: position and function, where one is needed."""
    by_kind = POSTGRESQL_CONVERT if dialect == "postgresql" else SQLITE_CONVERT
    return [(at, by_kind[column.kind]) for at, column in enumerate(entity.columns) if column.kind in by_kind]


def _number_to_json(value: Any) -> Any:
    """A column declared JSON has NUMERIC affinity on SQLite: the JSON text `1` is stored, and read, as a number."""
    return repr(value) if isinstance(value, int | float) else value


def _integer_to_boolean(value: Any) -> Any:
    """0 and 1 are booleans; whatever else SQLite let in passes, to be reported by the codec."""
    return bool(value) if isinstance(value, int) and value in (0, 1) else value


def _date_to_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


SQLITE_CONVERT: dict[Kind, Convert] = {Kind.JSON: _number_to_json, Kind.BOOLEAN: _integer_to_boolean}
POSTGRESQL_CONVERT: dict[Kind, Convert] = {Kind.DATE: _date_to_text}


class _Plain(UserDefinedType[Any]):
    """Travels as it is. Bound without a cast, so PostgreSQL takes the text for whatever type the column has."""

    cache_ok = True

    @override
    def get_col_spec(self, **_: Any) -> str:
        return "TEXT"


class _SqliteJson(_Plain):
    cache_ok = True  # SQLAlchemy looks for it in each class

    @override
    def get_col_spec(self, **_: Any) -> str:
        return "JSON"

    @override
    def result_processor(self, dialect: Dialect, coltype: object) -> Convert:
        return _number_to_json


class _PostgresJson(_Plain):
    """`json` keeps its text byte for byte; the cast keeps the driver from parsing it."""

    cache_ok = True  # SQLAlchemy looks for it in each class

    @override
    def get_col_spec(self, **_: Any) -> str:
        return "JSON"

    @override
    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(column, Text)


class _PostgresDate(_Plain):
    cache_ok = True  # SQLAlchemy looks for it in each class

    @override
    def get_col_spec(self, **_: Any) -> str:
        return "DATE"

    @override
    def result_processor(self, dialect: Dialect, coltype: object) -> Convert:
        return _date_to_text


class _SqliteBoolean(Boolean):
    """Without the strictness of `Boolean`, which refuses to read or write anything but 0, 1 and NULL."""

    cache_ok = True

    @override
    def bind_processor(self, dialect: Dialect) -> None:
        return None

    @override
    def result_processor(self, dialect: Dialect, coltype: object) -> Convert:
        return _integer_to_boolean


SQLITE: dict[Kind, TypeEngine[Any]] = {
    Kind.TEXT: Text(),
    Kind.INTEGER: BigInteger(),
    Kind.BIGINT: BigInteger(),
    Kind.BOOLEAN: _SqliteBoolean(),
    Kind.JSON: _SqliteJson(),
    Kind.DATE: _Plain(),
}
POSTGRESQL: dict[Kind, TypeEngine[Any]] = {
    Kind.TEXT: Text(),
    Kind.INTEGER: BigInteger(),
    Kind.BIGINT: BigInteger(),
    Kind.BOOLEAN: Boolean(),
    Kind.JSON: _PostgresJson(),
    Kind.DATE: _PostgresDate(),
}
