"""What a process counts, in a Prometheus registry that is passed in."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import Metric as Family
from prometheus_client.registry import Collector
from typing_extensions import override

from dualwrite.metrics.catalogue import BUCKETS, CATALOGUE, Metric, Origin, Type
from dualwrite.metrics.interface import Metrics

MOST_SEEN = 5_000
"""Values that a caller adds before it hands them on itself, where nobody else does."""


class PrometheusMetrics(Metrics):
    """Every metric of the catalogue that processes count, registered once. Children are looked up once per set of labels.

    Where the process runs with others (`dualwrite.metrics.multiprocess`), its figures are in that folder's files besides.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._tallies: dict[tuple[str, tuple[str, ...]], Tally] = {}
        registry.register(_First(self.publish))
        self._made: dict[str, Counter | Gauge | Histogram] = {
            metric.name: _make(metric, registry) for metric in CATALOGUE if metric.origin is Origin.COUNTED
        }
        self._children: dict[tuple[str, tuple[str, ...]], Counter | Gauge | Histogram] = {}

    @override
    def add(self, metric: Metric, *labels: str, amount: float = 1.0) -> None:
        child = self._child(metric, labels)
        if isinstance(child, Counter):
            child.inc(amount)

    @override
    def set(self, metric: Metric, *labels: str, value: float) -> None:
        child = self._child(metric, labels)
        if isinstance(child, Gauge):
            child.set(value)

    @override
    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        child = self._child(metric, labels)
        if isinstance(child, Histogram):
            child.observe(value)

    @override
    def observer(self, metric: Metric, *labels: str) -> Callable[[float], None]:
        place = (metric.name, labels)
        tally = self._tallies.get(place)
        if tally is None:
            child = self._child(metric, labels)
            if not isinstance(child, _Tallied):
                return super().observer(metric, *labels)
            # Two threads may make one each; both look at the same.
            tally = self._tallies.setdefault(place, Tally(child))
        return tally.observe

    @override
    def publish(self) -> None:
        for tally in list(self._tallies.values()):
            tally.publish()

    def _child(self, metric: Metric, labels: tuple[str, ...]) -> Counter | Gauge | Histogram:
        place = (metric.name, labels)
        child = self._children.get(place)
        if child is None:
            made = self._made[metric.name]
            child = self._children[place] = made.labels(*labels) if labels else made
        return child


def _make(metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    match metric.type:
        case Type.COUNTER:
            return Counter(metric.name, metric.help, metric.labels, registry=registry)
        case Type.GAUGE:
            return Gauge(
                metric.name, metric.help, metric.labels, registry=registry, multiprocess_mode=metric.merge
            )
        case Type.HISTOGRAM:
            return _Tallied(metric.name, metric.help, metric.labels, registry=registry, buckets=BUCKETS)


class _Tallied(Histogram):
    """A histogram that can be told of many values at once."""

    def add(self, counts: Sequence[int], total: float) -> None:
        """So many values in each bucket, and their sum."""
        self._sum.inc(total)
        for bucket, count in zip(self._buckets, counts, strict=True):
            if count:
                bucket.inc(count)


class Tally:
    """Values on their way to a histogram. The client's own `observe` takes six times as long, and more where several workers
    share a folder: a caller should not wait for that, and not for a lock either."""

    __slots__ = ("_histogram", "_lock", "_seen", "observe")

    def __init__(self, histogram: _Tallied) -> None:
        self._histogram = histogram
        self._lock = threading.Lock()
        self._seen: list[float] = []
        self.observe = self._observer()
        """See one value."""

    def _observer(self) -> Callable[[float], None]:
        seen, append, publish = self._seen, self._seen.append, self.publish

        def observe(value: float) -> None:
            append(value)
            if len(seen) > MOST_SEEN:
                publish()

        return observe

    def publish(self) -> None:
        """Hand on what was seen."""
        with self._lock:
            # Others append meanwhile: what comes after these stays.
            values = self._seen[:]
            del self._seen[: len(values)]
            if not values:
                return
            counts = [0] * (len(BUCKETS) + 1)
            for value in values:
                counts[bisect_left(BUCKETS, value)] += 1
            self._histogram.add(counts, sum(values))


class _First(Collector):
    """Asked before all others of a registry: what was seen up to now is to be in its answer."""

    def __init__(self, publish: Callable[[], None]) -> None:
        self._publish = publish

    @override
    def collect(self) -> Iterable[Family]:
        self._publish()
        return []

    def describe(self) -> Iterable[Family]:
        """Nothing."""
        return []
