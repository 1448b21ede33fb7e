"""What two runs cannot have in common: ids that are drawn, clocks, tokens, folders. Everything else must be equal.

An id becomes a number, by its first appearance in the run: the same id is the same number wherever it stands, in a path or
inside other text. A clock is a number of this run's own time, in a unit of `UNITS`; it becomes the unit's name, so seconds
where nanoseconds belong are a difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}

SECRETS: Mapping[str, re.Pattern[str]] = {
    "token": re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+"),
    "api key": re.compile(r"sk-[0-9a-f]{32}"),
}
"""Drawn at random and unlike an id: never the same in two answers."""

UNORDERED = ("user_ids", "tags")
"""Lists under these names are made from sets by Open WebUI: their order is drawn anew by every process."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DIGITS = re.compile(r"\b\d{10,19}\b")


@dataclass
class Normal:
    """The normal form of one run's answers, in the order they came. `begun` and `ended` are its first and last second, as the
    system's clock has them; `texts` maps what is this run's own (its folder, its port) to a name."""

    begun: float
    ended: float
    texts: Mapping[str, str] = field(default_factory=dict)
    _ids: dict[str, int] = field(default_factory=dict)

    def of(self, value: Any) -> Any:
        """The value with ids, clocks and secrets replaced; keys of objects too."""
        match value:
            case dict():
                return {self._text(key): self._under(key, each) for key, each in value.items()}
            case list():
                return [self.of(each) for each in value]
            case str():
                return self._text(value)
            case bool() | None:
                return value
            case int() | float():
                return self._number(value)
            case _:
                raise TypeError(f"no JSON: {type(value).__name__}")

    def _under(self, key: str, value: Any) -> Any:
        normal = self.of(value)
        return in_order(normal) if key in UNORDERED and isinstance(normal, list) else normal

    def _number(self, number: float) -> Any:
        for unit, per_second in UNITS.items():
            if self.begun * per_second <= number <= self.ended * per_second:
                return f"<{unit}>"
        return number

    def _text(self, text: str) -> str:
        for own, name in self.texts.items():
            text = text.replace(own, f"<{name}>")
        for name, secret in SECRETS.items():
            text = secret.sub(f"<{name}>", text)
        text = _ID.sub(lambda found: f"<id {self._ids.setdefault(found[0], len(self._ids) + 1)}>", text)
        return _DIGITS.sub(lambda found: str(self._number(int(found[0]))), text)


def in_order(values: list[Any]) -> list[Any]:
    """The same in an order that depends on nothing but what is in it."""
    return sorted(values, key=lambda value: json.dumps(value, sort_keys=True))
