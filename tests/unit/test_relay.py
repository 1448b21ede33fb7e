"""The relay: pays what nobody else will."""

from __future__ import annotations

import threading
import time
from time import monotonic

import pytest

from dualwrite.breaker import Breaker
from dualwrite.errors import ConfigurationError
from dualwrite.metrics.catalogue import BREAKER, RELAYED, SETTLED
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
        self.passed = 0.0  # seconds that this process has slept through
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
            clock=lambda: monotonic() + self.passed,
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
    assert office.metrics.count(SETTLED, "notes", "relay", "equal") == 1


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


def test_a_relay_that_was_stopped_before_its_request_left_owes_the_keys_anew() -> None:
    office = Office("a", "b")
    office.journal.trigger("notes", [A, B])

    def stopped() -> None:
        # Its lease ends, another relay pays, and a writer writes and pays; then the request leaves with the old rows.
        office.clock.advance(Timing().lease)
        office.journal.claim("two", limit=9, lease_seconds=60.0)
        office.journal.pay([owed.seq for owed in office.journal.open], owner="two")
        office.passed = Timing().lease + 0.1

    office.pocketbase.faults.before["put"] = stopped
    office.relay.once()
    assert [owed.key for owed in sorted(office.journal.open, key=lambda owed: owed.key)] == [A, B]
    assert {office.journal.not_before(owed.seq) for owed in office.journal.open} == {
        office.clock.now + Timing().lost_wait
    }


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


def test_it_says_that_it_is_at_work_and_whether_pocketbase_rests() -> None:
    office = Office("a")
    begun = time.time()
    office.relay.report()
    assert office.metrics.gauges[RELAYED.name,] >= begun
    assert office.metrics.gauges[BREAKER.name,] == 0
    for _ in range(5):
        office.breaker.failed()
    office.relay.report()
    assert office.metrics.gauges[BREAKER.name,] == 1


@pytest.mark.parametrize(
    ("store", "operation", "error"),
    [
        ("journal", "claim", unavailable()),
        ("journal", "claim", ConfigurationError("the control tables are gone")),
        ("pocketbase", "put", ConfigurationError("the collection does not exist")),
    ],
    ids=["SQL is away", "SQL is to be mended", "PocketBase is to be mended"],
)
def test_it_works_in_the_background_survives_whatever_fails_and_closes(
    store: str, operation: str, error: Exception
) -> None:
    office = Office("a")
    office.journal.trigger("notes", [A])
    office.clock.advance(100.0)
    getattr(office, store).faults.plan(operation, 1, error)
    paid = threading.Event()
    office.journal.faults.before["pay"] = paid.set
    relay = office.make("one", timing=Timing(relay_every=0.005))
    relay.start()
    assert paid.wait(5.0)
    relay.close()
    assert office.equal
