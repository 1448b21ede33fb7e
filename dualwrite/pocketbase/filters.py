"""Conditions as filters of the list API. Values travel as query parameters that the filter's text only names.

    (user_id=@request.query.v0&&title~@request.query.v1)    v0=…  v1=…

So no value can change what the filter means. Own literals are used for numbers and booleans alone: a parameter is always
text, and `b = 'true'` is not `b = true`. What the list API cannot say exactly becomes wider, never narrower, and the plan
says so: the rows it brings are then decided by `dualwrite.pocketbase.predicate`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from dualwrite.codec import encode
from dualwrite.entity import Column, Entity, Kind, Value
from dualwrite.errors import Unrepresentable
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
    Where,
)

MAX_CHARACTERS = 3_000  # PocketBase refuses filters over 3,500
MAX_EXPRESSIONS = 180  # and over 200 comparisons
MAX_PARAMETER_BYTES = (
    18_000  # one becomes up to three characters, and httpx refuses a query string over 65,536
)
_LONGEST_VALUE = 8_000

_SIGNS = {Op.EQ: "=", Op.NE: "!=", Op.LT: "<", Op.LE: "<=", Op.GT: ">", Op.GE: ">="}


@dataclass(frozen=True, slots=True)
class Plan:
    """One list request: its filter (empty: all records), its parameters, and whether it selects more than was asked."""

    text: str
    params: dict[str, str]
    exact: bool


class _TooMuch(Exception):
    """The filter would be over a limit."""


class _Compiler:
    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.params: dict[str, str] = {}
        self.exact = True
        self.expressions = 0
        self.bytes = 0

    def compile(self, where: Where) -> str | None:
        """The filter's text; "" where everything matches and None where nothing does."""
        match where:
            case All(of):
                parts = [self.compile(each) for each in of]
                if any(part is None for part in parts):
                    return None
                return _joined("&&", [part for part in parts if part])
            case Any(of):
                texts = [part for each in of if (part := self.compile(each)) is not None]
                if not texts:
                    return None
                return "" if "" in texts else _joined("||", texts)
            case In(column, values, wanted):
                op = Op.EQ if wanted else Op.NE
                leaves = tuple(Compare(op, column, value) for value in values)
                if not leaves and not wanted:
                    return self.compile(Null(column, wanted=False))
                return self.compile(Any(leaves) if wanted else All(leaves))
            case Null(name, wanted):
                return self._null(self.entity.column(name), wanted)
            case Compare(op, name, value):
                return self._compare(op, self.entity.column(name), value)
            case Like() | Contains() | JsonHas() | JsonLike():
                return self._wider()
            case _:
                assert_never(where)

    def _wider(self) -> str:
        self.exact = False
        return ""

    def _null(self, column: Column, wanted: bool) -> str | None:
        if not column.nullable:
            return None if wanted else ""
        if column.kind is Kind.JSON:
            return self._wider()  # the list API compares what is inside JSON, not its text
        return self._expression(column.field, "=" if wanted else "!=", "''", literal=True)

    def _compare(self, op: Op, column: Column, value: str | int | bool) -> str:
        encoded = encoded_value(self.entity, column, value, op)
        text = column.kind in (Kind.TEXT, Kind.DATE)
        if op in (Op.LIKE, Op.NOT_LIKE):
            pattern = str(value)
            # `~` is LIKE with `\\` as escape, wrapped in `%` unless the value has one, and with `_` taken literally.
            if op is Op.LIKE and text and "%" in pattern and not {"_", "\\", "\0"} & set(pattern):
                self.exact = False
                return self._expression(column.field, "~", pattern)
            return self._wider()
        if column.nullable and column.kind is Kind.TEXT and op not in (Op.EQ, Op.NE):
            return self._wider()  # the codec's marks for empty text sort elsewhere than empty text does
        found = self._literal(column.field, _SIGNS[op], encoded)
        if column.nullable and op in (Op.NE, Op.LT, Op.LE) and found:
            return _joined("&&", [self._expression(column.field, "!=", "''", literal=True), found])
        return found

    def _literal(self, field: str, sign: str, value: Value) -> str:
        if isinstance(value, bool):
            return self._expression(field, sign, "true" if value else "false", literal=True)
        if isinstance(value, int):
            return self._expression(field, sign, str(int(value)), literal=True)
        return self._expression(field, sign, str(value))

    def _expression(self, field: str, sign: str, value: str, *, literal: bool = False) -> str:
        self.expressions += 1
        if literal:
            return f"{field}{sign}{value}"
        size = len(value.encode())
        if size > _LONGEST_VALUE:
            return self._wider()
        self.bytes += size
        name = f"v{len(self.params)}"
        self.params[name] = value
        return f"{field}{sign}@request.query.{name}"


def encoded_value(entity: Entity, column: Column, value: Value, op: Op) -> Value:
    """A value as its column stores it.

    Raises:
        Unrepresentable: the column can never hold it, or cannot be compared so.
    """
    if column.kind is Kind.JSON:
        raise Unrepresentable(entity.name, (), column.name, "is JSON, which is not compared as a whole")
    if op in (Op.LIKE, Op.NOT_LIKE):
        column = Column(column.name)
    try:
        return encode(column, value)
    except ValueError as error:
        raise Unrepresentable(entity.name, (), column.name, f"is compared with what {error}") from None


def plans(entity: Entity, where: Where) -> list[Plan]:
    """The requests that together bring every row of the condition, and no row twice.

    A long `in_` at the top is split over several; where nothing else helps, one request brings everything.
    """
    try:
        return [_plan(entity, where)]
    except _TooMuch:
        pass
    conjuncts = list(where.of) if isinstance(where, All) else [where]
    lists = [each for each in conjuncts if isinstance(each, In) and each.wanted]
    if lists:
        longest = max(lists, key=lambda each: len(each.values))
        rest = tuple(each for each in conjuncts if each is not longest)
        if len(longest.values) > 1:
            middle = len(longest.values) // 2
            halves = (longest.values[:middle], longest.values[middle:])
            return [
                plan
                for values in halves
                for plan in plans(entity, All((In(longest.column, values, wanted=True), *rest)))
            ]
    return [Plan("", {}, exact=False)]


def _plan(entity: Entity, where: Where) -> Plan:
    compiler = _Compiler(entity)
    text = compiler.compile(where)
    if text is None:
        return Plan("id=''", {}, exact=True)
    if (
        len(text) > MAX_CHARACTERS
        or compiler.expressions > MAX_EXPRESSIONS
        or compiler.bytes > MAX_PARAMETER_BYTES
    ):
        raise _TooMuch
    return Plan(text, compiler.params, compiler.exact)


def _joined(sign: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({sign.join(parts)})" if parts else ""


def range_filter(entity: Entity, after: tuple[str, ...] | None, upto: tuple[str, ...] | None) -> Where:
    """after < key <= upto, by the key's columns in turn."""
    return All(tuple(_bounds(entity, after, upto)))


def _bounds(entity: Entity, after: tuple[str, ...] | None, upto: tuple[str, ...] | None) -> Iterator[Where]:
    if after is not None:
        yield Any(
            tuple(
                All((*_equal(entity, after, depth), Compare(Op.GT, name, after[depth])))
                for depth, name in enumerate(entity.key)
            )
        )
    if upto is not None:
        last = len(entity.key) - 1
        yield Any(
            tuple(
                All(
                    (
                        *_equal(entity, upto, depth),
                        Compare(Op.LE if depth == last else Op.LT, name, upto[depth]),
                    )
                )
                for depth, name in enumerate(entity.key)
            )
        )


def _equal(entity: Entity, key: tuple[str, ...], depth: int) -> tuple[Where, ...]:
    return tuple(Compare(Op.EQ, entity.key[at], key[at]) for at in range(depth))
