"""What a helper counts, on its way to the process whose figures it belongs to."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from typing_extensions import override

from dualwrite.metrics import Metrics
from dualwrite.metrics.catalogue import CATALOGUE, Metric

Place: TypeAlias = tuple[str, tuple[str, ...]]
"""A metric's name, and its labels."""
_BY_NAME = {metric.name: metric for metric in CATALOGUE}


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted since the last time, the gauges that were set, and the values that histograms saw."""

    counted: Mapping[Place, float] = field(default_factory=dict)
    stands: Mapping[Place, float] = field(default_factory=dict)
    seen: Mapping[Place, list[float]] = field(default_factory=dict)

    def tell(self, metrics: Metrics) -> None:
        """As if it had happened here."""
        for (name, labels), amount in self.counted.items():
            metrics.add(_BY_NAME[name], *labels, amount=amount)
        for (name, labels), value in self.stands.items():
            metrics.set(_BY_NAME[name], *labels, value=value)
        for (name, labels), values in self.seen.items():
            observe = metrics.observer(_BY_NAME[name], *labels)
            for value in values:
                observe(value)


class Collected(Metrics):
    """Collects until somebody takes it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._counted: dict[Place, float] = defaultdict(float)
        self._stands: dict[Place, float] = {}
        self._seen: dict[Place, list[float]] = defaultdict(list)

    @override
    def add(self, metric: Metric, *labels: str, amount: float = 1.0) -> None:
        with self._lock:
            self._counted[metric.name, labels] += amount

    @override
    def set(self, metric: Metric, *labels: str, value: float) -> None:
        with self._lock:
            self._stands[metric.name, labels] = value

    @override
    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        with self._lock:
            self._seen[metric.name, labels].append(value)

    def take(self) -> Figures:
        """What there is, and begin anew."""
        with self._lock:
            taken = Figures(dict(self._counted), self._stands, dict(self._seen))
            self._clear()
            return taken
