"""Conditions decided in Python: the exact meaning where the list API can only say something wider."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any as Anything
from typing import assert_never

from dualwrite.entity import Row, Value
from dualwrite.pocketbase.where import (
    All,
    Any,
    Compare,
    Contains,
    In,
    JsonHas,
    JsonLike,
    Like,
    Null,
    Op,
    Pattern,
    Where,
)


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
        case Like(column, pattern, wanted):
            value = row[column]
            return value is not None and _is_like(str(value), pattern) is wanted
        case Contains(column, text, wanted):
            value = row[column]
            return value is not None and (text in str(value)) is wanted
        case JsonLike(column, path, pattern, wanted, any_kind, without):
            found = any(
                _is_like(shown, pattern)
                for each in _found(row[column], path)
                if (shown := _text(each, any_kind=any_kind)) is not None
                and not (without and without in json.dumps(each))
            )
            return found is wanted
        case _:
            assert_never(where)


def like(text: str, pattern: str, escape: str | None = None) -> bool:
    """SQLite's LIKE: it folds ASCII letters only, and both sides end at the first NUL."""
    return _expression(pattern.split("\0", 1)[0], escape).fullmatch(text.split("\0", 1)[0]) is not None


def _is_like(text: str, pattern: Pattern) -> bool:
    for old, new in pattern.fold:
        text = text.replace(old, new)
    return like(text, pattern.text, pattern.escape)


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
def _expression(pattern: str, escape: str | None) -> re.Pattern[str]:
    pieces: list[str] = [""]  # what stands between the `%`
    characters = iter(pattern)
    for char in characters:
        if char == escape:
            literal = next(characters, None)
            pieces[-1] += "(?!)" if literal is None else re.escape(literal)  # at the end, nothing matches
        elif char == "%":
            pieces.append("")
        else:
            pieces[-1] += "." if char == "_" else re.escape(char)
    # The first place where a piece fits is as good as any later one, so none is tried again (`(?>`): a pattern is what somebody
    # typed, and with every `%` more, backtracking would take as much longer as the text is long.
    first, *rest = pieces
    between = "".join(f"(?>.*?{piece})" for piece in rest[:-1] if piece)
    last = f".*{rest[-1]}" if rest else ""
    return re.compile(f"{first}{between}{last}", re.DOTALL | re.IGNORECASE | re.ASCII)


def _parsed(value: Value) -> Anything:
    return None if value is None else json.loads(str(value))


def _array(value: Value, path: tuple[str, ...]) -> frozenset[str]:
    found = _parsed(value)
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return (
        frozenset(each for each in found if isinstance(each, str)) if isinstance(found, list) else frozenset()
    )


def _found(value: Value, path: tuple[str, ...]) -> list[Anything]:
    found = [_parsed(value)]
    for name in path:
        found = [inner for outer in found for inner in _step(outer, name)]
    return found


def _text(value: Anything, *, any_kind: bool) -> str | None:
    """The text that SQLite's `json_extract` makes of a value; None for what is not to be looked at."""
    if isinstance(value, str):
        return value
    if not any_kind or value is None:
        return None
    return str(int(value)) if isinstance(value, bool) else json.dumps(value, separators=(",", ":"))


def _step(value: Anything, name: str) -> Iterator[Anything]:
    if name == "*":
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
    elif isinstance(value, dict) and name in value:
        yield value[name]
