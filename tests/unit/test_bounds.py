"""What grows with traffic has a bound: docs/pressure.md lists all of it, and these are the bounds that no other test shows."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dualwrite.breaker import Breaker
from dualwrite.compare import Difference, Kind
from dualwrite.comparisons import EXAMPLES, Comparisons
from dualwrite.errors import Unavailable
from dualwrite.kept import Keeper
from dualwrite.metrics.catalogue import LATENCY, SHADOW
from dualwrite.metrics.recording import KEPT, RecordingMetrics
from dualwrite.observation import Comparison, Outcome
from dualwrite.payments import Payments
from dualwrite.phase import Phase, Reads
from dualwrite.pocketbase.session import _LIMITS
from dualwrite.sql import Database
from dualwrite.watch import PhaseWatch
from dualwrite.worker import Worker
from tests.fakes import Clock, FakeControl, FakeJournal, FakeMetrics, unavailable

MANY = 3_000


def test_examples_of_mismatches_are_the_last_few_and_tallies_are_one_a_method() -> None:
    comparisons = Comparisons(FakeMetrics())
    found = (Difference(("text",), Kind.VALUE, "a", "b"),) * 50
    for number in range(MANY):
        comparisons.add(Comparison("notes", f"method-{number % 3}", Outcome.CONFIRMED, found))
    assert len(comparisons.examples()) == EXAMPLES
    assert all(len(example["differences"]) == 10 for example in comparisons.examples())
    assert len(comparisons.summary()) == 3


def test_payments_are_made_before_they_pile_up() -> None:
    journal = FakeJournal(Clock())
    payments = Payments(journal, most=200)
    deepest = 0
    for number in range(MANY):
        payments.add([number])
        deepest = max(deepest, len(payments._paid))
    assert deepest < 200


def test_payments_do_not_pile_up_where_the_journal_fails() -> None:
    journal = FakeJournal(Clock())
    payments = Payments(journal, most=200)
    for number in range(1, 20):
        journal.faults.plan("pay", number, unavailable())
    failed = 0
    for number in range(MANY):
        try:
            payments.add([number])
        except Unavailable:
            failed += 1
        assert len(payments._paid) < 200
    assert failed == MANY // 200


def test_a_queue_is_bounded_by_what_its_items_weigh() -> None:
    metrics = FakeMetrics()
    worker = Worker[bytes]("write", lambda item: None, size=1_000, metrics=metrics, weigh=len, most_bytes=100)
    offered = [worker.offer(bytes(40)) for _ in range(4)]
    assert offered == [True, True, False, False]
    assert metrics.count(SHADOW, "write", "shed") == 2
    worker.start()
    assert worker.drain(5.0)
    assert worker.offer(bytes(40)), "what was handled weighs nothing"
    assert worker.drain(5.0)
    assert worker.offer(bytes(1_000)), "one alone may be larger: else it would never be compared"
    worker.close(1.0)
    assert worker._bytes == 0


@pytest.mark.parametrize(
    ("arguments", "least", "most"),
    [(("a" * 1_000, 7, None), 1_000, 1_000), (({"chat": ["x" * 5_000]},), 5_000, 5_100), ((), 0, 0)],
    ids=["plain", "an object", "nothing"],
)
def test_what_is_kept_weighs(arguments: tuple[object, ...], least: int, most: int) -> None:
    kept = Keeper().call(arguments, {})
    assert kept.take() == (arguments, {})
    assert least <= kept.bytes <= most


def test_a_breaker_forgets_the_calls_that_ended() -> None:
    breaker = Breaker()
    for _ in range(MANY):
        with breaker.asking():
            assert len(breaker._asked) == 1
    assert breaker._asked == {}


def test_recorded_latencies_are_the_last_of_each_method() -> None:
    metrics = RecordingMetrics()
    for number in range(KEPT + 10):
        metrics.observe(LATENCY, "notes", "get", "sql", value=float(number))
    ((seconds),) = metrics.latencies("sql").values()
    assert (len(seconds), seconds[0]) == (KEPT, 10.0)


def test_a_phase_watch_is_one_thread_and_one_state_however_many_ask() -> None:
    before = threading.active_count()
    watch = PhaseWatch(FakeControl(Phase.DUAL, Reads.SQL), every=0.05)
    watch.start()
    for _ in range(MANY):
        watch.current()
    assert threading.active_count() == before + 1
    watch.close()
    assert threading.active_count() == before


def test_connections_are_bounded_on_both_sides(tmp_path: Path) -> None:
    assert (_LIMITS.max_connections, _LIMITS.max_keepalive_connections) == (32, 16)
    database = Database.open(f"sqlite:///{tmp_path / 'a.db'}", owned=True)
    assert (database.engine.pool.size(), database.engine.pool._max_overflow) == (8, 24)
    database.close()
