"""Figures, times and keys as people read them. Pure functions; the templates' filters."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

NOTHING = "\u2013"  # an en dash
LONGEST = 240


def visible(text: str, longest: int = LONGEST) -> str:
    """Text on one line, clipped, with every character that would hide, break or turn the line around written out.

    Names and keys come from somebody's database: a right-to-left override in a key must not reorder a report.
    """
    shown = "".join(
        " " if character in "\n\t" else _escape(character) if _hides(character) else character
        for character in text[: longest + 1]
    )
    return shown if len(text) <= longest else f"{shown[:longest]}… ({len(text):,} characters)"


def _hides(character: str) -> bool:
    return (
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in "\u200c\u200d"
    )


def _escape(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def key(parts: Sequence[str]) -> str:
    """A row's key: the one part as it is, several as a JSON array."""
    return visible(parts[0] if len(parts) == 1 else json.dumps(list(parts), ensure_ascii=False))


def count(number: int | None) -> str:
    """`12,345`, or a dash where nobody counted."""
    return NOTHING if number is None else f"{number:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 row`, `2 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float | None) -> str:
    """`340 ms`, `2.4 s`, `3 min 12 s`, `1 h 4 min`."""
    if seconds is None:
        return NOTHING
    if seconds < 0.9995:
        return milliseconds(seconds * 1000)
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def milliseconds(figure: float | None) -> str:
    """Three digits that matter: `0.12 ms`, `4.1 ms`, `212 ms`, `1.30 s`."""
    if figure is None:
        return NOTHING
    if figure == 0:
        return "0 ms"
    if figure < 0.01:
        return "< 0.01 ms"
    if figure < 1:
        return f"{figure:.2f} ms"
    if figure < 99.95:
        return f"{figure:.1f} ms"
    if figure < 999.5:
        return f"{figure:.0f} ms"
    return duration(figure / 1000)


def share(figure: float | None) -> str:
    """A share from 0 to 1 as percent, with the digits that matter; never rounded to nothing, nor up to all."""
    if figure is None:
        return NOTHING
    percent = figure * 100
    if 0 < percent < 0.001:
        return "< 0.001%"
    text = f"{percent:.3f}".rstrip("0").rstrip(".") if percent < 1 else f"{percent:.1f}"
    if figure < 1 and float(text) >= 100:
        return "> 99.9%"
    return f"{text.removesuffix('.0')}%"


def moment(at: datetime | None) -> str:
    """`2026-03-01 14:05:09 UTC`."""
    return NOTHING if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def machine_moment(at: datetime) -> str:
    """For a `<time datetime=…>`."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def size(number: int | None, kind: str) -> str:
    """`12 characters` for text, `3 items` for the rest; empty where there is none."""
    if number is None:
        return ""
    return counted(number, "character") if kind == "str" else counted(number, "item")


FILTERS = {
    "visible": visible,
    "key": key,
    "count": count,
    "counted": counted,
    "duration": duration,
    "ms": milliseconds,
    "share": share,
    "moment": moment,
    "machine_moment": machine_moment,
}
