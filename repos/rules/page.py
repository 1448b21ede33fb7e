"""What `skip` and `limit` mean to each database."""

from __future__ import annotations

from dataclasses import dataclass

from dualwrite.dialect import Dialect
from dualwrite.errors import Invalid

_BITS = 63
_ENDLESS = 2**53  # no table is that long, and more than that is no number to JavaScript


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list. No `limit`: all that is left."""

    offset: int
    limit: int | None


def page(dialect: Dialect, skip: object, limit: object) -> Page:
    """The part of a list that SQL's OFFSET and LIMIT leave.

    Raises:
        Invalid: one is no integer of 64 bits, or, to PostgreSQL, negative.
    """
    return Page(_bound(dialect, skip) or 0, _bound(dialect, limit))


def _bound(dialect: Dialect, given: object) -> int | None:
    if given is None:
        return None
    try:
        bound: int = int(given)  # type: ignore[call-overload]  # what is no number is refused below
    except (TypeError, ValueError, OverflowError):
        raise Invalid("a page's bound is no number") from None
    if abs(bound) >> _BITS:
        raise Invalid("a page's bound has more than 64 bits")
    if bound < 0:
        if dialect == "postgresql":
            raise Invalid("a page's bound is negative")
        return None
    return min(bound, _ENDLESS)
