"""A digest of the rows between two keys. Two ranges have the same only if every column of every row of theirs is the same, as the
codec sees it: a difference that it cannot see does not exist.

It is SHA-256 over what the rows are *told* as, in key order. A row is a JSON array of what PocketBase keeps of the columns that are not
JSON (text, numbers, booleans as 0 or 1) and behind it each JSON column without its box: `t<bytes>:<text>`, or `n` for SQL's NULL.

Each store tells its rows in its own SQL, so that no row has to travel: `dualwrite.sql.telling` and `told` in library.js. A store that meets
what the codec never writes, or would not take, gives no digest. Then the rows are read. What the tests hold both to is `tests.telling`.
"""

from __future__ import annotations

from dataclasses import dataclass

from dualwrite.entity import Key


@dataclass(frozen=True, slots=True)
class RangeDigest:
    """So many rows, the last one's key, the bytes they are told in, and their digest in hex; None where there is none."""

    rows: int
    last: Key | None
    size: int
    sha256: str | None
