"""Latencies out of a Prometheus registry: what its histograms still know of single calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from prometheus_client import Metric

from dualwrite.evidence import Latency
from dualwrite.metrics.catalogue import LATENCY

Place: TypeAlias = tuple[str, str]
"""Repository and method."""


def latencies(families: Iterable[Metric]) -> dict[str, dict[Place, Latency]]:
    """By backend, then by repository and method: median and p99 of the calls that a registry's `collect()` knows of.

    Read off the buckets as PromQL's `histogram_quantile` does, so exact to a bucket's width; processes are added up.
    """
    counted: dict[tuple[str, str, str], dict[float, float]] = defaultdict(lambda: defaultdict(float))
    for family in families:
        if family.name != LATENCY.name:
            continue
        for sample in family.samples:
            if sample.name == f"{LATENCY.name}_bucket":
                place = tuple(sample.labels[name] for name in LATENCY.labels)
                counted[place[0], place[1], place[2]][float(sample.labels["le"])] += sample.value
    found: dict[str, dict[Place, Latency]] = defaultdict(dict)
    for (repository, method, backend), buckets in counted.items():
        if latency := _latency(buckets):
            found[backend][repository, method] = latency
    return dict(found)


def _latency(buckets: Mapping[float, float]) -> Latency | None:
    ordered = sorted(buckets.items())
    calls = int(ordered[-1][1])
    if not calls:
        return None
    p50, p99 = (1000 * quantile(ordered, share) for share in (0.5, 0.99))
    return Latency(p50_ms=round(p50, 4), p99_ms=round(p99, 4), calls=calls)


def quantile(buckets: Sequence[tuple[float, float]], share: float) -> float:
    """A quantile of cumulative buckets (upper bound, count), the last of which is that of infinity."""
    rank = share * buckets[-1][1]
    for (low, below), (high, count) in pairwise([(0.0, 0.0), *buckets]):
        if count >= rank:
            return low if high == float("inf") else low + (high - low) * (rank - below) / (count - below)
    return buckets[-1][0]
