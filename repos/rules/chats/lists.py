"""Which part of a list is asked for, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from dualwrite.dialect import Dialect
from dualwrite.entity import Kind, Value
from dualwrite.errors import Invalid
from repos.entities import CHAT
from repos.models.chat import ChatTitleIdResponse

BY_TIME = ("-updated_at",)
BY_ID = ("id",)
TITLE_COLUMNS = ("id", "title", "updated_at", "created_at")
_MOST = 2**63 - 1
_SORTABLE = frozenset(column.name for column in CHAT.columns if column.kind is not Kind.JSON)
_DIRECTIONS = {"asc": "", "desc": "-"}


@dataclass(frozen=True, slots=True)
class Page:
    """How many rows to leave out, and how many to take then (None: all)."""

    offset: int = 0
    limit: int | None = None


EVERYTHING = Page()


def page(dialect: Dialect, skip: int | None, limit: int | None) -> Page:
    """The page of a list: 0 and None mean that it is not cut. Raises `Invalid` for what the database refuses."""
    return exact_page(dialect, skip, limit or None)


def exact_page(dialect: Dialect, skip: int | None, limit: int | None) -> Page:
    """The page of the search, to which a limit of 0 is an empty page. Raises `Invalid` for what the database refuses."""
    offset = 0 if skip is None else int(skip)
    most = None if limit is None else int(limit)
    for number in (offset, most or 0):
        if abs(number) > _MOST or (number < 0 and dialect == "postgresql"):
            raise Invalid("skip or limit is out of range")
    return Page(max(offset, 0), None if most is None or most < 0 else most)


def titled(row: Mapping[str, Value]) -> ChatTitleIdResponse:
    """A chat as lists show it. Raises `Invalid`."""
    try:
        return ChatTitleIdResponse.model_validate(row)
    except ValidationError:
        raise Invalid("chat: a stored row has no title or clocks") from None


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list's `filter` says: columns to sort by (`-name` is descending), and a pattern for the title."""

    sort: tuple[str, ...] = BY_TIME
    title: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> Filter:
        """Raises `ValueError` for a column or a direction that cannot be sorted by."""
        if not given:
            return cls()
        query, column, direction = given.get("query"), given.get("order_by"), given.get("direction")
        title = f"%{query}%" if query else None
        if not (column and direction):
            return cls(BY_ID, title)
        if column not in _SORTABLE:
            raise ValueError("Invalid order_by field")
        if direction.lower() not in _DIRECTIONS:
            raise ValueError("Invalid direction for ordering")
        return cls((_DIRECTIONS[direction.lower()] + column,), title)
