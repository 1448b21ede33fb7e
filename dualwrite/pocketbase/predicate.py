"""Conditions decided in Python: the exact meaning where the list API can only say something wider."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any as Anything
from typing import assert_never

from dualwrite.entity import Row, Value
from dualwrite.pocketbase.where import All, Any, Compare, In, JsonHas, JsonLike, Null, Op, Where


def matches(where: Where, row: Row) -> bool:
    """Whether a row is selected. Every leaf is false for NULL, as SQL's unknown is."""
    match where:
        case All(of):
            return all(matches(each, row) for each in of)
        case Any(of):
            return any(matches(each, row) for each in of)
        case Null(column, wanted):
            return (row[column] is None) is wanted
        case In(column, values, wanted):
            value = row[column]
            return value is not None and (value in values) is wanted
        case Compare(op, column, wanted_value):
            value = row[column]
            return value is not None and _compare(op, value, wanted_value)
        case JsonHas(column, path, values, every, wanted):
            held = _array(row[column], path)
            found = (
                all(value in held for value in values) if every else any(value in held for value in values)
            )
            return found is wanted
        case JsonLike(column, path, pattern, wanted):
            found = any(like(text, pattern) for text in _texts(row[column], path))
            return found is wanted
        case _:
            assert_never(where)


def like(text: str, pattern: str) -> bool:
    """SQLite's LIKE without ESCAPE: it folds ASCII letters only, and both sides end at the first NUL."""
    return _expression(pattern.split("\0", 1)[0]).fullmatch(text.split("\0", 1)[0]) is not None


def _compare(op: Op, value: str | int | bool, wanted: Anything) -> bool:
    match op:
        case Op.EQ:
            return bool(value == wanted)
        case Op.NE:
            return bool(value != wanted)
        case Op.LT:
            return bool(value < wanted)
        case Op.LE:
            return bool(value <= wanted)
        case Op.GT:
            return bool(value > wanted)
        case Op.GE:
            return bool(value >= wanted)
        case Op.LIKE:
            return like(str(value), wanted)
        case Op.NOT_LIKE:
            return not like(str(value), wanted)
        case _:
            assert_never(op)


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    # Runs of `%` are one: `.*.*.*` backtracks for as long as the text is.
    pattern = re.sub("%+", "%", pattern)
    parts = (".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.DOTALL | re.IGNORECASE | re.ASCII)


def _parsed(value: Value) -> Anything:
    return None if value is None else json.loads(str(value))


def _array(value: Value, path: tuple[str, ...]) -> frozenset[str]:
    found = _parsed(value)
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return (
        frozenset(each for each in found if isinstance(each, str)) if isinstance(found, list) else frozenset()
    )


def _texts(value: Value, path: tuple[str, ...]) -> Iterator[str]:
    found = [_parsed(value)]
    for name in path:
        found = [inner for outer in found for inner in _step(outer, name)]
    return (each for each in found if isinstance(each, str))


def _step(value: Anything, name: str) -> Iterator[Anything]:
    if name == "*":
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
    elif isinstance(value, dict) and name in value:
        yield value[name]
