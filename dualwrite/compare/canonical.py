"""One form for answers, so that two backends' answers can be compared and digested.

Models become dicts, tuples lists, sets sorted lists, dates ISO text. Numbers keep their type: `1`, `1.0` and `True` differ.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import orjson
from pydantic import BaseModel

from dualwrite.contract import Order

_SIZE = 16


def canonical(value: Any) -> Any:
    """The value in terms of dict, list, str, int, float, bool and None."""
    value = shallow(value)
    if isinstance(value, dict):
        return {name: canonical(item) for name, item in value.items()}
    if isinstance(value, list):
        return [canonical(item) for item in value]
    return value


def shallow(value: Any) -> Any:
    """The same for the value itself: what is in a dict or a list stays as it is."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, BaseModel):
        return _fields(value)
    if isinstance(value, Mapping):
        plain = type(value) is dict and set(map(type, value)) <= {str}
        return value if plain else {str(name): item for name, item in value.items()}
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, set | frozenset):
        return sorted((canonical(item) for item in value), key=sort_text)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return {"bytes": hashlib.sha256(value).hexdigest(), "size": len(value)}
    raise TypeError(f"answers of type {type(value).__name__} cannot be compared")


def digest(value: Any, order: Order = Order.FIXED) -> bytes:
    """Bytes that are equal for equal answers. Unequal digests prove nothing: compare the answers themselves. NaN and the
    infinities count as None here: no store of ours can hold them. A list whose order is not promised has two: of its items in
    any order, then of its items as they came; `agree` compares the first."""
    if order is Order.ANY and isinstance(value, list | tuple):
        parts = [digest(item) for item in value]
        return _hash(b"".join(sorted(parts))) + _hash(b"".join(parts))
    return _hash(text_of(value))


def agree(one: bytes, other: bytes) -> bool:
    """Whether two digests are of answers that may pass for each other."""
    return one[:_SIZE] == other[:_SIZE]


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_SIZE).digest()


def text_of(value: Any) -> bytes:
    """Text that is equal for equal answers, and for no others but these: see `digest`."""
    try:
        return orjson.dumps(value, default=_default, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError):
        # orjson refuses lone surrogates and integers beyond 64 bits; the standard library takes both.
        return sort_text(canonical(value)).encode()


def written_alike(one: Any, other: Any) -> bool:
    """Whether both have the same text as they stand. Then they are equal, and it takes half of what `text_of` takes; else they may
    be."""
    try:
        return orjson.dumps(one, default=_default) == orjson.dumps(other, default=_default)
    except (TypeError, ValueError):
        return False


def _default(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _fields(value)
    return canonical(value)


def _fields(model: BaseModel) -> dict[str, Any]:
    extra = model.__pydantic_extra__
    return {**model.__dict__, **extra} if extra else model.__dict__


def sort_text(value: Any) -> str:
    """A total order on canonical values, for multisets."""
    return json.dumps(value, sort_keys=True)
