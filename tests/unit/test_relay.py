"""The relay: pays what nobody else will."""

from __future__ import annotations

import threading
from time import monotonic

from dualwrite.breaker import Breaker
from dualwrite.metrics.catalogue import BREAKER, OBLIGATIONS, OLDEST, SETTLED, STUCK
from dualwrite.relay import Relay
from dualwrite.settle import Patience, Settler
from dualwrite.timing import Timing
from tests.domain import NOTES, note
from tests.fakes import Clock, FakeJournal, FakeMetrics, FakeStore, lost, refusal, unavailable

A, B = ("a",), ("b",)


class Office:
    def __init__(self, *ids: str) -> None:
        self.clock = Clock()
        self.journal = FakeJournal(self.clock)
        self.sql, self.pocketbase = FakeStore(), FakeStore()
        self.sql.put(NOTES, [note(one) for one in ids])
        self.metrics = FakeMetrics()
        self.breaker = Breaker(failures=1, clock=self.clock)
        self.relay = self.make("one")

    def make(self, owner: str, *, timing: Timing | None = None, batch: int = 1000) -> Relay:
        patience = Patience(unavailable=0.0, lost=30.0, refused=0.0)
        return Relay(
            self.journal,
            Settler(self.sql, self.pocketbase, self.journal, patience=patience),
            {NOTES.name: NOTES},
            owner=owner,
            breaker=self.breaker,
            metrics=self.metrics,
            timing=timing or Timing(),
            batch=batch,
        )

    @property
    def equal(self) -> bool:
        return self.sql.rows == self.pocketbase.rows


def test_it_takes_what_is_due_and_leaves_the_debts_of_the_living() -> None:
    office = Office("a", "b")
    office.journal.trigger("notes", [A], hold=5.0)
    office.clock.advance(5.0)
    office.journal.trigger("notes", [B], hold=5.0)
    assert office.relay.once() == 1
    assert office.pocketbase.rows["notes"].keys() == {A}
    assert [owed.key for owed in office.journal.open] == [B]
    assert office.metrics.count(SETTLED, "relay", "equal") == 1


def test_several_obligations_of_one_key_are_paid_by_one_write() -> None:
    office = Office("a")
    office.journal.trigger("notes", [A, A, A])
    assert office.relay.once() == 3
    assert office.pocketbase.puts == [[A]]
    assert office.journal.open == []


def test_an_obligation_written_during_the_work_is_not_paid_with_the_others() -> None:
    office = Office("a")
    office.journal.trigger("notes", [A])
    office.pocketbase.faults.before["put"] = lambda: office.journal.trigger("notes", [A]) and None
    office.relay.once()
    assert len(office.journal.open) == 1


def test_a_batch_has_a_limit() -> None:
    office = Office("a", "b")
    office.journal.trigger("notes", [A, B])
    assert office.make("one", batch=1).once() == 1
    assert [owed.key for owed in office.journal.open] == [B]


def test_two_relays_never_hold_the_same_until_the_lease_runs_out() -> None:
    office = Office("a")
    office.journal.trigger("notes", [A])
    lease = Timing().lease
    office.journal.claim("dead", limit=9, lease_seconds=lease)
    assert office.relay.once() == 0
    office.clock.advance(lease)
    assert office.relay.once() == 1
    assert office.journal.open == []


def test_a_relay_that_stalled_pays_nothing_that_another_holds_by_now() -> None:
    office = Office("a")
    office.journal.trigger("notes", [A])

    def stall() -> None:
        office.clock.advance(Timing().lease)
        office.journal.claim("two", limit=9, lease_seconds=60.0)

    office.journal.faults.before["pay"] = stall
    office.relay.once()
    assert len(office.journal.open) == 1


def test_drain_goes_on_until_nothing_is_owed() -> None:
    office = Office("a", "b")
    office.journal.trigger("notes", [A, B])
    assert office.make("one", batch=1).drain(seconds=1.0)
    assert office.equal


def test_drain_says_when_its_time_was_not_enough() -> None:
    office = Office("a")
    office.journal.trigger("notes", [A], hold=5.0)
    assert not office.relay.drain(seconds=0.0), "its writer holds it"


def test_drain_does_not_wait_for_a_stuck_key_however_often_it_is_owed() -> None:
    office = Office("a", "b")
    office.pocketbase.refuses[A] = refusal()
    office.journal.trigger("notes", [A, A, B])
    begin = monotonic()
    assert not office.relay.drain(seconds=5.0)
    assert monotonic() - begin < 2.5
    assert {owed.key for owed in office.journal.open} == {A}


def test_drain_waits_for_what_was_lost() -> None:
    office = Office("a")
    office.journal.trigger("notes", [A])
    office.pocketbase.faults.plan("put", 1, lost())
    assert not office.relay.drain(seconds=0.0)
    office.clock.advance(29.9)
    assert not office.relay.drain(seconds=0.0)
    office.clock.advance(0.1)
    assert office.relay.drain(seconds=0.0)


def test_unavailable_opens_the_breaker_and_a_success_closes_it() -> None:
    office = Office("a")
    office.journal.trigger("notes", [A])
    office.pocketbase.faults.plan("put", 1, unavailable())
    office.relay.once()
    assert office.breaker.is_open
    assert office.relay.once() == 0, "PocketBase is given a rest"
    office.clock.advance(0.5)
    assert office.relay.once() == 1
    assert not office.breaker.is_open


def test_an_idle_relay_leaves_the_trial_to_others() -> None:
    office = Office()
    office.breaker.failed()
    office.clock.advance(0.5)
    assert office.relay.once() == 0
    assert office.breaker.allows()


def test_the_gauges_follow_the_journal_and_return_to_zero() -> None:
    office = Office("a")
    office.journal.trigger("notes", [A])
    office.clock.advance(7.0)
    office.relay.report()
    assert office.metrics.gauges[OBLIGATIONS.name, "notes"] == 1
    assert office.metrics.gauges[OLDEST.name, "notes"] == 7.0
    office.relay.once()
    office.relay.report()
    assert office.metrics.gauges[OBLIGATIONS.name, "notes"] == 0
    assert office.metrics.gauges[STUCK.name, "notes"] == 0
    assert office.metrics.gauges[BREAKER.name,] == 0


def test_it_works_in_the_background_survives_a_failing_journal_and_closes() -> None:
    office = Office("a")
    office.journal.trigger("notes", [A])
    office.clock.advance(100.0)
    office.journal.faults.plan("claim", 1, unavailable())
    paid = threading.Event()
    office.journal.faults.before["pay"] = paid.set
    relay = office.make("one", timing=Timing(relay_every=0.005))
    relay.start()
    assert paid.wait(5.0)
    relay.close()
    assert office.equal
