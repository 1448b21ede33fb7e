"""Rows put in order in Python, as SQLite would: NULL least (or, as in PostgreSQL, greatest), text by its UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dualwrite.entity import Row, Value


def ordered(
    rows: Iterable[Row], order: Sequence[tuple[str, bool]], *, nulls_greatest: bool = False
) -> list[Row]:
    """The rows by these (column, descending) pairs. Python's text order by code point is UTF-8's byte order."""
    result = list(rows)
    for name, descending in reversed(order):
        result.sort(
            key=lambda row, name=name: _rank(row[name], nulls_greatest),  # type: ignore[misc]
            reverse=descending,
        )
    return result


def _rank(value: Value, nulls_greatest: bool) -> tuple[bool, str | int]:
    return (nulls_greatest, 0) if value is None else (not nulls_greatest, value)
