"""What the core relies on in every `Journal`."""

from __future__ import annotations

from dualwrite.ports import Journal
from tests.domain import NOTES
from tests.ports.implementations import Stores

A, B, C = ("a",), ("b",), ("c",)


def claim(journal: Journal, owner: str = "one", *, limit: int = 10) -> list[int]:
    return [owed.seq for owed in journal.claim(owner, limit=limit, lease_seconds=5.0)]


def test_owe_gives_an_open_obligation_for_each_key(journal: Journal) -> None:
    owed = journal.owe("notes", [A, B], hold=0.0)
    assert [(one.entity, one.key, one.attempts) for one in owed] == [("notes", A, 0), ("notes", B, 0)]
    assert journal.open_for("notes", [A])
    assert not journal.open_for("notes", [C])
    assert not journal.open_for("others", [A])
    assert journal.open_for("notes", ())
    assert not journal.open_for("others", ())


def test_a_key_may_be_owed_several_times_and_each_is_paid_by_its_number(journal: Journal) -> None:
    (first,) = journal.owe("notes", [A], hold=0.0)
    (second,) = journal.owe("notes", [A], hold=0.0)
    assert first.seq < second.seq
    journal.pay([first.seq])
    assert journal.open_for("notes", [A])
    journal.pay([second.seq, first.seq])
    assert not journal.open_for("notes", [A])
    assert journal.state() == []


def test_two_claimers_never_get_the_same(journal: Journal) -> None:
    seqs = [owed.seq for owed in journal.owe("notes", [A, B, C], hold=0.0)]
    assert claim(journal, "one", limit=2) == seqs[:2]
    assert claim(journal, "two", limit=2) == seqs[2:]
    assert claim(journal, "three") == []


def test_what_its_writer_holds_is_nobody_elses(stores: Stores, journal: Journal) -> None:
    (owed,) = journal.owe("notes", [A], hold=12.0)
    assert claim(journal) == []
    stores.wait(12.5)
    assert claim(journal) == [owed.seq]


def test_what_a_trigger_wrote_for_nobody_is_anybodys_at_once(stores: Stores, journal: Journal) -> None:
    stores.trigger(NOTES, [A])
    assert len(claim(journal)) == 1


def test_a_lease_runs_out(stores: Stores, journal: Journal) -> None:
    (owed,) = journal.owe("notes", [A], hold=0.0)
    assert claim(journal, "one") == [owed.seq]
    stores.wait(5.5)
    assert claim(journal, "two") == [owed.seq]


def test_what_another_claimed_since_can_neither_be_paid_nor_postponed(
    stores: Stores, journal: Journal
) -> None:
    (owed,) = journal.owe("notes", [A], hold=0.0)
    claim(journal, "one")
    journal.pay([owed.seq])
    assert journal.open_for("notes", [A]), "the writer was too late"
    stores.wait(5.5)
    claim(journal, "two")
    journal.pay([owed.seq], owner="one")
    journal.postpone([owed.seq], seconds=0.0, error=None, owner="one")
    assert journal.open_for("notes", [A])
    assert claim(journal, "three") == [], "the second relay still holds it"
    journal.postpone([owed.seq], seconds=3.0, error="AnswerLost", owner="two")
    journal.pay([owed.seq], owner="one")
    journal.pay([owed.seq])
    assert journal.open_for("notes", [A]), "given back is not forgotten"
    journal.pay([owed.seq], owner="two")
    assert not journal.open_for("notes", [A])


def test_postponed_is_not_claimed_before_its_time(stores: Stores, journal: Journal) -> None:
    (owed,) = journal.owe("notes", [A], hold=0.0)
    journal.postpone([owed.seq], seconds=30.0, error="AnswerLost")
    assert claim(journal) == []
    stores.wait(30.5)
    (again,) = journal.claim("one", limit=10, lease_seconds=5.0)
    assert again.attempts == 1


def test_attempts_go_up_with_an_error_only(journal: Journal) -> None:
    (owed,) = journal.owe("notes", [A], hold=0.0)
    journal.postpone([owed.seq], seconds=0.0, error=None)
    (again,) = journal.claim("one", limit=10, lease_seconds=5.0)
    assert again.attempts == 0


def test_stuck_keys_are_counted_by_key_and_listed_by_obligation(journal: Journal) -> None:
    seqs = [
        owed.seq for owed in (*journal.owe("notes", [A], hold=0.0), *journal.owe("notes", [A, B], hold=0.0))
    ]
    journal.postpone(seqs[:2], seconds=30.0, error="Invalid", stuck=True)
    (state,) = journal.state()
    assert (state.entity, state.open, state.stuck) == ("notes", 3, 1)
    assert [(owed.seq, error) for owed, error in journal.stuck()] == [(n, "Invalid") for n in seqs[:2]]
    assert len(journal.stuck(limit=1)) == 1


def test_the_oldest_is_measured(stores: Stores, journal: Journal) -> None:
    journal.owe("notes", [A], hold=0.0)
    stores.wait(7.0)
    journal.owe("notes", [B], hold=0.0)
    (state,) = journal.state()
    assert 7.0 <= state.oldest_seconds < 8.0


def test_which_of_many_keys_are_open(journal: Journal) -> None:
    many = [(f'k-{number}-ü"',) for number in range(1_300)]
    journal.owe("notes", many[::100], hold=0.0)
    (paid,) = journal.owe("notes", [A], hold=0.0)
    journal.pay([paid.seq])
    journal.owe("others", [B], hold=0.0)
    assert journal.open_among("notes", [*many, A, B, C]) == set(many[::100])
    assert journal.open_among("notes", []) == set()


def test_what_other_writes_there_are_besides_ones_own(stores: Stores, journal: Journal) -> None:
    def others(seconds: float = 0.0, besides: tuple[int, ...] = (), settled: tuple[int, ...] = ()) -> bool:
        return journal.others(["notes"], seconds=seconds, besides=besides, settled=settled)

    journal.owe("others", [A], hold=0.0)
    assert not others(60.0), "of another entity"
    (one,) = journal.owe("notes", [A], hold=0.0)
    assert others()
    assert not others(60.0, besides=(one.seq,))
    assert not others(settled=(one.seq,))
    stores.wait(5.0)
    journal.pay([one.seq])
    assert others(1.0), "written long before, and owed until just now"
    stores.wait(5.0)
    assert not others(1.0)
    assert others(8.0)


def test_of_many_that_a_relay_pays_one_of_each_entity_is_remembered(stores: Stores, journal: Journal) -> None:
    journal.owe("notes", [(str(n),) for n in range(1_300)], hold=0.0)
    journal.owe("others", [A, B], hold=0.0)
    stores.wait(60.0)
    claimed = journal.claim("one", limit=2_000, lease_seconds=30.0)
    journal.pay([owed.seq for owed in claimed], owner="one")
    assert not journal.state()
    for entity in ("notes", "others"):
        assert journal.others([entity], seconds=1.0, besides=())


def test_what_waits_is_named_stuck_keys_first_then_the_oldest(stores: Stores, journal: Journal) -> None:
    (first,) = journal.owe("notes", [A], hold=0.0)
    stores.wait(7.0)
    _, refused = journal.owe("notes", [B, C], hold=0.0)
    journal.postpone([first.seq], seconds=30.0, error="AnswerLost")
    journal.postpone([refused.seq], seconds=30.0, error="Invalid", stuck=True)
    found = journal.waiting()
    assert [(one.key, one.error, one.attempts, one.stuck) for one in found] == [
        (C, "Invalid", 1, True),
        (A, "AnswerLost", 1, False),
        (B, "", 0, False),
    ]
    assert [7.0 <= one.seconds < 8.0 for one in found] == [False, True, False]
    assert len(journal.waiting(limit=2)) == 2


def test_the_state_tells_what_is_due_from_what_somebody_holds(stores: Stores, journal: Journal) -> None:
    def state() -> tuple[int, int]:
        (one,) = journal.state()
        return one.open, one.due

    journal.owe("notes", [A], hold=12.0)
    (waiting,) = journal.owe("notes", [B], hold=0.0)
    assert state() == (2, 1), "its writer holds the first"
    assert claim(journal) == [waiting.seq]
    assert state() == (2, 0), "a relay holds the second"
    stores.wait(12.5)
    assert state() == (2, 2)
    journal.postpone([waiting.seq], seconds=30.0, error="Unavailable", owner="one")
    assert state() == (2, 1), "it was given back for later"
