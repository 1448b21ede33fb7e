"""The relay: pays what nobody else will."""

from __future__ import annotations

import threading
import time
from time import monotonic

import pytest

from dualwrite.breaker import Breaker
from dualwrite.chunks import FIRST_ROWS
from dualwrite.errors import ConfigurationError
from dualwrite.knock import Knock
from dualwrite.metrics.catalogue import BREAKER, RELAYED, SETTLED
from dualwrite.relay import FEW_KEYS, GIVEN_BACK, MOST_CLAIMED, SLICE_BYTES, TRIAL, Relay
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

    def make(
        self,
        owner: str,
        *,
        timing: Timing | None = None,
        batch: int = 1000,
        slice_bytes: int = SLICE_BYTES,
        knocks: bool = False,
    ) -> Relay:
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
            slice_bytes=slice_bytes,
            knock=Knock(self.pocketbase, {NOTES.name: NOTES}) if knocks else None,
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


def test_what_few_keys_owe_is_claimed_until_there_is_no_more_and_paid_by_one_write() -> None:
    office = Office("a", "b")
    office.journal.trigger("notes", [A, A, A, B] * 50)
    assert office.make("one", batch=20).once() == 200
    assert office.pocketbase.puts == [[A, B]]
    assert office.journal.open == []


def test_a_batch_has_a_limit() -> None:
    ids = [f"{n:04}" for n in range(3 * FEW_KEYS)]
    office = Office(*ids)
    office.journal.trigger("notes", [(one,) for one in ids])
    assert office.make("one", batch=FEW_KEYS).once() == FEW_KEYS
    office.journal.trigger("notes", [("0000",)] * (MOST_CLAIMED + 2_500))
    office.relay.once()
    office.relay.once()
    assert office.make("two", batch=FEW_KEYS).once() == MOST_CLAIMED


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


def test_a_trial_knocks_first_and_claims_nothing_where_nobody_answers() -> None:
    office = Office("a")
    office.journal.trigger("notes", [A])
    relay = office.make("one", knocks=True)
    office.breaker.failed()
    office.clock.advance(0.5)
    office.pocketbase.faults.plan("read", 1, unavailable())
    assert relay.once() == 0
    assert office.journal.faults.calls["claim"] == 0
    assert office.breaker.is_open
    office.clock.advance(1.0)
    assert relay.once() == 1
    assert not office.breaker.is_open
    assert office.equal


def test_a_trial_stakes_few_obligations() -> None:
    ids = [f"{n:03}" for n in range(TRIAL + 20)]
    office = Office(*ids)
    office.journal.trigger("notes", [(one,) for one in ids])
    office.breaker.failed()
    office.clock.advance(0.5)
    assert office.relay.once() == TRIAL
    assert office.relay.once() == 20


def test_large_rows_come_a_few_at_a_time() -> None:
    ids = [f"{n:03}" for n in range(600)]
    office = Office()
    office.sql.put(NOTES, [note(one, "x" * 10_000) for one in ids])
    office.journal.trigger("notes", [(one,) for one in ids])
    relay = office.make("one", slice_bytes=100_000)
    assert relay.once() == 600
    assert office.equal
    sizes = [len(keys) for keys in office.pocketbase.puts]
    assert sizes[0] == FIRST_ROWS, "nothing is known of them yet"
    assert max(sizes[1:]) <= 10


def test_once_pocketbase_is_down_the_rest_of_a_claim_is_given_back_untried() -> None:
    ids = [f"{n:03}" for n in range(FIRST_ROWS + 50)]
    office = Office(*ids)
    owed = office.journal.trigger("notes", [(one,) for one in ids])
    office.pocketbase.faults.plan("put", 1, lost())
    office.relay.once()
    assert len(office.pocketbase.puts) == 0
    assert office.pocketbase.faults.calls["put"] == 1
    waits = [office.journal.not_before(one.seq) - office.clock.now for one in owed]
    assert waits == [30.0] * FIRST_ROWS + [GIVEN_BACK] * 50
    assert {one.attempts for one in office.journal.open[FIRST_ROWS:]} == {0}


def test_stuck_keys_are_tried_after_the_good_ones_and_by_themselves() -> None:
    office = Office("a", "b", "c")
    office.pocketbase.refuses[A] = refusal()
    office.journal.trigger("notes", [A])
    office.relay.once()
    office.pocketbase.puts.clear()
    office.journal.trigger("notes", [B, ("c",)])
    assert office.relay.once() == 3
    assert office.pocketbase.puts == [[B, ("c",)], [A]]


def test_the_journal_is_folded_and_reported_now_and_then_and_not_after_each_batch() -> None:
    office = Office("a")
    paid = threading.Event()

    def pay() -> None:
        if office.journal.faults.calls["pay"] < 50:
            office.journal.trigger("notes", [A])
        else:
            paid.set()

    office.journal.faults.before["pay"] = pay
    office.journal.trigger("notes", [A])
    relay = office.make("one", timing=Timing(relay_every=0.001))
    relay.start()
    assert paid.wait(30.0)
    relay.close()
    assert office.journal.faults.calls["state"] <= 2
    assert office.journal.faults.calls["fold"] < 20
