"""What writers are done with reaches the journal together."""

from __future__ import annotations

from dualwrite.payments import Payments
from tests.fakes import Clock, FakeJournal


def test_what_is_paid_is_deleted_and_what_is_left_is_a_relays_at_once() -> None:
    clock = Clock()
    journal = FakeJournal(clock)
    paid, left, held = (journal.owe("note", [(key,)], hold=30.0)[0] for key in ("paid", "left", "held"))
    payments = Payments(journal)
    payments.add([paid.seq])
    payments.leave([left.seq])
    assert len(journal.open) == 3, "not one by one"
    payments.flush()
    assert [owed.key for owed in journal.claim("a relay", limit=9, lease_seconds=1.0)] == [("left",)]
    assert {owed.seq for owed in journal.open} == {left.seq, held.seq}


def test_many_are_said_at_once() -> None:
    journal = FakeJournal(Clock())
    owed = [journal.owe("note", [(str(number),)], hold=30.0)[0].seq for number in range(4)]
    payments = Payments(journal, most=4)
    payments.add(owed[:2])
    payments.leave(owed[2:3])
    assert journal.faults.calls["pay"] == 0
    payments.leave(owed[3:])
    assert (journal.faults.calls["pay"], journal.faults.calls["postpone"]) == (1, 1)
