"""What is kept in the control table for reports: the last verify, the switch, examples, and latencies from a registry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from dualwrite.compare import Difference, Kind
from dualwrite.comparisons import MOST_KEYS, Comparisons, forget_comparisons, load_examples
from dualwrite.evidence import GateCondition
from dualwrite.metrics import NoMetrics
from dualwrite.metrics.catalogue import LATENCY
from dualwrite.metrics.latency import latencies, quantile
from dualwrite.metrics.prometheus import PrometheusMetrics
from dualwrite.observation import Comparison, Outcome
from dualwrite.switch import Switched
from dualwrite.switched import load_switched, save_switched
from dualwrite.verified import MOST_NAMES, forget_found, load_found, save_found
from dualwrite.verify import RowDifference, Verified
from tests.fakes import FakeControl

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def differing(number: int, *, repaired: int = 0) -> Verified:
    named = [RowDifference("notes", ("a", str(n)), "text", "value") for n in range(number)]
    return Verified("notes", 9, 8, number, 1, repaired, 0.25, named)


def test_the_last_verify_comes_back_as_it_was() -> None:
    control = FakeControl()
    assert load_found(control) is None
    save_found(control, [differing(2), Verified("tags", 3, 3)], begun=NOON)
    found = load_found(control)
    assert found is not None
    assert found.at == NOON
    assert found.results == (differing(2), Verified("tags", 3, 3))
    forget_found(control)
    assert load_found(control) is None


def test_names_are_kept_up_to_a_bound_and_counts_are_not_cut() -> None:
    control = FakeControl()
    save_found(control, [differing(MOST_NAMES + 50)], begun=NOON)
    found = load_found(control)
    assert found is not None
    assert (found.results[0].differing, len(found.results[0].named)) == (MOST_NAMES + 50, MOST_NAMES)


def test_an_entity_differs_since_the_first_verify_in_a_row_that_saw_it() -> None:
    control = FakeControl()
    since = []
    for hour, seen in enumerate([differing(1), differing(3), differing(2, repaired=2), differing(1)]):
        save_found(control, [seen], begun=NOON + timedelta(hours=hour))
        found = load_found(control)
        assert found is not None
        since.append(found.since.get("notes"))
    assert since == [NOON, NOON, None, NOON + timedelta(hours=3)]


def test_the_switch_is_kept_with_what_the_gate_said() -> None:
    control = FakeControl()
    assert load_switched(control, since=NOON) is None
    conditions = (GateCondition(name="no stuck key", holds=True, figure="0 stuck"),)
    save_switched(control, Switched(1.25, 40), conditions, at=NOON)
    assert load_switched(control, since=NOON + timedelta(hours=1)) is None, "that of an earlier switch"
    kept = load_switched(control, since=NOON - timedelta(seconds=2))
    assert kept is not None
    assert kept.conditions == conditions
    assert (kept.switch.paused_seconds, kept.switch.rows, kept.switch.at) == (1.25, 40, NOON)


def mismatch(kind: Kind, method: str = "get") -> Comparison:
    keys = tuple((str(n),) for n in range(9))
    return Comparison(
        "notes", method, Outcome.CONFIRMED, (Difference(("text",), kind, "one", "another"),), keys
    )


def test_the_last_example_of_each_kind_and_method_is_kept_over_all_processes() -> None:
    control = FakeControl()
    for process in ("one", "two"):
        comparisons = Comparisons(NoMetrics())
        for kind in (Kind.VALUE, Kind.VALUE, Kind.ORDER):
            comparisons.add(mismatch(kind))
        comparisons.add(mismatch(Kind.VALUE, "all"))
        comparisons.save(control, process)
    kept = [(example["method"], example["differences"][0]["kind"]) for example in load_examples(control)]
    assert sorted(kept) == [("all", "value"), ("get", "order"), ("get", "value")]
    assert len(load_examples(control)[0]["keys"]) == MOST_KEYS
    assert "another" not in str(control.saved)
    forget_comparisons(control)
    assert load_examples(control) == []


def test_an_example_is_saved_once() -> None:
    control = FakeControl()
    comparisons = Comparisons(NoMetrics())
    comparisons.add(mismatch(Kind.VALUE))
    comparisons.save(control, "one")
    control.save("examples:notes.get", None)
    comparisons.save(control, "one")
    assert load_examples(control) == []


@pytest.mark.parametrize(
    ("share", "seconds"), [(0.5, 0.2), (0.25, 0.1), (0.75, 0.6), (0.99, 1.0), (0.0, 0.0)]
)
def test_a_quantile_is_read_off_the_buckets(share: float, seconds: float) -> None:
    buckets = [(0.1, 25.0), (0.2, 50.0), (1.0, 90.0), (float("inf"), 100.0)]
    assert quantile(buckets, share) == pytest.approx(seconds if share != 0.75 else 0.2 + 0.8 * 25 / 40)


def test_latencies_are_by_backend_and_method_and_all_calls_count() -> None:
    metrics = PrometheusMetrics(CollectorRegistry())
    for seconds in [0.002] * 98 + [0.2] * 2:
        metrics.observe(LATENCY, "notes", "get", "sql", value=seconds)
    metrics.observe(LATENCY, "notes", "get", "pocketbase", value=100.0)
    found = latencies(metrics.registry.collect())
    sql, pocketbase = found["sql"]["notes", "get"], found["pocketbase"]["notes", "get"]
    assert sql.calls == 100
    assert 1.0 <= sql.p50_ms <= 2.5
    assert 100 <= sql.p99_ms <= 250
    assert pocketbase.p99_ms == 30_000, "beyond the last bucket: at least so long"
    assert latencies([]) == {}
