"""What every SQL adapter of this domain does: rows of one table, found, written and turned into models."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.sql.elements import SQLColumnExpression

from dualwrite.adapter import Adapter
from dualwrite.dialect import Dialect
from dualwrite.entity import Entity, Key, Kind, Row, Value
from dualwrite.sql import Database
from repos.rules.dialect import require_row
from repos.rules.rows import to_model, to_row

Model = TypeVar("Model", bound=BaseModel)


class SQLAdapter(Adapter):
    """Rows of one entity in a SQL database.

    Reads join the unit of work that runs in this thread, if there is one; writes are given theirs (`Database.write`), so
    that the statements of one method need no savepoints.
    """

    entity: ClassVar[Entity]

    def __init__(self, database: Database) -> None:
        self.database = database
        self.dialect: Dialect = database.dialect
        self.table = database.table(self.entity)
        self.columns = self.table.c

    def find(
        self,
        *conditions: ColumnElement[bool],
        order: tuple[SQLColumnExpression[Any], ...] = (),
        limit: int | None = None,
        offset: int = 0,
        columns: Sequence[str] | None = None,
        lock: bool = False,
    ) -> list[Row]:
        """The rows of a condition, all of them without `limit`, sorted totally: ties are broken by the key's bytes.

        `columns` names what is wanted of each row, by default all. `lock` keeps other writers from the rows until the
        unit of work ends; SQLite's units of work have the whole database anyway.
        """
        wanted = select(*(self.columns[name] for name in columns)) if columns else select(self.table)
        query = (
            wanted.where(*conditions).order_by(*order, *self._by_key()).limit(limit).offset(offset or None)
        )
        if lock:
            query = query.with_for_update()
        with self.database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def one(self, *conditions: ColumnElement[bool], lock: bool = False) -> Row | None:
        """The first row of a condition by key, or None."""
        query = select(self.table).where(*conditions).order_by(*self._by_key()).limit(1)
        if lock:
            query = query.with_for_update()
        with self.database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else dict(row)

    def with_ids(self, ids: Collection[str], *, columns: Sequence[str] | None = None) -> list[Row]:
        """Those of the rows that there are, or some columns of them, by id."""
        return self.find(self.columns.id.in_(ids), columns=columns) if ids else []

    def count(self) -> int:
        """How many rows there are."""
        with self.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(self.table)) or 0

    def insert(self, unit: Connection, model: Model) -> Model:
        """Writes a new row and answers with what it holds. Raises `Refused`."""
        row = to_row(self.entity, model)
        self.create(unit, row)
        return to_model(type(model), self.entity, row)

    def create(self, unit: Connection, row: Row) -> None:
        """Writes a new row. Raises `Refused`."""
        require_row(self.dialect, self.entity, row)
        unit.execute(insert(self.table).values(row))

    def update(self, unit: Connection, key: Key, changes: Mapping[str, Value]) -> None:
        """Writes some columns of a row; one that is not there is no error. Raises `Refused`."""
        require_row(self.dialect, self.entity, changes)
        unit.execute(update(self.table).where(*self.is_key(key)).values(dict(changes)))

    def delete(self, unit: Connection, *conditions: ColumnElement[bool]) -> None:
        """Deletes the rows of a condition."""
        unit.execute(delete(self.table).where(*conditions))

    def is_key(self, key: Key) -> tuple[ColumnElement[bool], ...]:
        """The condition for one row."""
        return tuple(self.columns[name] == part for name, part in zip(self.entity.key, key, strict=True))

    def ordered(self, name: str, descending: bool = False) -> SQLColumnExpression[Any]:
        """A column to sort by; text goes by its bytes, whatever the database's locale."""
        column: SQLColumnExpression[Any] = self.columns[name]
        if self.entity.column(name).kind is Kind.TEXT and not self.database.binary_order:
            column = column.collate("C")
        return column.desc() if descending else column

    def _by_key(self) -> list[SQLColumnExpression[Any]]:
        return [self.ordered(name) for name in self.entity.key]
