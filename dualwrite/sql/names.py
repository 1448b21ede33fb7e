"""Identifiers, literals and expressions as text, for the statements that SQLAlchemy has no words for."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

CHUNK = 500  # bind parameters of one statement
LOCK_CLASS = 0x64756C77  # "dulw": the first half of the advisory lock's key


def quoted(name: str) -> str:
    """An identifier, whatever it contains."""
    return '"' + name.replace('"', '""') + '"'


def qualified(schema: str | None, name: str) -> str:
    """A table or function in its schema."""
    return quoted(name) if schema is None else f"{quoted(schema)}.{quoted(name)}"


def literal(value: str) -> str:
    """A text literal."""
    return "'" + value.replace("'", "''") + "'"


def columns(names: Iterable[str], prefix: str = "") -> str:
    """A list of columns."""
    return ", ".join(prefix + quoted(name) for name in names)


def now(dialect: str) -> str:
    """Seconds since the epoch by the database's clock, with a fraction; moves on inside a transaction."""
    if dialect == "sqlite":
        return "((julianday('now') - 2440587.5) * 86400.0)"
    return "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())"


def lock_key(schema: str | None) -> int:
    """The second half of the advisory lock's key: one installation for each schema, the same after a restore."""
    return zlib.crc32((schema or "").encode()) - 2**31


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """The items in pieces small enough for one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
