"""The second half of a write in `dual`."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest

from dualwrite.applier import Applier, Job
from dualwrite.breaker import Breaker
from dualwrite.call import Call, calling
from dualwrite.comparisons import Comparisons
from dualwrite.contract import Order, methods_of
from dualwrite.errors import Fenced, Unrepresentable
from dualwrite.kept import Keeper
from dualwrite.metrics.catalogue import SETTLED, SHADOW
from dualwrite.observation import Outcome
from dualwrite.payments import Payments
from dualwrite.settle import Settler
from dualwrite.stamp import Stamp
from dualwrite.timing import Timing
from tests.domain import NOTES, INotes, Note, NotesPocketBase, NotesSQL, note
from tests.fakes import Clock, FakeJournal, FakeMetrics, FakeStore, lost, refusal, unavailable


class Bench:
    """A caller, both sides and the applier between them."""

    def __init__(self, breaker: Breaker | None = None) -> None:
        self.clock = Clock()
        self.journal = FakeJournal(self.clock)
        self.sql_store, self.pb_store = FakeStore(), FakeStore()
        self.sql, self.pocketbase = (
            NotesSQL(self.sql_store, self.journal),
            NotesPocketBase(self.pb_store),
        )
        self.breaker, self.metrics = breaker or Breaker(failures=2), FakeMetrics()
        self.comparisons = Comparisons(self.metrics)
        self.timing = Timing()
        self.passed = 0.0  # seconds that this process has slept through
        self.payments = Payments(self.journal)
        self.applier = Applier(
            {"notes": self.pocketbase},
            {NOTES.name: NOTES},
            Settler(self.sql_store, self.pb_store, self.journal),
            self.journal,
            self.payments,
            breaker=self.breaker,
            comparisons=self.comparisons,
            metrics=self.metrics,
            timing=self.timing,
            clock=lambda: monotonic() + self.passed,
        )

    def job(self, method: str, *args: Any) -> Job:
        """SQL's half: done, with its obligations."""
        call = Call(hold=5.0)
        with calling(call):
            value = getattr(self.sql, method)(*args)
        declared = methods_of(INotes)[method]
        obligations = tuple(call.obligations)
        keeper = Keeper()
        given, answer = keeper.call(args, {}), keeper.answer(value)
        return Job("notes", declared, given, call.stamp, obligations, answer, 0.001, monotonic())

    def run(self, method: str, *args: Any) -> Job:
        job = self.job(method, *args)
        self.applier.apply(job)
        return job

    @property
    def outcome(self) -> list[str]:
        (summary,) = self.comparisons.summary()
        return [name for name in Outcome if summary.get(name)]

    @property
    def equal(self) -> bool:
        return self.sql_store.rows["notes"] == self.pb_store.rows["notes"]


def test_a_write_reaches_pocketbase_with_the_same_ids_and_its_obligation_is_paid() -> None:
    bench = Bench()
    bench.run("add", "hello")
    assert bench.equal
    assert len(bench.pb_store.rows["notes"]) == 1
    assert bench.journal.open == []
    assert bench.outcome == ["equal"]
    assert bench.metrics.count(SETTLED, "notes", "writer", "equal") == 1


def test_a_late_job_is_left_to_the_relay() -> None:
    bench = Bench()
    job = bench.job("add", "hello")
    bench.applier.apply(replace(job, begun=job.begun - bench.timing.start_within - 0.1))
    assert bench.pocketbase.asked == []
    bench.payments.flush()
    assert len(bench.journal.claim("a relay", limit=9, lease_seconds=1.0)) == 1, "it is not held any longer"
    assert bench.metrics.count(SHADOW, "write", "late") == 1


def test_with_the_breaker_open_nothing_is_asked_and_the_obligation_stays() -> None:
    bench = Bench()
    bench.breaker.failed()
    bench.breaker.failed()
    bench.run("add", "hello")
    assert bench.pocketbase.asked == []
    bench.payments.flush()
    assert len(bench.journal.claim("a relay", limit=9, lease_seconds=1.0)) == 1
    assert bench.metrics.count(SHADOW, "write", "skipped") == 1


def test_a_late_job_does_not_use_up_the_breakers_trial() -> None:
    clock = Clock()
    bench = Bench(Breaker(failures=1, clock=clock))
    bench.breaker.failed()
    clock.advance(1.0)
    job = bench.job("add", "hello")
    bench.applier.apply(replace(job, begun=job.begun - 100))
    assert bench.breaker.allows()


def test_a_key_that_sql_did_not_touch_is_owed_before_it_is_written() -> None:
    bench = Bench()
    gone = "only-in-pocketbase"
    job = replace(bench.job("remove", gone), obligations=())
    for owed in bench.journal.open:
        bench.journal.pay([owed.seq])
    bench.pb_store.put(NOTES, [note(gone)])
    open_at_delete: list[bool] = []
    bench.pb_store.faults.before["delete"] = lambda: open_at_delete.append(
        bench.journal.open_for("notes", [(gone,)])
    )
    bench.applier.apply(job)
    assert open_at_delete == [True]
    assert bench.journal.open == [], "and paid after the look"


def test_a_key_that_sql_owes_already_is_not_owed_twice() -> None:
    bench = Bench()
    bench.run("add", "hello")
    assert bench.journal.faults.calls["owe"] == 0


@pytest.mark.parametrize("done", [True, False], ids=["had been done", "had not been done"])
def test_after_a_lost_answer_nobody_settles_before_it_must_have_landed(done: bool) -> None:
    bench = Bench()
    bench.pb_store.faults.plan("put", 1, lost(), done=done)
    job = bench.run("add", "hello")
    (owed,) = job.obligations
    assert bench.journal.not_before(owed.seq) == bench.clock.now + bench.timing.lost_wait
    assert bench.comparisons.summary() == []
    assert bench.sql_store.faults.calls["read"] == 0


@pytest.mark.parametrize("error", [None, lost()], ids=["answered", "answer lost"])
def test_who_was_stopped_before_its_request_left_owes_the_key_anew(error: Exception | None) -> None:
    bench = Bench()
    job = bench.job("add", "old")
    (key,) = [owed.key for owed in job.obligations]

    def stopped() -> None:
        # Its hold ends, a relay pays, another writes the key and pays; then the request leaves with the old row.
        bench.journal.pay([owed.seq for owed in bench.journal.open])
        bench.sql_store.rows["notes"][key] = note(key[0], "new")
        bench.passed = bench.timing.hold + 0.1

    bench.pb_store.faults.before["put"] = stopped
    if error:
        bench.pb_store.faults.plan("put", 1, error, done=True)
    bench.applier.apply(job)
    (owed,) = bench.journal.open
    assert (owed.entity, owed.key) == ("notes", key)
    assert bench.journal.not_before(owed.seq) == bench.clock.now + bench.timing.lost_wait


def test_who_is_answered_within_its_hold_owes_nothing_anew() -> None:
    bench = Bench()
    job = bench.job("add", "hello")
    bench.passed = bench.timing.start_within - 0.1
    bench.applier.apply(job)
    assert bench.journal.faults.calls["owe"] == 0


def test_unavailable_keeps_the_obligation_and_counts_towards_the_breaker() -> None:
    bench = Bench()
    bench.pocketbase.failing = unavailable()
    bench.run("add", "1")
    assert not bench.breaker.is_open
    bench.run("add", "2")
    assert bench.breaker.is_open
    assert len(bench.journal.open) == 2


def test_a_refusal_gives_the_declared_answer_and_settle_finds_out_whether_it_was_right() -> None:
    bench = Bench()
    bench.sql_store.put(NOTES, [note("a")])
    bench.pb_store.put(NOTES, [note("a")])
    bench.pb_store.faults.plan("put", 1, refusal())
    bench.run("edit", "a", "new")
    assert bench.equal
    assert bench.journal.open == []
    assert bench.outcome == ["confirmed"], "PocketBase refused what SQL took, and nothing explains it"


def test_a_value_that_pocketbase_cannot_hold_stays_owed_and_is_lag() -> None:
    bench = Bench()
    bench.sql_store.put(NOTES, [note("a")])
    bench.pb_store.put(NOTES, [note("a")])
    bench.pb_store.refuses["a",] = Unrepresentable("notes", ("a",), "text", "holds NaN")
    bench.run("edit", "a", "new")
    assert len(bench.journal.stuck()) == 1
    assert bench.outcome == ["lag"]


def test_an_answer_that_differs_with_nothing_to_explain_it_is_confirmed() -> None:
    bench = Bench()
    bench.applier.apply(replace(bench.job("remove", "nobody"), answer=Keeper().answer(True)))
    assert bench.outcome == ["confirmed"]
    assert bench.comparisons.summary()[0]["confirmed"] == 1


@pytest.mark.parametrize(
    ("order", "said", "outcome"),
    [
        (Order.ANY, [2, 1], "ignored"),
        (Order.ANY, [1, 2], "equal"),
        (Order.FIXED, [2, 1], "confirmed"),
    ],
)
def test_another_order_where_none_is_promised_is_ignored(order: Order, said: list[int], outcome: str) -> None:
    bench = Bench()
    job = bench.job("edit", "there is none", "hello")
    bench.applier._adapters = {"notes": SimpleNamespace(edit=lambda *_: said)}
    bench.applier.apply(replace(job, method=replace(job.method, order=order), answer=Keeper().answer([1, 2])))
    assert bench.outcome == [outcome]


def test_an_answer_that_differs_where_the_row_moved_on_is_lag() -> None:
    bench = Bench()
    bench.sql_store.put(NOTES, [note("a")])
    bench.pb_store.put(NOTES, [note("a")])
    job = replace(bench.job("edit", "a", "ours"), answer=Keeper().answer([]))
    bench.sql_store.put(NOTES, [note("a", "another's")])
    # The other writer has been and gone: its obligation is paid, and still remembered.
    bench.journal.pay([owed.seq for owed in bench.journal.trigger("notes", [("a",)])])
    bench.applier.apply(job)
    assert bench.equal
    assert bench.outcome == ["lag"]


def test_a_row_that_the_adapter_wrote_otherwise_than_sql_is_confirmed_though_the_answers_agree() -> None:
    bench = Bench()
    job = bench.job("add", "hello")
    bench.sql_store.put(NOTES, [note(job.obligations[0].key[0], "what SQL made of it")])
    bench.applier.apply(job)
    assert bench.equal
    assert bench.outcome == ["confirmed"]


def test_an_answer_that_differs_since_a_relay_was_at_the_row_meanwhile_is_lag() -> None:
    bench = Bench()
    bench.sql_store.put(NOTES, [note("a", "by another")])
    (before,) = bench.journal.trigger("notes", [("a",)])
    bench.clock.advance(100.0)
    job = bench.job("edit", "a", "ours")

    def edit(*_: object) -> list[object]:
        bench.journal.pay([before.seq])
        return []

    bench.applier._adapters = {"notes": SimpleNamespace(edit=edit)}
    bench.applier.apply(job)
    assert bench.outcome == ["lag"]


def test_half_of_a_write_that_a_relay_brought_over_for_an_older_debt_is_lag() -> None:
    """What a relay pays it reads from SQL, where this write is done already."""
    bench = Bench()
    (before,) = bench.journal.trigger("notes", [("another",)])
    bench.clock.advance(100.0)
    job = replace(bench.job("remove", "nobody"), answer=Keeper().answer(True))
    bench.journal.pay([before.seq])  # after the job began, and before PocketBase is asked
    bench.clock.advance(0.2)
    bench.passed = 0.3
    bench.applier.apply(job)
    assert bench.outcome == ["lag"]


def test_what_this_process_had_paid_before_explains_nothing_though_it_has_not_said_so() -> None:
    bench = Bench()
    bench.payments.add([owed.seq for owed in bench.journal.trigger("notes", [("another",)])])
    bench.clock.advance(100.0)
    bench.applier.apply(replace(bench.job("remove", "nobody"), answer=Keeper().answer(True)))
    assert bench.outcome == ["confirmed"]


def test_what_was_written_since_explains_it_whoever_has_paid_and_said_so_or_not() -> None:
    bench = Bench()
    job = replace(bench.job("remove", "nobody"), answer=Keeper().answer(True))
    bench.payments.add([owed.seq for owed in bench.journal.trigger("notes", [("another",)])])
    bench.applier.apply(job)
    assert bench.outcome == ["lag"]


def test_an_answer_that_differs_while_another_write_is_owed_is_lag() -> None:
    bench = Bench()
    bench.journal.trigger("notes", [("another",)])
    bench.applier.apply(replace(bench.job("remove", "nobody"), answer=Keeper().answer(True)))
    assert bench.outcome == ["lag"]


def test_a_bug_in_the_adapter_is_a_difference_and_the_key_is_settled_all_the_same() -> None:
    bench = Bench()
    bench.pocketbase.failing = ZeroDivisionError("a bug")
    bench.run("add", "hello")
    assert bench.equal
    assert bench.outcome == ["confirmed"]


def test_the_second_adapter_draws_the_same_ids_whatever_was_drawn_before() -> None:
    bench = Bench()
    job = bench.job("add", "hello")
    assert isinstance(job.stamp, Stamp)
    bench.applier.apply(job)
    (sql,), (pocketbase,) = bench.sql_store.rows["notes"].values(), bench.pb_store.rows["notes"].values()
    assert Note.model_validate(sql) == Note.model_validate(pocketbase)


def test_after_the_freeze_no_key_is_written_that_sql_did_not_touch() -> None:
    """It would be owed to nobody, and might come after PocketBase has become the only store."""
    bench = Bench()
    job = bench.job("remove", "nobody")
    job = replace(job, obligations=())
    bench.pb_store.put(NOTES, [note("nobody")])
    bench.journal.faults.plan("owe", 1, Fenced("the phase is not dual"))
    bench.applier.apply(job)
    assert bench.pb_store.deletes == []
    assert bench.comparisons.summary() == []
    assert not bench.breaker.is_open
