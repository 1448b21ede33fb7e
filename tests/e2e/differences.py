"""Where two runs of one scenario were answered differently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from tests.e2e.step import Exchange

_SHOWN = 120  # characters of a value


def differences(expected: Sequence[Exchange], got: Sequence[Exchange]) -> list[str]:
    """A line for each: which step, where in the answer, what was expected and what came."""
    found: list[str] = []
    for number, (one, other) in enumerate(zip_longest(expected, got), 1):
        if one is None or other is None:
            found.append(
                f"step {number}: {'one too many' if one is None else 'missing'}: {(one or other).says}"
            )
            continue
        where = f"step {number}, {one.says} ({one.request})"
        for name in ("request", "status", "content_type"):
            found += [f"{where}: {line}" for line in _between(getattr(one, name), getattr(other, name), name)]
        found += [f"{where}: {line}" for line in _between(one.body, other.body, "$")]
    return found


def _between(one: Any, other: Any, path: str) -> Iterator[str]:
    if type(one) is type(other) and isinstance(one, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _between(one.get(key, _NOTHING), other.get(key, _NOTHING), f"{path}.{key}")
    elif type(one) is type(other) and isinstance(one, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from _between(*pair, f"{path}[{number}]")
    elif type(one) is not type(other) or one != other:
        yield f"{path}: {_shown(one)} became {_shown(other)}"


def _shown(value: Any) -> str:
    text = "nothing" if value is _NOTHING else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_NOTHING = object()
