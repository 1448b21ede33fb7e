"""The look: when a debt is paid, and what happens to one that cannot be."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from dualwrite.errors import (
    AnswerLost,
    ConfigurationError,
    Conflict,
    DualwriteError,
    Invalid,
    Unauthorised,
    Unavailable,
    Unrepresentable,
)
from dualwrite.settle import UNKNOWN, Debt, Patience, Settler, merge
from tests.domain import NOTES, note
from tests.fakes import Clock, FakeJournal, FakeStore, lost, refusal, unavailable

A, B, C = ("a",), ("b",), ("c",)


class Desk:
    """A settler over fakes, with notes in SQL."""

    def __init__(self, *ids: str, looks: bool = True, rounds: int = 20) -> None:
        self.clock = Clock()
        self.sql, self.pocketbase = FakeStore(), FakeStore()
        self.journal = FakeJournal(self.clock)
        self.sql.put(NOTES, [note(one) for one in ids])
        self.settler = Settler(self.sql, self.pocketbase, self.journal, looks=looks, rounds=rounds)

    def debt(self, key: tuple[str, ...], wrote: object = UNKNOWN) -> Debt:
        (owed,) = self.journal.trigger(NOTES.name, [key])
        return Debt(NOTES, key, (owed.seq,), wrote)  # type: ignore[arg-type]

    @property
    def equal(self) -> bool:
        return self.sql.rows == self.pocketbase.rows


def test_an_unknown_key_is_written_and_then_looked_at() -> None:
    desk = Desk("a")
    settled = desk.settler.settle([desk.debt(A)])
    assert desk.equal
    assert desk.journal.open == []
    assert (settled.paid, settled.repaired, settled.failures) == (1, 0, [])
    assert desk.sql.faults.calls["read"] == 2, "once to write it, once to look"


def test_a_debt_is_paid_without_a_write_where_sql_holds_what_was_written() -> None:
    desk = Desk("a")
    settled = desk.settler.settle([desk.debt(A, wrote=note("a"))])
    assert desk.pocketbase.puts == []
    assert (settled.paid, settled.repaired) == (1, 0)
    assert desk.journal.open == []


def test_the_look_comes_before_the_payment() -> None:
    desk = Desk("a")
    order: list[str] = []
    desk.sql.faults.before["read"] = lambda: order.append("look")
    desk.journal.faults.before["pay"] = lambda: order.append("pay")
    desk.pocketbase.faults.before["put"] = lambda: order.append("put")
    desk.settler.settle([desk.debt(A)])
    assert order == ["look", "put", "look", "pay"]


def test_a_row_that_changed_meanwhile_is_written_over_and_looked_at_again() -> None:
    desk = Desk("a")
    debt = desk.debt(A, wrote=note("a"))
    desk.sql.put(NOTES, [note("a", "another writer's")])
    settled = desk.settler.settle([debt])
    assert desk.equal
    assert (settled.paid, settled.repaired) == (1, 1)


def test_a_row_deleted_meanwhile_is_deleted() -> None:
    desk = Desk()
    desk.pocketbase.put(NOTES, [note("a")])
    assert desk.settler.settle([desk.debt(A, wrote=note("a"))]).repaired == 1
    assert desk.equal


def test_a_deletion_is_paid_where_the_row_stays_gone() -> None:
    desk = Desk()
    assert desk.settler.settle([desk.debt(A, wrote=None)]).paid == 1
    assert desk.pocketbase.deletes == []


def test_json_in_another_form_is_the_same_row() -> None:
    desk = Desk()
    desk.sql.put(NOTES, [note("a", meta='{"x":1}')])
    settled = desk.settler.settle([desk.debt(A, wrote=note("a", meta='{"x": 1}'))])
    assert (settled.paid, settled.repaired) == (1, 0)


def test_broken_json_in_sql_is_no_error_of_the_look() -> None:
    desk = Desk()
    desk.sql.put(NOTES, [note("a", meta="{")])
    assert desk.settler.settle([desk.debt(A, wrote=note("a", meta="[]"))]).paid == 1
    assert desk.equal


def test_a_refused_row_is_found_by_halving_and_the_others_go_on() -> None:
    ids = [f"{n:02}" for n in range(64)]
    desk = Desk(*ids)
    desk.pocketbase.refuses["37",] = refusal()
    debts = [desk.debt((one,)) for one in ids]
    settled = desk.settler.settle(debts)
    assert settled.paid == 63
    assert [failure.debt.key for failure in settled.failures] == [("37",)]
    assert [owed.key for owed in desk.journal.open] == [("37",)]
    assert len(desk.pocketbase.puts) <= 2 * 6 + 1, "halving takes a logarithm of the batch"
    ((stuck, error),) = desk.journal.stuck()
    assert (stuck.key, stuck.attempts, error) == (("37",), 1, "Refused")


def test_a_poison_row_is_named_by_its_error_and_the_others_go_in_one_request() -> None:
    desk = Desk("a", "b", "c")
    desk.pocketbase.refuses[B] = Unrepresentable("notes", B, "meta", "holds NaN")
    settled = desk.settler.settle([desk.debt(key) for key in (A, B, C)])
    assert settled.paid == 2
    assert desk.pocketbase.puts == [[A, B, C], [A, C]]
    assert [error for _, error in desk.journal.stuck()] == ["Unrepresentable: meta"]


@pytest.mark.parametrize("done", [True, False], ids=["had been done", "had not been done"])
def test_a_lost_answer_postpones_by_the_lost_wait(done: bool) -> None:
    desk = Desk("a")
    desk.pocketbase.faults.plan("put", 1, lost(), done=done)
    debt = desk.debt(A)
    (failure,) = desk.settler.settle([debt]).failures
    assert isinstance(failure.error, AnswerLost)
    assert desk.journal.not_before(debt.seqs[0]) == desk.clock.now + Patience().lost
    assert desk.journal.last_error(debt.seqs[0]) == "AnswerLost"
    assert desk.journal.stuck() == []


def test_unavailable_keeps_every_debt_of_the_request_and_only_these() -> None:
    desk = Desk("a", "b")
    desk.pocketbase.faults.plan("put", 1, unavailable())
    settled = desk.settler.settle([desk.debt(A), desk.debt(B), desk.debt(C)])
    assert {failure.debt.key for failure in settled.failures} == {A, B}
    assert settled.paid == 1, "the deletion was another request"


def test_what_a_person_must_mend_in_one_collection_keeps_no_rows_of_another() -> None:
    desk, tags = Desk("a"), replace(NOTES, name="tags")
    desk.sql.put(tags, [note("b")])
    desk.pocketbase.refuses[A] = ConfigurationError("the collection does not exist")
    (owed,) = desk.journal.trigger(tags.name, [B])
    debt = desk.debt(A)
    settled = desk.settler.settle([debt, Debt(tags, B, (owed.seq,))])
    assert [failure.debt.key for failure in settled.failures] == [A]
    assert [owed.key for owed in desk.journal.open] == [A]
    assert desk.journal.last_error(debt.seqs[0]) == "ConfigurationError"
    assert desk.pocketbase.rows["tags"].keys() == {B}


def test_without_the_look_a_debt_is_paid_blindly() -> None:
    desk = Desk(looks=False)
    debt = desk.debt(A, wrote=note("a"))
    desk.sql.put(NOTES, [note("a", "newer")])
    desk.pocketbase.put(NOTES, [note("a")])
    assert desk.settler.settle([debt]).paid == 1
    assert not desk.equal


def test_a_hammered_key_ends_after_its_rounds_still_owed() -> None:
    desk = Desk("a", rounds=5)
    turn = count(1)
    desk.pocketbase.faults.before["put"] = lambda: desk.sql.put(NOTES, [note("a", at=next(turn))])
    debt = desk.debt(A)
    settled = desk.settler.settle([debt])
    assert len(desk.pocketbase.puts) == 5
    assert (settled.paid, settled.repaired, settled.failures) == (0, 0, [])
    assert [one.key for one in settled.restless] == [A]
    assert [owed.attempts for owed in desk.journal.open] == [0], "nothing failed"
    assert desk.journal.not_before(debt.seqs[0]) > desk.clock.now


def test_a_key_repaired_in_several_rounds_counts_once() -> None:
    desk = Desk("a", "b")
    turn = iter(range(3))
    desk.pocketbase.faults.before["put"] = lambda: [
        desk.sql.put(NOTES, [note("a", at=n + 1)]) for n in [next(turn, None)] if n is not None
    ]
    settled = desk.settler.settle([desk.debt(A), desk.debt(B)])
    assert (settled.paid, settled.repaired) == (2, 1)


def test_what_the_caller_has_just_read_is_not_read_again() -> None:
    desk = Desk("a")
    desk.settler.settle([desk.debt(A)], {A: note("a")})
    assert desk.sql.faults.calls["read"] == 1


def test_a_failing_sql_is_the_callers_to_hear_and_the_debt_stays() -> None:
    desk = Desk("a")
    debt = desk.debt(A)
    desk.sql.faults.plan("read", 2, unavailable())
    with pytest.raises(Unavailable):
        desk.settler.settle([debt])
    assert [owed.seq for owed in desk.journal.open] == list(debt.seqs)


def test_merge_joins_the_obligations_of_a_key_and_forgets_what_they_do_not_agree_on() -> None:
    one, two = note("a", "1"), note("a", "2")
    (same,) = merge([Debt(NOTES, A, (1,), one, 3), Debt(NOTES, A, (2,), one, 5)])
    assert (same.seqs, same.wrote, same.attempts) == ((1, 2), one, 5)
    (unsure,) = merge([Debt(NOTES, A, (1,), one), Debt(NOTES, A, (2,), two)])
    assert unsure.wrote is UNKNOWN
    assert len(merge([Debt(NOTES, A), Debt(NOTES, B)])) == 2


@pytest.mark.parametrize(
    ("error", "attempts", "seconds"),
    [
        (lost(), 0, 30.0),
        (lost(), 9, 30.0),
        (unavailable(), 0, 1.0),
        (unavailable(), 3, 8.0),
        (unavailable(), 99, 32.0),
        (Unavailable("later", retry_after=90.0), 0, 90.0),
        (Unavailable("soon", retry_after=0.1), 2, 4.0),
        (Unauthorised("no"), 1, 2.0),
        (refusal(), 0, 30.0),
        (Conflict("taken"), 1, 60.0),
        (Invalid("bad"), 99, 600.0),
        (Unrepresentable("notes", A, "meta", "holds NaN"), 2, 120.0),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_patience(error: DualwriteError, attempts: int, seconds: float) -> None:
    assert Patience().after(error, attempts) == seconds


def test_a_thousand_poison_rows_are_found_in_one_go() -> None:
    ids = [f"{n:04}" for n in range(2_400)]
    desk = Desk(*ids)
    poison = [(one,) for one in ids[::2]]
    for (one,) in poison:
        desk.sql.put(NOTES, [note(one, text="\ud800")])
    desk.pocketbase.checks = True
    settled = desk.settler.settle([desk.debt((one,)) for one in ids])
    assert settled.paid == 1_200
    assert [failure.debt.key for failure in settled.failures] == poison
    assert len(desk.pocketbase.puts) == 2
    assert desk.journal.faults.calls["postpone"] == 1, "and put off in one go"
    assert len(desk.journal.stuck(limit=5_000)) == 1_200


def test_what_fails_together_is_put_off_together() -> None:
    ids = [f"{n:03}" for n in range(300)]
    desk = Desk(*ids)
    desk.pocketbase.faults.plan("put", 1, unavailable())
    desk.settler.settle([desk.debt((one,)) for one in ids])
    assert desk.journal.faults.calls["postpone"] == 1
