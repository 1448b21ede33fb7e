"""The digest of rows between two keys, as the hook route computes it: see `told` in library.js.

Two ranges have one digest only if every column of every row of theirs is the same, as the codec sees it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

from dualwrite.codec import encoder
from dualwrite.entity import Column, Entity, Kind, Row, Value


def digest_of(entity: Entity, rows: Sequence[Row]) -> str | None:
    """In hex, of rows in key order; None where one of them is such that PocketBase cannot hold it."""
    try:
        # Column by column: what a column's values are is asked once.
        told = [_told(column, [row[column.name] for row in rows]) for column in entity.columns]
    except ValueError:
        return None
    return hashlib.sha256(b"".join(chain.from_iterable(zip(*told, strict=True)))).hexdigest()


def _told(column: Column, values: Iterable[Value]) -> list[bytes]:
    code: Callable[[Any], Value] = _json if column.kind is Kind.JSON else encoder(column)
    return [
        b"t%d:%b" % (len(text := value.encode()), text) if type(value) is str else _number_or_null(value)
        for value in map(code, values)
    ]


def _number_or_null(value: Value) -> bytes:
    return b"n" if value is None else b"i%d;" % int(value)


def _json(value: Value) -> Value:
    """Not as PocketBase keeps it, but as the codec makes it of that."""
    if value is not None and not isinstance(value, str):
        raise ValueError("holds no text")
    return value
