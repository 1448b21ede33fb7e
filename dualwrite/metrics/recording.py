"""Metrics kept in this process: single latencies and counts, for a report on a run that ends."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque

from typing_extensions import override

from dualwrite.metrics.catalogue import LATENCY, Metric
from dualwrite.metrics.interface import Metrics

KEPT = 20_000


class RecordingMetrics(Metrics):
    """Keeps the last `KEPT` latencies of each method and backend, every counter and every gauge. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.gauges: dict[tuple[str, ...], float] = {}
        self._seconds: dict[tuple[str, ...], deque[float]] = defaultdict(lambda: deque(maxlen=KEPT))

    @override
    def add(self, metric: Metric, *labels: str, amount: float = 1.0) -> None:
        with self._lock:
            self.counts[metric.name, *labels] += int(amount)

    @override
    def set(self, metric: Metric, *labels: str, value: float) -> None:
        with self._lock:
            self.gauges[metric.name, *labels] = value

    @override
    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        with self._lock:
            self._seconds[metric.name, *labels].append(value)

    def latencies(self, backend: str) -> dict[tuple[str, str], list[float]]:
        """Seconds of single calls by (repository, method) on one backend."""
        with self._lock:
            return {
                (place[1], place[2]): list(seconds)
                for place, seconds in self._seconds.items()
                if place[0] == LATENCY.name and place[3] == backend
            }
