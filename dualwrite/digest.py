"""A digest of the rows between two keys. Two ranges have the same only if every column of every row of theirs is the same, as the
codec sees it: a difference that it cannot see does not exist.

It is SHA-256 over what the rows are *told* as, in key order. A row is a JSON array of what PocketBase keeps of the columns that are not
JSON (text, numbers, booleans as 0 or 1) and behind it each JSON column without its box: `t<bytes>:<text>`, or `n` for SQL's NULL.

Each store tells its rows in its own SQL: `dualwrite.sql.telling` and, where they are hashed without leaving PocketBase, `told` in
telling.js. Of what the codec never writes, or would not take, there is no digest. Then the rows are read. What the tests hold both to is
`tests.telling`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

from dualwrite.entity import Told


@dataclass(frozen=True, slots=True)
class RangeDigest:
    """So many rows, and their digest in hex; None where there is none."""

    rows: int
    sha256: str | None


def digested(rows: Collection[Told]) -> RangeDigest:
    """Of rows in key order."""
    hashed = sha256()
    try:
        for plain, *documents in rows:
            if plain is None:
                return RangeDigest(len(rows), None)
            hashed.update(plain.encode())
            for document in documents:
                if document is None:
                    hashed.update(b"n")
                else:
                    text = document.encode()
                    hashed.update(b"t%d:" % len(text))
                    hashed.update(text)
    except UnicodeEncodeError:  # SQLite keeps any bytes as text
        return RangeDigest(len(rows), None)
    return RangeDigest(len(rows), hashed.hexdigest())
