"""Where the marks of the small in-table charts go. Coordinates only; the templates draw the SVG.

Every chart is 100 units wide. None carries anything that the figures beside it do not say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10

from dualwrite.evidence import EntityEvidence, Evidence, Latency, Step

WIDTH = 100.0
THINNEST = 1.5  # what is there must be seen, however small its share


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle: where it begins, how wide it is, and what it stands for."""

    x: float
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class Span:
    """From the median to the 99th percentile."""

    x: float
    end: float


class Charts:
    """Scales that all rows of a table share."""

    def __init__(self, evidence: Evidence) -> None:
        self._most_rows = max((_rows(entity) for entity in evidence.entities), default=0)
        self._steps = list(evidence.steps)
        self._longest = sum(step.seconds for step in evidence.steps)
        times = [
            time
            for method in evidence.methods
            for latency in (method.sql, method.pocketbase)
            if latency
            for time in (latency.p50_ms, latency.p99_ms)
            if time > 0
        ]
        self._low = floor(log10(min(times))) if times else 0
        high = log10(max(times)) if times else 1
        self._decades = max(1.0, high - self._low)

    def rows(self, entity: EntityEvidence) -> Sequence[Bar]:
        """Rows of an entity on a scale that all entities share: equal, lagging, differing."""
        total = _rows(entity)
        if not total or not self._most_rows:
            return []
        width = max(WIDTH * total / self._most_rows, THINNEST)
        bad = [("differs", min(entity.remaining, total)), ("lags", min(entity.lagging, total))]
        parts = [(kind, max(width * number / total, THINNEST)) for kind, number in bad if number]
        equal = max(0.0, width - sum(part for _, part in parts))
        return _side_by_side([("equal", equal), *parts])

    def span(self, latency: Latency) -> Span:
        """A latency on a logarithmic scale that all methods share."""
        return Span(
            self._at(latency.p50_ms), max(self._at(latency.p99_ms), self._at(latency.p50_ms) + THINNEST)
        )

    def step(self, number: int) -> Bar:
        """A step's time within the whole, counted from 0, as in a schedule."""
        if not self._longest:
            return Bar(0, 0, "step")
        step: Step = self._steps[number]
        begin = sum(one.seconds for one in self._steps[:number])
        width = max(WIDTH * step.seconds / self._longest, THINNEST)
        return Bar(
            round(min(WIDTH * begin / self._longest, WIDTH - width), 2), round(width, 2), step.outcome.value
        )

    def _at(self, time: float) -> float:
        if time <= 0:
            return 0.0
        place = (log10(time) - self._low) / self._decades * WIDTH
        return round(min(max(place, 0.0), WIDTH - THINNEST), 2)


def _rows(entity: EntityEvidence) -> int:
    return max(entity.sql_rows or 0, entity.pocketbase_rows or 0)


def _side_by_side(parts: Iterable[tuple[str, float]]) -> list[Bar]:
    bars: list[Bar] = []
    x = 0.0
    for kind, width in parts:
        bars.append(Bar(round(x, 2), round(width, 2), kind))
        x += width
    return bars
