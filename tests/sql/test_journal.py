"""Obligations are claimed once, paid exactly, postponed and counted."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, update

from dualwrite.call import Call, calling
from dualwrite.ports import JournalState, Obligation
from dualwrite.sql import Database, SqlJournal
from tests.sql.notes import NOTE, Writer, note


@pytest.fixture
def journal(dual: Database) -> SqlJournal:
    return SqlJournal(dual)


def claim(journal: SqlJournal, owner: str = "me", limit: int = 100, lease: float = 60) -> list[Obligation]:
    return journal.claim(owner, limit=limit, lease_seconds=lease)


def keys(obligations: list[Obligation]) -> list[str]:
    return [obligation.key[0] for obligation in obligations]


def seqs(obligations: list[Obligation]) -> list[int]:
    return [obligation.seq for obligation in obligations]


def test_oldest_first_and_never_twice(journal: SqlJournal, writer: Writer) -> None:
    for number in range(5):
        writer.note(f"n{number}")
    assert keys(claim(journal, "a", limit=2)) == ["n0", "n1"]
    assert keys(claim(journal, "b", limit=2)) == ["n2", "n3"]
    assert keys(claim(journal, "a")) == ["n4"]
    assert claim(journal, "b") == []


def test_two_claimers_at_once(journal: SqlJournal, writer: Writer) -> None:
    writer.many(
        "INSERT INTO note (id, title, stars) VALUES (?, 't', 0)", [(f"{number:04}",) for number in range(300)]
    )

    def take(owner: str) -> list[int]:
        taken: list[int] = []
        while some := claim(journal, owner, limit=7):
            taken += seqs(some)
        return taken

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(take, ["a", "b"])
    assert len(first) + len(second) == 300
    assert len({*first, *second}) == 300


def test_a_lease_runs_out(journal: SqlJournal, writer: Writer) -> None:
    writer.note("a")
    (mine,) = claim(journal, "a", lease=0.15)
    assert claim(journal, "b") == []
    time.sleep(0.2)
    assert claim(journal, "b") == [mine]


def test_a_unit_of_work_holds_its_obligations_and_a_raw_write_does_not(
    journal: SqlJournal, dual: Database, writer: Writer
) -> None:
    with calling(Call(hold=0.3)) as call, dual.write() as connection:
        connection.execute(insert(dual.table(NOTE)), [note("held")])
    writer.note("raw")
    assert keys(claim(journal)) == ["raw"]
    time.sleep(0.4)
    assert seqs(claim(journal)) == seqs(call.obligations)


def test_pay_deletes_exactly_these(journal: SqlJournal, writer: Writer) -> None:
    writer.note("a")
    writer("UPDATE note SET stars = 1")
    first, second = claim(journal)
    assert first.key == second.key
    journal.pay([first.seq, 10**12], owner="me")
    assert journal.open_for("note", [("a",)])
    journal.pay([first.seq, second.seq], owner="me")
    assert not journal.open_for("note", [("a",)])
    assert journal.state() == []


def test_many_at_once(journal: SqlJournal, writer: Writer) -> None:
    writer.many(
        "INSERT INTO note (id, title, stars) VALUES (?, 't', 0)",
        [(f"{number:05}",) for number in range(1200)],
    )
    claimed = claim(journal, limit=5000)
    assert len(claimed) == 1200
    journal.postpone(seqs(claimed), seconds=0, error=None, owner="me")
    journal.pay(seqs(claimed), owner="me")
    assert not journal.open_for("note", [])


def test_postponed(journal: SqlJournal, writer: Writer) -> None:
    writer.note("a")
    writer.note("b")
    first, second = claim(journal)
    journal.postpone([first.seq], seconds=0.15, error="Unavailable", owner="me")
    journal.postpone([second.seq], seconds=60, error=None, owner="me")
    assert claim(journal) == []
    time.sleep(0.2)
    assert claim(journal) == [Obligation(first.seq, "note", ("a",), attempts=1)]


def test_stuck(journal: SqlJournal, writer: Writer) -> None:
    writer.note("a")
    writer.note("b")
    first, second = claim(journal)
    journal.postpone([first.seq], seconds=0, error="TooLarge", stuck=True, owner="me")
    journal.postpone([second.seq], seconds=0, error="Unavailable", owner="me")
    assert journal.stuck() == [(Obligation(first.seq, "note", ("a",), 1), "TooLarge")]
    (state,) = journal.state()
    assert (state.open, state.stuck) == (2, 1)
    journal.postpone([first.seq], seconds=0, error=None, owner="me")
    assert journal.stuck() == []


def test_state(journal: SqlJournal, writer: Writer) -> None:
    assert journal.state() == []
    writer.note("a")
    writer("INSERT INTO reply (id, note_id) VALUES ('r', 'a')")
    time.sleep(0.05)
    note, reply = journal.state()
    assert note == JournalState("note", 1, note.oldest_seconds, 0, due=1)
    assert reply == JournalState("reply", 1, reply.oldest_seconds, 0, due=1)
    assert 0.03 < reply.oldest_seconds < 30


def test_open_for(journal: SqlJournal, writer: Writer) -> None:
    assert not journal.open_for("note", [])
    writer.note('ü"\\\t🙂')
    assert journal.open_for("note", [])
    assert journal.open_for("note", [("x",), ('ü"\\\t🙂',)])
    assert not journal.open_for("note", [("x",)])
    assert not journal.open_for("groups", [('ü"\\\t🙂',)])
    assert not journal.open_for("groups", [])
    assert not journal.open_for("note", [(str(number),) for number in range(1200)])


def test_what_is_owed_by_hand_is_found_like_what_a_trigger_wrote(journal: SqlJournal, writer: Writer) -> None:
    writer.note("schön")
    journal.owe("note", [("schön",)], hold=0.0)
    journal.owe("groups", [("é", "ü")], hold=0.0)
    assert journal.open_for("groups", [("é", "ü")])
    first, second, _ = claim(journal)
    journal.postpone([first.seq, second.seq], seconds=60, error="TooLarge", stuck=True, owner="me")
    assert {state.entity: state.stuck for state in journal.state()} == {"groups": 0, "note": 1}
    journal.pay([first.seq], owner="me")
    assert journal.open_for("note", [("schön",)])


def test_open_for_a_composite_key(journal: SqlJournal, writer: Writer) -> None:
    writer("""INSERT INTO "group" (id, user_id) VALUES ('é', 'u')""")
    assert journal.open_for("groups", [("x", "u"), ("é", "u")])
    assert not journal.open_for("groups", [("é", "v")])


def test_a_key_that_is_not_utf8(journal: SqlJournal, writer: Writer) -> None:
    if not writer.sqlite:
        pytest.skip("PostgreSQL keeps no such text")
    writer("INSERT INTO note (id, title, stars) VALUES (CAST(x'61ff' AS TEXT), 't', 0)")
    assert journal.open_for("note", [("a\udcff",)])
    (claimed,) = claim(journal)
    assert claimed.key == ("a\udcff",)
    call = Call(hold=5.0)
    with calling(call), journal.database.write() as connection:
        connection.execute(update(journal.database.table(NOTE)).values(stars=1))
    assert [obligation.key for obligation in call.obligations] == [("a\udcff",)]
    journal.postpone([claimed.seq], seconds=0, error="Unrepresentable", stuck=True, owner="me")
    assert [stuck.key for stuck, _ in journal.stuck()] == [("a\udcff",)]


def test_a_claim_does_not_hold_writers_up(journal: SqlJournal, writer: Writer, dual: Database) -> None:
    if writer.sqlite:
        pytest.skip("SQLite has one writer at a time")
    writer.note("a")
    with dual.write():
        claim(journal)
        writer("SET lock_timeout = '1s'")
        writer("UPDATE note SET stars = 1")
        assert keys(SqlJournal(dual).claim("b", limit=5, lease_seconds=5)) == ["a"]
