"""Conditions on rows, as a typed tree that names columns and holds values; it is compiled elsewhere, never to text with values.

    all_of(eq("user_id", user), not_(is_null("folder_id")), like("title", "%plan%"))

A condition means what SQL means by it: a comparison with NULL is neither true nor false, so neither `ne("a", 1)` nor
`not_(eq("a", 1))` selects a row whose `a` is NULL. Only `eq(column, None)` and `ne(column, None)` ask for NULL itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias, assert_never

from dualwrite.entity import Value


class Op(StrEnum):
    """How a column is compared with a value."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    LIKE = "like"
    NOT_LIKE = "not_like"


@dataclass(frozen=True, slots=True)
class Compare:
    """A column against one value that is not NULL."""

    op: Op
    column: str
    value: str | int | bool


@dataclass(frozen=True, slots=True)
class Null:
    """A column that is NULL, or is not."""

    column: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class In:
    """A column whose value is one of these, or none of these. NULL is in no list and outside no list."""

    column: str
    values: tuple[str | int | bool, ...]
    wanted: bool


@dataclass(frozen=True, slots=True)
class JsonHas:
    """A JSON column whose array at `path` holds any (or all) of these texts, or does not.

    A column that is NULL, or that has no array there, holds none of them.
    """

    column: str
    path: tuple[str, ...]
    values: tuple[str, ...]
    every: bool
    wanted: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """A LIKE pattern, by SQLite's rules but for two: `fold` replaces characters of the text first, one after the other
    (the pattern is folded already), and `escape` takes the next character of the pattern literally."""

    text: str
    fold: tuple[tuple[str, str], ...] = ()
    escape: str | None = None


@dataclass(frozen=True, slots=True)
class Like:
    """A text column that matches a pattern with rules of its own, or does not."""

    column: str
    pattern: Pattern
    wanted: bool


@dataclass(frozen=True, slots=True)
class Contains:
    """A text column that holds this text somewhere, byte for byte, or does not."""

    column: str
    text: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class JsonLike:
    """A JSON column with a text matching `pattern` at `path`; `*` in a path stands for every element or member.

    With `any_kind`, what is no text matches by what SQLite makes of it: digits, 1 and 0 for booleans, compact JSON.
    With `without`, what has this in its JSON text (escapes included) does not match. A column that is NULL, or that has
    nothing there, does not match.
    """

    column: str
    path: tuple[str, ...]
    pattern: Pattern
    wanted: bool
    any_kind: bool = False
    without: str = ""


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these; true where there are none."""

    of: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of these; false where there are none."""

    of: tuple[Where, ...]


Leaf: TypeAlias = Compare | Null | In | Like | Contains | JsonHas | JsonLike
Where: TypeAlias = Leaf | All | Any

_OPPOSITE = {
    Op.EQ: Op.NE,
    Op.NE: Op.EQ,
    Op.LT: Op.GE,
    Op.GE: Op.LT,
    Op.GT: Op.LE,
    Op.LE: Op.GT,
    Op.LIKE: Op.NOT_LIKE,
    Op.NOT_LIKE: Op.LIKE,
}


def eq(column: str, value: Value) -> Where:
    """Equal; with None: is NULL."""
    return Null(column, wanted=True) if value is None else Compare(Op.EQ, column, value)


def ne(column: str, value: Value) -> Where:
    """Not NULL and not equal; with None: is not NULL."""
    return Null(column, wanted=False) if value is None else Compare(Op.NE, column, value)


def lt(column: str, value: str | int | bool) -> Where:
    """Less than; text compares by the bytes of its UTF-8."""
    return Compare(Op.LT, column, value)


def le(column: str, value: str | int | bool) -> Where:
    """Less or equal."""
    return Compare(Op.LE, column, value)


def gt(column: str, value: str | int | bool) -> Where:
    """Greater than."""
    return Compare(Op.GT, column, value)


def ge(column: str, value: str | int | bool) -> Where:
    """Greater or equal."""
    return Compare(Op.GE, column, value)


def in_(column: str, values: Iterable[str | int | bool]) -> Where:
    """One of any number of values; none of them: false."""
    return In(column, tuple(dict.fromkeys(values)), wanted=True)


def like(column: str, pattern: str | Pattern) -> Where:
    """SQLite's LIKE: `%` is any text, `_` any one character, there is no escape; ASCII letters match either case. A
    `Pattern` brings rules of its own."""
    return (
        Like(column, pattern, wanted=True)
        if isinstance(pattern, Pattern)
        else Compare(Op.LIKE, column, pattern)
    )


def ilike(column: str, pattern: str) -> Where:
    """The same as `like`: SQLite's ILIKE through SQLAlchemy is `lower(a) LIKE lower(b)`, which folds ASCII only too."""
    return Compare(Op.LIKE, column, pattern)


def contains(column: str, text: str) -> Where:
    """Holds this text somewhere; case matters, and nothing is a wildcard."""
    return Contains(column, text, wanted=True)


def is_null(column: str) -> Where:
    """Is NULL. JSON `null` is not NULL."""
    return Null(column, wanted=True)


def not_null(column: str) -> Where:
    """Is not NULL."""
    return Null(column, wanted=False)


def json_has_any(column: str, path: Iterable[str], values: Iterable[str]) -> Where:
    """The array at `path` (member names) in a JSON column holds at least one of these texts."""
    return JsonHas(column, tuple(path), tuple(dict.fromkeys(values)), every=False, wanted=True)


def json_has_all(column: str, path: Iterable[str], values: Iterable[str]) -> Where:
    """The array at `path` (member names) in a JSON column holds every one of these texts; true where there are none."""
    return JsonHas(column, tuple(path), tuple(dict.fromkeys(values)), every=True, wanted=True)


def json_like(
    column: str, path: Iterable[str], pattern: str | Pattern, *, any_kind: bool = False, without: str = ""
) -> Where:
    """A text at `path` in a JSON column is LIKE `pattern`; a `*` in the path stands for every element or member. See
    `JsonLike` for the rest."""
    asked = pattern if isinstance(pattern, Pattern) else Pattern(pattern)
    return JsonLike(column, tuple(path), asked, wanted=True, any_kind=any_kind, without=without)


def all_of(*conditions: Where) -> Where:
    """Every one of these."""
    return All(conditions)


def any_of(*conditions: Where) -> Where:
    """At least one of these."""
    return Any(conditions)


def not_(condition: Where) -> Where:
    """The rows for which the condition is false; those where it is unknown (NULL) stay out, as in SQL."""
    match condition:
        case Compare(op, column, value):
            return Compare(_OPPOSITE[op], column, value)
        case Null(column, wanted):
            return Null(column, not wanted)
        case In(column, values, wanted):
            return In(column, values, not wanted)
        case JsonHas(column, path, values, every, wanted):
            return JsonHas(column, path, values, every, not wanted)
        case Like(column, pattern, wanted):
            return Like(column, pattern, not wanted)
        case Contains(column, text, wanted):
            return Contains(column, text, not wanted)
        case JsonLike(wanted=wanted):
            return replace(condition, wanted=not wanted)
        case All(of):
            return Any(tuple(not_(each) for each in of))
        case Any(of):
            return All(tuple(not_(each) for each in of))
        case _:
            assert_never(condition)
