"""All there is to see at `/metrics`: what processes have counted, and what the database says.

A scrape costs a bounded look and never raises. Where the database cannot be read, what comes from it is absent and
`dualwrite_up` is 0; what processes counted is there all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client import Metric as Family
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from dualwrite.metrics.catalogue import CATALOGUE, UP, Metric, Origin, Type
from dualwrite.metrics.glance import Glance
from dualwrite.metrics.multiprocess import Shared, check_folder, folder
from dualwrite.metrics.prometheus import PrometheusMetrics
from dualwrite.metrics.stored import Sample, look, of_build
from dualwrite.parts import Parts
from dualwrite.pocketbase import HOOKS_VERSION
from dualwrite.setup import problems

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NOT_ANSWERED = "PocketBase did not answer in time"


def exposition(parts: Parts, *, counted: CollectorRegistry | None = None) -> CollectorRegistry:
    """What a scrape of this process shows. Ask `text` for it, or give it to any server of `prometheus_client`.

    `counted` is the registry of what this process counts; left out, that of the parts' own metrics. Where
    `PROMETHEUS_MULTIPROC_DIR` is set, what all workers have counted is shown instead.

    Raises:
        ConfigurationError: that folder cannot be used.
    """
    registry = CollectorRegistry()
    directory = folder()
    if counted is None and isinstance(parts.metrics, PrometheusMetrics):
        counted = parts.metrics.registry
    if directory is not None:
        check_folder(directory)
        registry.register(Counted(Shared(directory)))
    elif counted is not None:
        registry.register(Counted(counted))
    registry.register(Stored(parts))
    return registry


def text(registry: CollectorRegistry) -> str:
    """The text of `/metrics`; its type is `CONTENT_TYPE`."""
    return generate_latest(registry).decode()


class Counted(Collector):
    """What processes have counted, without the time at which each series began: that alone would be a quarter of the text."""

    def __init__(self, source: Collector) -> None:
        self._source = source

    @override
    def collect(self) -> Iterable[Family]:
        for family in self._source.collect():
            family.samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
            yield family

    def describe(self) -> Iterable[Family]:
        """Nothing: to be registered must not cost a look."""
        return []


class Stored(Collector):
    """What the database says, looked at once a second at most, however many ask."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._problems = Glance("health", lambda: tuple(problems(parts)), fresh=10.0, budget=1.0, kept=30.0)
        self._look = Glance("metrics", self._looked, fresh=1.0, budget=2.0, kept=30.0)

    @override
    def collect(self) -> Iterable[Family]:
        seen = self._look.take()
        return families([Sample(UP, (), float(seen is not None)), *(seen or ())])

    def describe(self) -> Iterable[Family]:
        """Nothing: to be registered must not cost a look."""
        return []

    def _looked(self) -> list[Sample]:
        parts = self._parts
        stored = look(
            parts.control,
            parts.journal,
            parts.migration,
            problems=self._found,
            now=datetime.now(UTC),
        )
        return [of_build(parts.migration.name, parts.database.dialect, HOOKS_VERSION), *stored]

    def _found(self) -> Sequence[str]:
        found = self._problems.take()
        return (NOT_ANSWERED,) if found is None else found


def families(samples: Iterable[Sample]) -> list[Family]:
    """Samples as the client writes them, in the catalogue's order."""
    found: dict[str, CounterMetricFamily | GaugeMetricFamily] = {
        metric.name: _family(metric) for metric in CATALOGUE if metric.origin is Origin.STORED
    }
    for sample in samples:
        found[sample.metric.name].add_metric(sample.labels, sample.value)
    return [family for family in found.values() if family.samples]


def _family(metric: Metric) -> CounterMetricFamily | GaugeMetricFamily:
    kind = CounterMetricFamily if metric.type is Type.COUNTER else GaugeMetricFamily
    return kind(metric.name, metric.help, labels=metric.labels)
