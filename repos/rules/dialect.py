"""What the database a migration comes from would not have held, so that PocketBase refuses it too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NoReturn

from dualwrite.dialect import Dialect
from dualwrite.entity import Entity, Kind, Value
from dualwrite.errors import Invalid, TooLarge

# Columns that PostgreSQL holds to a length; SQLite takes the declaration for a remark.
VARCHAR: Mapping[str, Mapping[str, int]] = {
    "user": {"id": 255, "name": 255, "email": 255, "role": 255, "api_key": 255, "username": 50},
    "chat": {"id": 255, "user_id": 255, "share_id": 255},
    "tag": {"id": 255, "name": 255, "user_id": 255},
}

# JSON that PostgreSQL keeps in a column of type `text`, which it does not look into.
JSON_IN_TEXT: Mapping[str, frozenset[str]] = {
    "user": frozenset({"settings", "info"}),
    "model": frozenset({"params", "meta"}),
}

_INTEGERS = range(-(2**63), 2**63)
_SURROGATE = re.compile("[\ud800-\udfff]")


def require_text(dialect: Dialect, *values: object) -> None:
    """Every value is None or text that the database could be asked about.

    Raises:
        Invalid: it is something else, or holds a lone surrogate, or (on PostgreSQL) NUL.
    """
    for value in values:
        if value is None:
            continue
        if not isinstance(value, str):
            raise Invalid(f"an argument is {type(value).__name__} instead of text")
        reason = _refusal(dialect, value)
        if reason:
            raise Invalid(f"an argument {reason}")


def require_texts(dialect: Dialect, values: Iterable[object] | None) -> list[str]:
    """The distinct texts of a list; None inside it never equals anything and is left out.

    Raises:
        Invalid: as `require_text`, and for no list at all.
    """
    if values is None or isinstance(values, str):
        raise Invalid(f"an argument is {type(values).__name__} instead of a list of texts")
    texts: dict[str, None] = {}
    for value in values:
        require_text(dialect, value)
        if isinstance(value, str):
            texts[value] = None
    return list(texts)


def require_row(dialect: Dialect, entity: Entity, row: Mapping[str, Value]) -> None:
    """The columns in `row` (all of an entity's or some) hold what the database would take.

    Raises:
        Invalid, TooLarge: naming the column, never the value.
    """
    for name, value in row.items():
        column = entity.column(name)
        if value is None:
            if not column.nullable:
                raise Invalid(f"{entity.name}: {name} may not be NULL")
        elif column.kind is Kind.TEXT:
            reason = (
                _refusal(dialect, value)
                if isinstance(value, str)
                else f"is {type(value).__name__} instead of text"
            )
            if reason:
                raise Invalid(f"{entity.name}: {name} {reason}")
            limit = VARCHAR.get(entity.name, {}).get(name)
            if dialect == "postgresql" and limit and len(str(value)) > limit:
                raise TooLarge(f"{entity.name}: {name} is longer than {limit} characters")
        elif column.kind is Kind.JSON:
            if dialect == "postgresql" and name not in JSON_IN_TEXT.get(entity.name, ()):
                _require_finite(entity, name, str(value))
        elif not _fits(column.kind, value):
            raise Invalid(f"{entity.name}: {name} is no {column.kind}")


def _fits(kind: Kind, value: Value) -> bool:
    match kind:
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.DATE:
            return isinstance(value, str) and _is_date(value)
        case _:
            return isinstance(value, int) and not isinstance(value, bool) and value in _INTEGERS


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _refusal(dialect: Dialect, text: str) -> str | None:
    if not text.isascii() and _SURROGATE.search(text):
        return "holds a lone surrogate"
    if dialect == "postgresql" and "\0" in text:
        return "holds NUL"
    return None


def _require_finite(entity: Entity, name: str, text: str) -> None:
    """PostgreSQL parses JSON; SQLite keeps the NaN and Infinity that Python writes."""

    def refuse(constant: str) -> NoReturn:
        raise Invalid(f"{entity.name}: {name} holds {constant}, which is not JSON")

    if "NaN" in text or "Infinity" in text:
        json.loads(text, parse_constant=refuse)
