"""JSON on the wire: fast where that is safe, precise where it must be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import orjson


def dumps(value: object) -> bytes:
    """A request's body. orjson refuses lone surrogates and integers beyond 64 bits; `json` escapes the first, writes the second."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()


def loads(content: bytes) -> Any:
    """An answer of the record API: integers of any size stay integers, which orjson would turn into floats."""
    return json.loads(content)


def loads_fast(content: bytes) -> Any:
    """An answer of our own hook routes: JSON columns are text in it and no number is beyond 2**53."""
    return orjson.loads(content)


def batches(parts: Iterable[bytes], *, size: int, count: int) -> Iterator[bytes]:
    """JSON arrays of these parts: at most `count` parts and about `size` bytes each. A part over `size` goes alone."""
    taken: list[bytes] = []
    room = size
    for part in parts:
        if taken and (len(part) > room or len(taken) >= count):
            yield b"[" + b",".join(taken) + b"]"
            taken, room = [], size
        taken.append(part)
        room -= len(part)
    if taken:
        yield b"[" + b",".join(taken) + b"]"
