"""Metrics: every one declared is registered, and the text says what happened."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from dualwrite.metrics import CATALOGUE, Metric, NoMetrics, Origin, Type
from dualwrite.metrics.catalogue import BREAKER, BUCKETS, ERRORS, LATENCY, QUEUE, SETTLED
from dualwrite.metrics.prometheus import MOST_SEEN, PrometheusMetrics


def text(metrics: PrometheusMetrics) -> str:
    return generate_latest(metrics.registry).decode()


def test_the_text_after_known_events() -> None:
    metrics = PrometheusMetrics(CollectorRegistry())
    for _ in range(3):
        metrics.add(ERRORS, "notes", "get", "sql", "Conflict")
    metrics.add(SETTLED, "notes", "relay", "equal", amount=5)
    metrics.set(QUEUE, "write", value=7)
    metrics.set(BREAKER, value=1.0)
    metrics.observe(LATENCY, "notes", "get", "sql", value=0.003)
    metrics.observer(LATENCY, "notes", "get", "sql")(0.004)
    lines = text(metrics).splitlines()
    for line in (
        'dualwrite_call_errors_total{backend="sql",error="Conflict",method="get",repository="notes"} 3.0',
        'dualwrite_settled_total{by="relay",entity="notes",result="equal"} 5.0',
        'dualwrite_queue_depth{work="write"} 7.0',
        "dualwrite_breaker_open 1.0",
        'dualwrite_call_seconds_bucket{backend="sql",le="0.0025",method="get",repository="notes"} 0.0',
        'dualwrite_call_seconds_bucket{backend="sql",le="0.005",method="get",repository="notes"} 2.0',
        'dualwrite_call_seconds_count{backend="sql",method="get",repository="notes"} 2.0',
    ):
        assert line in lines


COUNTED = [metric for metric in CATALOGUE if metric.origin is Origin.COUNTED]


@pytest.mark.parametrize("metric", COUNTED, ids=lambda metric: metric.name)
def test_every_metric_that_processes_count_is_registered_as_declared(metric: Metric) -> None:
    metrics = PrometheusMetrics(CollectorRegistry())
    labels = tuple(f"a {label}" for label in metric.labels)
    match metric.type:
        case Type.COUNTER:
            metrics.add(metric, *labels)
            sample = f"{metric.name}_total"
        case Type.GAUGE:
            metrics.set(metric, *labels, value=1.0)
            sample = metric.name
        case Type.HISTOGRAM:
            metrics.observe(metric, *labels, value=1.0)
            sample = f"{metric.name}_sum"
    declared = dict(zip(metric.labels, labels, strict=True))
    assert metrics.registry.get_sample_value(sample, declared) == 1.0
    assert f"# TYPE {metric.name}" in text(metrics)


def test_names_follow_prometheus() -> None:
    assert len({metric.name for metric in CATALOGUE}) == len(CATALOGUE)
    for metric in CATALOGUE:
        assert metric.name.startswith("dualwrite_")
        assert not metric.name.endswith("_total"), "the client adds it to counters, gauges have none"
        assert metric.help
        if metric.type is Type.HISTOGRAM:
            assert metric.name.endswith(f"_{metric.unit}")


def test_buckets_fit_a_tenth_of_a_millisecond_to_half_a_minute() -> None:
    assert (BUCKETS[0], BUCKETS[-1]) == (0.0001, 30.0)
    assert all(high / low <= 3 for low, high in pairwise(BUCKETS)), (
        "a quantile is never off by more than a factor of three"
    )


def test_two_registries_do_not_meet() -> None:
    one, other = PrometheusMetrics(CollectorRegistry()), PrometheusMetrics(CollectorRegistry())
    one.set(BREAKER, value=1.0)
    assert "dualwrite_breaker_open 0.0" in text(other)


def test_labels_that_are_not_declared_are_refused() -> None:
    with pytest.raises(ValueError):
        PrometheusMetrics(CollectorRegistry()).add(ERRORS, "notes")


def test_no_metrics_does_nothing() -> None:
    metrics = NoMetrics()
    metrics.add(ERRORS, "anything")
    metrics.set(BREAKER, value=1.0)
    metrics.observe(LATENCY, value=1.0)


def test_what_an_observer_saw_is_in_the_text_and_counted_once() -> None:
    metrics = PrometheusMetrics(CollectorRegistry())
    observe = metrics.observer(LATENCY, "notes", "get", "sql")
    other = metrics.observer(LATENCY, "notes", "get", "sql")
    for value in (*BUCKETS, 31.0, 0.0):
        observe(value)
    other(0.0001)
    once, again = text(metrics), text(metrics)
    assert once.replace("_created", "") == again.replace("_created", "")
    bucket = metrics.registry.get_sample_value
    labels = {"repository": "notes", "method": "get", "backend": "sql"}
    edges = ["0.0001", "0.00025", "10.0", "30.0", "+Inf"]
    found = [bucket("dualwrite_call_seconds_bucket", {**labels, "le": edge}) for edge in edges]
    assert found == [3, 4, len(BUCKETS) + 1, len(BUCKETS) + 2, len(BUCKETS) + 3], (
        "an edge belongs to its bucket"
    )
    total = bucket("dualwrite_call_seconds_sum", labels)
    assert total == pytest.approx(sum(BUCKETS) + 31.0 + 0.0001)


def test_many_threads_lose_nothing() -> None:
    metrics = PrometheusMetrics(CollectorRegistry())
    observe = metrics.observer(LATENCY, "notes", "get", "sql")

    def work() -> None:
        for _ in range(2000):
            observe(0.001)
            metrics.publish()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 'dualwrite_call_seconds_count{backend="sql",method="get",repository="notes"} 8000.0' in text(
        metrics
    )


def test_an_observer_hands_on_what_nobody_asks_for_before_it_has_kept_much() -> None:
    metrics = PrometheusMetrics(CollectorRegistry())
    observe = metrics.observer(LATENCY, "notes", "get", "sql")
    for _ in range(MOST_SEEN + 1):
        observe(0.004)
    labels = {"repository": "notes", "method": "get", "backend": "sql"}
    # Not by a scrape, which would ask for it.
    (sample,) = [
        one
        for family in metrics._made[LATENCY.name].collect()
        for one in family.samples
        if one.name == f"{LATENCY.name}_count" and one.labels == labels
    ]
    assert sample.value == MOST_SEEN + 1
