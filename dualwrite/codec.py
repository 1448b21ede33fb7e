"""The bijection between a row and a PocketBase record.

| kind    | not NULL                              | NULL                                                    |
|---------|---------------------------------------|---------------------------------------------------------|
| text    | itself; in a nullable column a text of nothing but `"` (the empty one too) gets two more `"` | empty text |
| integer | number; refused beyond ±2**53         | (nullable integers are kept as bigint)                  |
| bigint  | 19 digits; negative: `-` and the complement, so that text order is number order | empty text    |
| boolean | boolean; in a nullable column the text `true` or `false` | empty text                           |
| date    | ISO 8601 text                         | empty text                                              |
| json    | its text, unless boxed                | `{"$sql":null}`                                         |

PocketBase has no NULL for text, numbers and booleans, hence the marks. JSON `null` is not SQL NULL: SQLAlchemy writes the
first for an explicit `None`, migrations leave the second. *Boxed* JSON, `{"$sql": "<its text>"}`, is for what PocketBase
would not keep or not give back as it was:

- a bare number: the type of a JSON column lets SQLite turn the text `1.0` into the integer 1;
- a text that begins with a blank: the record API takes it for a string and quotes it;
- a number beyond a float64 (`1e400`), or an object that has a member twice: 0.40.6 refuses it;
- lone surrogates, and objects that have a member `$sql`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache, lru_cache, partial
from typing import Any

from typing_extensions import override

from dualwrite.entity import Column, Entity, Kind, Row, Value
from dualwrite.errors import Unrepresentable

EXACT_INTEGER = 2**53
_DIGITS = 19
_BIGINT_LIMIT = 2**63
_QUOTES = re.compile(r'"*')
_BOX = "$sql"
_BOX_NULL = '{"$sql":null}'
_BARE_WORDS = frozenset({"null", "true", "false"})
_LONGEST_INTEGER = 308  # digits that surely fit a float64
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def to_record(entity: Entity, row: Mapping[str, object]) -> dict[str, Value]:
    """The record for a row: field name to text, number or boolean, JSON as text, with its `id`.

    Raises:
        Unrepresentable: a value has another type than declared, or PocketBase cannot hold it.
    """
    (values,) = to_values(entity, [row])
    fields = ("id", *(column.field for column in entity.in_record))
    return dict(zip(fields, values, strict=True))


def to_values(entity: Entity, rows: Iterable[Mapping[str, object]]) -> Iterator[list[Value]]:
    """The records for many rows, each as its `id` and then its values, plain ones before documents. Raises `Unrepresentable` as
    `to_record` does."""
    encoders = [(column.name, encoder(column)) for column in entity.in_record]
    for row in rows:
        try:
            yield [entity.record_id(entity.key_of(row)), *[code(row[name]) for name, code in encoders]]
        except ValueError:
            raise _unrepresentable(entity, row) from None


def _unrepresentable(entity: Entity, row: Mapping[str, object]) -> Unrepresentable:
    for column in entity.columns:
        try:
            encode(column, row[column.name])
        except ValueError as error:
            return Unrepresentable(entity.name, entity.key_of(row), column.name, str(error))
    return Unrepresentable(entity.name, entity.key_of(row), "$", "has a key that is not valid UTF-8")


class Undecodable(str):
    """A value that `encode` never writes, so somebody else did. Its text is the reason; it equals no row's value."""

    __slots__ = ()

    @override
    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = str.__hash__


def from_record(entity: Entity, record: Mapping[str, object], *, columns: Iterable[str] | None = None) -> Row:
    """The row (or some columns of it) for a record whose JSON fields are text, as the hook routes return them.

    A value that cannot be decoded becomes `Undecodable`, so that one spoilt record does not hide the others.
    """
    wanted = entity.columns if columns is None else [entity.column(name) for name in columns]
    return {column.name: _decoded(column, record.get(column.field)) for column in wanted}


def _decoded(column: Column, value: object) -> Value:
    try:
        return decode(column, value)
    except (ValueError, KeyError) as error:
        return Undecodable(error)


def from_api_record(entity: Entity, record: Mapping[str, object]) -> Row:
    """The row for a record of the record API, whose JSON fields arrive parsed: their text is `canonical_json`."""
    as_text = {
        column.field: json.dumps(record.get(column.field))
        for column in entity.columns
        if column.kind is Kind.JSON
    }
    return from_record(entity, {**record, **as_text})


def canonical(entity: Entity, row: Row) -> Row:
    """The row with every JSON text in canonical form: what two copies are compared by when spacing may differ."""
    return {
        column.name: canonical_json(value)
        if column.kind is Kind.JSON and isinstance(value := row[column.name], str)
        else row[column.name]
        for column in entity.columns
    }


def canonical_json(text: str) -> str:
    """JSON text as `json.dumps` writes it: spacing and escapes normalised, key order and number types kept."""
    return json.dumps(json.loads(text))


def same_row(entity: Entity, left: Row | None, right: Row | None, *, exact: bool) -> bool:
    """Whether two rows are equal: byte for byte where both sides give JSON as it is, else in canonical form."""
    if left == right:
        return True
    if left is None or right is None or exact:
        return False
    try:
        return canonical(entity, left) == canonical(entity, right)
    except ValueError:
        return False


def stored_as_text(column: Column) -> bool:
    """Whether PocketBase keeps this column in a text field, whatever SQL calls it."""
    if column.kind in (Kind.INTEGER, Kind.BOOLEAN):
        return column.nullable
    return column.kind is not Kind.JSON


def encode(column: Column, value: object) -> Value:
    """One value on its way to PocketBase. Raises `ValueError` with the reason, never with the value."""
    if value is None:
        if not column.nullable:
            raise ValueError("is NULL in a column that is declared without NULL")
        return _BOX_NULL if column.kind is Kind.JSON else ""
    match column.kind:
        case Kind.TEXT:
            text = _text(value)
            return text + '""' if column.nullable and _QUOTES.fullmatch(text) else text
        case Kind.DATE:
            text = _text(value)
            date.fromisoformat(text)
            return text
        case Kind.INTEGER | Kind.BIGINT:
            return _encode_integer(column, value)
        case Kind.BOOLEAN:
            if not isinstance(value, bool):
                raise ValueError(f"holds {type(value).__name__} instead of a boolean")
            return str(value).lower() if column.nullable else value
        case Kind.JSON:
            return _encode_json(_text(value))


@cache
def encoder(column: Column) -> Callable[[Any], Value]:
    """`encode` for one column. What is mostly met, and needs no second look, takes a third of the time."""

    def text(value: Any) -> Value:
        plain = type(value) is str and value.isascii()
        return value if plain else encode(column, value)

    def nullable_text(value: Any) -> Value:
        if value is None:
            return ""
        plain = type(value) is str and value.isascii() and value[:1] not in ("", '"')
        return value if plain else encode(column, value)

    def integer(value: Any) -> Value:
        plain = type(value) is int and -EXACT_INTEGER <= value <= EXACT_INTEGER
        return value if plain else encode(column, value)

    def digits(value: Any) -> Value:
        if value is None and column.nullable:
            return ""
        plain = type(value) is int and 0 <= value < _BIGINT_LIMIT
        return f"{value:0{_DIGITS}d}" if plain else encode(column, value)

    match column.kind:
        case Kind.TEXT:
            return nullable_text if column.nullable else text
        case Kind.INTEGER if not column.nullable:
            return integer
        case Kind.INTEGER | Kind.BIGINT:
            return digits
        case Kind.DATE:
            return lru_cache(maxsize=4096)(partial(encode, column))
        case _:
            return partial(encode, column)


def decode(column: Column, value: object) -> Value:
    """One value on its way back; the inverse of `encode`. Raises `ValueError` for what `encode` never writes."""
    match column.kind:
        case Kind.TEXT:
            text = _text(value)
            if not column.nullable or not _QUOTES.fullmatch(text):
                return text
            return text[:-2] if len(text) > 1 else text or None
        case Kind.DATE:
            return _text(value) or None
        case Kind.INTEGER | Kind.BIGINT:
            return _decode_integer(column, value)
        case Kind.BOOLEAN:
            if not column.nullable:
                return bool(value)
            return {"": None, "true": True, "false": False}[_text(value)]
        case Kind.JSON:
            return _decode_json(_text(value))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"holds {type(value).__name__} instead of text")
    if not value.isascii():
        try:
            value.encode()  # a hundred times as fast as to search a long text for them
        except UnicodeEncodeError:
            raise ValueError("holds a lone surrogate, which is not valid UTF-8") from None
    return value


def _encode_integer(column: Column, value: object) -> Value:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"holds {type(value).__name__} instead of an integer")
    if column.kind is Kind.INTEGER and not column.nullable:
        if abs(value) > EXACT_INTEGER:
            raise ValueError("holds an integer beyond 2**53, which a PocketBase number would round")
        return value
    if not -_BIGINT_LIMIT <= value < _BIGINT_LIMIT:
        raise ValueError("holds an integer of more than 64 bits")
    if value >= 0:
        return f"{value:0{_DIGITS}d}"
    return f"-{10**_DIGITS + value:0{_DIGITS}d}"


def _decode_integer(column: Column, value: object) -> Value:
    if column.kind is Kind.INTEGER and not column.nullable:
        if isinstance(value, int | float):
            return int(value)
        raise ValueError(f"holds {type(value).__name__} instead of a number")
    text = _text(value)
    if not text:
        return None
    return int(text[1:]) - 10**_DIGITS if text.startswith("-") else int(text)


def _encode_json(text: str) -> str:
    try:
        return text if _travels(text) else json.dumps({_BOX: text}, separators=(",", ":"))
    except _NotFinite:
        raise
    except (ValueError, RecursionError):
        raise ValueError("is not valid JSON") from None


def _travels(text: str) -> bool:
    """Whether PocketBase keeps this JSON and gives it back as it is. Raises `ValueError` if it is no JSON."""
    try:
        parsed = _STRICT.decode(text)
    except _Refusable:
        _LENIENT.decode(text)
        return False
    if text[0] not in '{["' and text not in _BARE_WORDS:
        return False
    if isinstance(parsed, dict) and _BOX in parsed:
        return False
    # Escaped emoji are pairs of surrogates: whether one is alone shows when they are put together.
    escaped = "\\ud" in text or "\\uD" in text
    return not (escaped and _LONE_SURROGATE.search(json.dumps(parsed, ensure_ascii=False)))


def _decode_json(text: str) -> str | None:
    if not text.lstrip().startswith("{") or _BOX not in text[:32]:
        return text
    parsed = json.loads(text)
    if not _is_box(parsed):
        return text
    boxed = parsed[_BOX]
    if boxed is not None and not isinstance(boxed, str):
        raise ValueError("holds a box that this library did not write")
    return boxed


def _is_box(value: object) -> bool:
    return isinstance(value, dict) and list(value) == [_BOX]


class _NotFinite(ValueError):
    pass


class _Refusable(ValueError):
    """It is JSON, but not for every version of PocketBase."""


def _refuse_constant(constant: str) -> None:
    raise _NotFinite(f"holds {constant}, which is not JSON")


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _Refusable
    return number


def _integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER:
        raise _Refusable
    return int(text)


def _object(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) != len(members):
        raise _Refusable
    return found


_STRICT = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_float, parse_int=_integer, object_pairs_hook=_object
)
_LENIENT = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=str, parse_int=str)
