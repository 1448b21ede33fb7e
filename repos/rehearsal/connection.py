"""A plain driver connection, as a worker that knows nothing of this project would open one.

Neither SQLAlchemy nor `dualwrite.sql`: what is written here must reach the triggers as foreign SQL does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from typing import Any
from urllib.parse import unquote, urlsplit

from dualwrite.errors import ConfigurationError

LOCK_SECONDS = 30.0  # how long SQLite waits for another writer, as a patient application would
_PARAMETERS = 2000  # of one statement on PostgreSQL: the protocol allows 65,535, more gains nothing
_CHUNK = 500
_CHUNK_BYTES = 1_000_000  # a chunk of chats ends here: a few of them may be large


class Dialect(StrEnum):
    """The two databases Open WebUI runs on."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Connection:
    """One driver connection. Statements are written with `?`; identifiers are quoted by the caller with `quoted`."""

    def __init__(self, driver: Any, dialect: Dialect) -> None:
        self._driver = driver
        self.dialect = dialect
        self.error: type[Exception] = (
            driver.Error
        )  # the root of the driver's own, which DB-API puts on connections

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Run one statement; how many rows it touched."""
        cursor = self._driver.cursor()
        try:
            cursor.execute(self._marked(statement), tuple(parameters))
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Every row that a query gives."""
        cursor = self._driver.cursor()
        try:
            cursor.execute(self._marked(statement), tuple(parameters))
            return list(cursor.fetchall())
        finally:
            cursor.close()

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[int]:
        """Insert rows as they come, in chunks small enough for constant memory; yields the size of each chunk."""
        names = ", ".join(quoted(column) for column in columns)
        into = f"INSERT INTO {quoted(table)} ({names}) VALUES "  # noqa: S608 — names come from `tables`
        marks = "(" + ", ".join("?" * len(columns)) + ")"
        for chunk in _chunks(rows):
            if self.dialect is Dialect.SQLITE:
                self._driver.executemany(into + marks, chunk)
            else:
                # One statement for many rows: psycopg2's executemany would send them one by one.
                step = max(1, _PARAMETERS // len(columns))
                for start in range(0, len(chunk), step):
                    part = chunk[start : start + step]
                    self.execute(into + ", ".join([marks] * len(part)), [v for row in part for v in row])
            yield len(chunk)

    def commit(self) -> None:
        """Make it last."""
        self._driver.commit()

    def rollback(self) -> None:
        """Forget what was not committed."""
        self._driver.rollback()

    def close(self) -> None:
        """Give the connection back; what was not committed is gone."""
        self._driver.close()

    def _marked(self, statement: str) -> str:
        return statement if self.dialect is Dialect.SQLITE else statement.replace("?", "%s")


def quoted(name: str) -> str:
    """An identifier in the form both dialects take; `user` and `group` are words of SQL."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def connected(database: str) -> Iterator[Connection]:
    """A connection for the length of a block, closed at its end."""
    connection = open_connection(database)
    try:
        yield connection
    finally:
        connection.close()


def open_connection(database: str) -> Connection:
    """Connect to `sqlite:///file`, a bare file name, or `postgresql://…` (`+driver` is ignored).

    Raises:
        ConfigurationError: the URL names another database, or no PostgreSQL driver is installed.
    """
    scheme = urlsplit(database).scheme.partition("+")[0] if "://" in database else "sqlite"
    if scheme == "sqlite":
        path = unquote(database.partition(":///")[2]) if "://" in database else database
        return Connection(
            sqlite3.connect(path.partition("?")[0], timeout=LOCK_SECONDS, check_same_thread=False),
            Dialect.SQLITE,
        )
    if scheme in ("postgresql", "postgres"):
        return Connection(_postgres()("postgresql://" + database.partition("://")[2]), Dialect.POSTGRESQL)
    raise ConfigurationError(f"Open WebUI runs on SQLite or PostgreSQL; the URL's scheme is {scheme!r}")


def _postgres() -> Callable[[str], Any]:
    for name in ("psycopg", "psycopg2"):
        if find_spec(name) is not None:
            connect: Callable[[str], Any] = import_module(name).connect
            return connect
    raise ConfigurationError("no PostgreSQL driver: pip install 'dualwrite[postgres]'")


def _chunks(rows: Iterable[Sequence[object]]) -> Iterator[list[Sequence[object]]]:
    source = iter(rows)
    while chunk := list(_upto_bytes(source)):
        yield chunk


def _upto_bytes(source: Iterator[Sequence[object]]) -> Iterator[Sequence[object]]:
    size = 0
    for row in islice(source, _CHUNK):
        yield row
        size += sum(len(value) for value in row if isinstance(value, str))
        if size > _CHUNK_BYTES:
            return
