"""Rows of any entity, as both stores agree on them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite

from dualwrite.codec import Undecodable
from dualwrite.entity import Entity, Key, Row, Told
from dualwrite.errors import Refused
from dualwrite.sql.database import Database
from dualwrite.sql.fence import passing_fence
from dualwrite.sql.lenient import bindable, reading_leniently
from dualwrite.sql.names import chunks
from dualwrite.sql.tables import converters
from dualwrite.sql.telling import telling


class _SomeRefusedError(Exception):
    """These rows, each tried by itself; nothing is to be kept."""

    def __init__(self, failed: dict[Key, Refused]) -> None:
        self.failed = failed


class SqlStore:
    """`dualwrite.ports.Store` on a database. Rows are exact: JSON comes back byte for byte.

    `passes_at` lets it write where the phase forbids it, as long as that has this epoch: the copy back of a rollback.
    """

    exact = True

    def __init__(self, database: Database, *, passes_at: int | None = None) -> None:
        self.database = database
        self._passes_at = passes_at

    def read(self, entity: Entity, keys: Collection[Key]) -> dict[Key, Row]:
        """The rows with these keys as of now; a key without a row is not in the answer."""
        table = self.database.table(entity)
        found: dict[Key, Row] = {}
        with self.database.read() as connection:
            for some in chunks(list(dict.fromkeys(keys)), 500 // len(entity.key)):
                rows = self._rows(connection, entity, select(table).where(self._among(table, entity, some)))
                found |= {entity.key_of(row): row for row in rows}
        return found

    def scan(
        self, entity: Entity, *, after: Key | None = None, upto: Key | None = None, limit: int = 1000
    ) -> list[Row]:
        """At most `limit` rows with after < key <= upto, in the binary order of their keys.

        One short transaction a page: a reader that stays holds back every writer's commit on an SQLite rollback journal.
        """
        query = self._between(entity, select(self.database.table(entity)), after, upto).limit(limit)
        with self.database.read() as connection:
            return self._rows(connection, entity, query)

    def tell(
        self, entity: Entity, *, after: Key | None = None, upto: Key | None = None, limit: int = 1000
    ) -> dict[Key, Told]:
        """What a scan with the same arguments would find, as it is told, in the same order."""
        table, parts = self.database.table(entity), telling(entity, self.database.dialect)
        expressions: list[ColumnElement[Any]] = [literal_column(part) for part in parts]
        query = select(*expressions, *(table.c[name] for name in entity.key)).select_from(table)
        query = self._between(entity, query, after, upto).limit(limit)
        with self.database.read() as connection:
            rows = reading_leniently(connection, partial(_fetched, connection, query))
        return {row[len(parts) :]: row[: len(parts)] for row in rows}

    def _between(
        self, entity: Entity, query: Select[Any], after: Key | None, upto: Key | None
    ) -> Select[Any]:
        """Of rows with after < key <= upto, in the binary order of their keys."""
        table = self.database.table(entity)
        ordered = [self._ordered(table.c[name]) for name in entity.key]
        place: Callable[..., ColumnElement[Any]] = tuple_ if len(ordered) > 1 else lambda *single: single[0]
        if after is not None:
            query = query.where(place(*ordered) > place(*map(self._bound, after)))
        if upto is not None:
            query = query.where(place(*ordered) <= place(*map(self._bound, upto)))
        return query.order_by(*ordered)

    def count(self, entity: Entity) -> int:
        """How many rows there are now."""
        with self.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(self.database.table(entity))) or 0

    def marks(self, entity: Entity, every: int) -> list[Key]:
        """The key of every `every`-th row, in key order: what cuts a table into ranges of so many rows."""
        table = self.database.table(entity)
        keys = select(*(table.c[name] for name in entity.key)).limit(1).offset(every - 1)
        found: list[Key] = []
        after: Key | None = None
        while True:
            query = self._between(entity, keys, after, None)
            with self.database.read() as connection:
                rows = reading_leniently(connection, partial(_fetched, connection, query))
            if not rows:
                return found
            after = tuple(map(str, rows[0]))
            found.append(after)

    def put(self, entity: Entity, rows: Sequence[Row]) -> None:
        """Insert or replace these rows, all or none.

        Raises:
            Refused: the database said no to one of them.
            Fenced: the phase forbids it and this store does not pass.
        """
        if rows:
            with self.database.write() as connection, self._fence(connection):
                self._put(connection, entity, rows)

    def _put(self, connection: Connection, entity: Entity, rows: Sequence[Row]) -> None:
        table = self.database.table(entity)
        insert = sqlite.insert if self.database.dialect == "sqlite" else postgresql.insert
        statement = insert(table)
        others = {
            column.name: statement.excluded[column.name]
            for column in entity.columns
            if column.name not in entity.key
        }
        if others:
            statement = statement.on_conflict_do_update(index_elements=entity.key, set_=others)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=entity.key)
        connection.execute(statement, list(rows))

    def delete(self, entity: Entity, keys: Collection[Key]) -> None:
        """Remove the rows with these keys; one that is not there is no error."""
        if keys:
            with self.database.write() as connection, self._fence(connection):
                self._delete(connection, entity, keys)

    def _delete(self, connection: Connection, entity: Entity, keys: Collection[Key]) -> None:
        table = self.database.table(entity)
        for some in chunks(list(dict.fromkeys(keys)), 500 // len(entity.key)):
            connection.execute(delete(table).where(self._among(table, entity, some)))

    def exchange(self, entity: Entity, rows: Sequence[Row]) -> dict[Key, Refused]:
        """Put rows that may hold each other's unique values: all out, then all in, in one transaction. Where some are
        refused nothing is changed, and the answer says which."""
        keys = [entity.key_of(row) for row in rows]
        try:
            with self.database.write() as connection, self._fence(connection):
                self._delete(connection, entity, keys)
                self._put_all(entity, rows)
        except _SomeRefusedError as error:
            return error.failed
        except Refused as error:
            return dict.fromkeys(keys, error)
        return {}

    def _put_all(self, entity: Entity, rows: Sequence[Row]) -> None:
        """One after another, and again: one may have waited for another that it refers to."""
        failed: dict[Key, Refused] = {}
        for row in rows:
            try:
                with self.database.write() as savepoint:
                    self._put(savepoint, entity, [row])
            except Refused as error:
                failed[entity.key_of(row)] = error
        if failed and len(failed) == len(rows):
            raise _SomeRefusedError(failed)
        if failed:
            self._put_all(entity, [row for row in rows if entity.key_of(row) in failed])

    def misfit(self, entity: Entity, row: Row) -> tuple[str, str] | None:
        """A column of this row that the database cannot hold, and why; None where that can be seen only by trying."""
        for column in entity.columns:
            value = row[column.name]
            if isinstance(value, Undecodable):
                return column.name, "holds what this library never writes there"
            if value is None and not column.nullable:
                return column.name, "is NULL, which the column may not be"
            if self.database.dialect == "postgresql" and isinstance(value, str) and "\0" in value:
                return column.name, "holds NUL, which PostgreSQL's text cannot"
        return None

    def _fence(self, connection: Connection) -> AbstractContextManager[None]:
        if self._passes_at is None:
            return nullcontext()
        return passing_fence(self.database, connection, self._passes_at)

    def _rows(self, connection: Connection, entity: Entity, query: Select[Any]) -> list[Row]:
        values = reading_leniently(connection, partial(_fetched, connection, query))
        names = [column.name for column in entity.columns]
        rows = [dict(zip(names, row, strict=True)) for row in values]
        for at, convert in converters(entity, self.database.dialect):
            name = names[at]
            for row in rows:
                row[name] = convert(row[name])
        return rows

    def _ordered(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        if self.database.dialect == "sqlite":
            return column.collate("BINARY")
        return column if self.database.binary_order else column.collate("C")

    def _among(self, table: Table, entity: Entity, keys: Sequence[Key]) -> ColumnElement[bool]:
        names = entity.key
        if len(names) == 1:
            # Plain values make one statement that SQLAlchemy keeps, whatever they are.
            plain = all(isinstance(bindable(key[0]), str) for key in keys)
            return table.c[names[0]].in_([key[0] if plain else self._bound(key[0]) for key in keys])
        return tuple_(*(table.c[name] for name in names)).in_([tuple(key) for key in keys])

    def _bound(self, part: str) -> ColumnElement[Any]:
        """A part of a key as a parameter; one that stands for bytes that are not UTF-8, as these bytes."""
        value = bindable(part)
        if isinstance(value, bytes):
            return cast(bindparam(None, value, LargeBinary, unique=True), Text)
        return bindparam(None, value, Text, unique=True)


def _fetched(connection: Connection, query: Select[Any]) -> list[Any]:
    """Straight from the driver's cursor: SQLAlchemy's row objects take two thirds of a scan's time."""
    result = connection.execute(query)
    try:
        cursor: Any = result.cursor
        return list(cursor.fetchall())
    finally:
        result.close()
