"""What a helper counted is told where it belongs."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from dualwrite.helper.channel import pack
from dualwrite.helper.figures import Collected
from dualwrite.metrics.catalogue import BREAKER, COMPARISONS, LATENCY, QUEUE, SHADOW
from dualwrite.metrics.prometheus import PrometheusMetrics


def told(*figures: Collected) -> CollectorRegistry:
    metrics = PrometheusMetrics(registry := CollectorRegistry())
    for each in figures:
        each.take().tell(metrics)
    return registry


def test_it_reads_as_if_it_had_happened_there() -> None:
    collected = Collected()
    for _ in range(3):
        collected.add(SHADOW, "write", "queued")
    collected.add(COMPARISONS, "chats", "get_chat_by_id", "equal", "", amount=2.0)
    collected.set(QUEUE, "read", value=7)
    collected.set(QUEUE, "read", value=5)
    collected.set(BREAKER, value=1.0)
    for seconds in (0.001, 0.002, 4.0):
        collected.observe(LATENCY, "chats", "get_chat_by_id", "pocketbase", value=seconds)
    registry = told(collected)
    labels = {"repository": "chats", "method": "get_chat_by_id"}
    assert registry.get_sample_value("dualwrite_shadow_total", {"work": "write", "fate": "queued"}) == 3
    assert (
        registry.get_sample_value("dualwrite_comparisons_total", {**labels, "outcome": "equal", "kind": ""})
        == 2
    )
    assert registry.get_sample_value("dualwrite_queue_depth", {"work": "read"}) == 5
    assert registry.get_sample_value("dualwrite_breaker_open") == 1
    place = {**labels, "backend": "pocketbase"}
    assert registry.get_sample_value(f"{LATENCY.name}_count", place) == 3
    assert registry.get_sample_value(f"{LATENCY.name}_sum", place) == 4.003


def test_what_was_taken_is_not_told_again() -> None:
    collected = Collected()
    collected.add(SHADOW, "write", "queued")
    assert collected.take().counted
    assert collected.take() == Collected().take()


def test_an_hour_of_calls_between_two_reports_fits_into_a_message() -> None:
    collected = Collected()
    for _ in range(100_000):
        collected.observe(LATENCY, "chats", "get_chat_by_id", "pocketbase", value=0.001)
    assert len(pack(collected.take())) < 2_000_000
