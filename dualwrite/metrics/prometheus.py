"""What a process counts, in a Prometheus registry that is passed in."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from typing_extensions import override

from dualwrite.metrics.catalogue import BUCKETS, CATALOGUE, Metric, Origin, Type
from dualwrite.metrics.interface import Metrics


class PrometheusMetrics(Metrics):
    """Every metric of the catalogue that processes count, registered once. Children are looked up once per set of labels.

    Where the process runs with others (`dualwrite.metrics.multiprocess`), its figures are in that folder's files besides.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
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
        child = self._child(metric, labels)
        return child.observe if isinstance(child, Histogram) else super().observer(metric, *labels)

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
            return Histogram(metric.name, metric.help, metric.labels, registry=registry, buckets=BUCKETS)
