"""What a row is told as for a digest, in Python: what both stores' SQL is held to. See `dualwrite.digest`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from dualwrite.codec import encode
from dualwrite.digest import RangeDigest
from dualwrite.entity import Column, Entity, Kind, Row, Value


def digest_of(entity: Entity, rows: Sequence[Row]) -> RangeDigest:
    """Of rows in key order."""
    last = entity.key_of(rows[-1]) if rows else None
    try:
        told = b"".join(_told(entity, row) for row in rows)
    except ValueError:
        return RangeDigest(len(rows), last, 0, None)
    return RangeDigest(len(rows), last, len(told), sha256(told).hexdigest())


def _told(entity: Entity, row: Row) -> bytes:
    documents = [column for column in entity.columns if column.kind is Kind.JSON]
    plain = [encode(column, row[column.name]) for column in entity.columns if column.kind is not Kind.JSON]
    numbers = [int(value) if isinstance(value, bool) else value for value in plain]
    array = json.dumps(numbers, ensure_ascii=False, separators=(",", ":"))
    return b"".join([array.encode(), *(_document(column, row[column.name]) for column in documents)])


def _document(column: Column, value: Value) -> bytes:
    """Not as PocketBase keeps it, but as the codec makes it of that."""
    if value is None and column.nullable:
        return b"n"
    if not isinstance(value, str):
        raise ValueError("holds no text")
    text = value.encode()
    return b"t%d:%b" % (len(text), text)
