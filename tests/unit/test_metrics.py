"""Metrics: every one declared is registered, and the text says what happened."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from dualwrite.metrics import CATALOGUE, Metric, NoMetrics, Type
from dualwrite.metrics.catalogue import BREAKER, CALLS, LATENCY, OBLIGATIONS, SETTLED
from dualwrite.metrics.prometheus import PrometheusMetrics


def text(metrics: PrometheusMetrics) -> str:
    return generate_latest(metrics.registry).decode()


def test_the_text_after_a_known_run() -> None:
    metrics = PrometheusMetrics(CollectorRegistry())
    for _ in range(3):
        metrics.add(CALLS, "notes", "get", "sql", "ok")
    metrics.add(SETTLED, "relay", "equal", amount=5)
    metrics.set(OBLIGATIONS, "notes", value=7)
    metrics.set(BREAKER, value=1.0)
    metrics.observe(LATENCY, "notes", "get", "sql", value=0.003)
    lines = text(metrics).splitlines()
    for line in (
        'dualwrite_calls_total{backend="sql",method="get",outcome="ok",repository="notes"} 3.0',
        'dualwrite_settled_total{by="relay",result="equal"} 5.0',
        'dualwrite_obligations{entity="notes"} 7.0',
        "dualwrite_breaker_open 1.0",
        'dualwrite_call_seconds_bucket{backend="sql",le="0.0025",method="get",repository="notes"} 0.0',
        'dualwrite_call_seconds_bucket{backend="sql",le="0.005",method="get",repository="notes"} 1.0',
        'dualwrite_call_seconds_count{backend="sql",method="get",repository="notes"} 1.0',
    ):
        assert line in lines


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
def test_every_metric_of_the_catalogue_is_registered_as_declared(metric: Metric) -> None:
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


def test_two_registries_do_not_meet() -> None:
    one, other = PrometheusMetrics(CollectorRegistry()), PrometheusMetrics(CollectorRegistry())
    one.set(BREAKER, value=1.0)
    assert "dualwrite_breaker_open 0.0" in text(other)


def test_labels_that_are_not_declared_are_refused() -> None:
    with pytest.raises(ValueError):
        PrometheusMetrics(CollectorRegistry()).add(CALLS, "notes")


def test_no_metrics_does_nothing() -> None:
    metrics = NoMetrics()
    metrics.add(CALLS, "anything")
    metrics.set(BREAKER, value=1.0)
    metrics.observe(LATENCY, value=1.0)
