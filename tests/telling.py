"""What a row is told as for a digest, in Python: what both stores' SQL is held to. See `dualwrite.digest`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from dualwrite.codec import decode, encode
from dualwrite.digest import RangeDigest
from dualwrite.entity import Column, Entity, Row, Told, Value


def digest_of(entity: Entity, rows: Sequence[Row]) -> RangeDigest:
    """Of rows in key order."""
    try:
        everything = b"".join(_whole(entity, row) for row in rows)
    except ValueError:
        return RangeDigest(len(rows), None)
    return RangeDigest(len(rows), sha256(everything).hexdigest())


def told(entity: Entity, row: Row) -> Told:
    """One row, as `Origin.tell` gives it."""
    documents = [row[column.name] for column in entity.documents]
    try:
        array = _array(entity, row)
        for column, text in zip(entity.documents, documents, strict=True):
            _document(column, text)
    except ValueError:
        array = None
    return (array, *(None if text is None else str(text) for text in documents))


def untold(entity: Entity, row: Told) -> Row:
    """The row that was told."""
    array, *documents = row
    assert array is not None
    plain = {
        column.name: decode(column, value)
        for column, value in zip(entity.plain, json.loads(array), strict=True)
    }
    by_name = plain | dict(zip([column.name for column in entity.documents], documents, strict=True))
    return {column.name: by_name[column.name] for column in entity.columns}


def _whole(entity: Entity, row: Row) -> bytes:
    documents = [_document(column, row[column.name]) for column in entity.documents]
    return b"".join([_array(entity, row).encode(), *documents])


def _array(entity: Entity, row: Row) -> str:
    values = [encode(column, row[column.name]) for column in entity.plain]
    numbers = [int(value) if isinstance(value, bool) else value for value in values]
    return json.dumps(numbers, ensure_ascii=False, separators=(",", ":"))


def _document(column: Column, value: Value) -> bytes:
    """Not as PocketBase keeps it, but as the codec makes it of that."""
    if value is None and column.nullable:
        return b"n"
    if not isinstance(value, str):
        raise ValueError("holds no text")
    text = value.encode()
    return b"t%d:%b" % (len(text), text)
