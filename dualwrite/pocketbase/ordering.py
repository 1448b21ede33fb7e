"""Rows put in order in Python, as SQLite would: NULL first, text by its UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dualwrite.entity import Row, Value


def ordered(rows: Iterable[Row], order: Sequence[tuple[str, bool]]) -> list[Row]:
    """The rows by these (column, descending) pairs. Python's text order by code point is UTF-8's byte order."""
    result = list(rows)
    for name, descending in reversed(order):
        result.sort(key=lambda row, name=name: _rank(row[name]), reverse=descending)  # type: ignore[misc]
    return result


def _rank(value: Value) -> tuple[bool, str | int]:
    return (False, 0) if value is None else (True, value)
