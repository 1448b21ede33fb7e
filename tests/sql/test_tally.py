"""Counting open obligations: exact whatever was folded, paid, stuck or committed late."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from sqlalchemy import text

from dualwrite.sql import Database, SqlJournal
from dualwrite.sql.tally import Tally
from tests.sql.notes import Writer

SEED = 20261125


@pytest.fixture
def journal(dual: Database) -> SqlJournal:
    return SqlJournal(dual, tally=Tally(dual, fold_above=5, fold_rows=4))


def counted(dual: Database) -> dict[str, int]:
    """The slow way."""
    with dual.read() as connection:
        return Counter(
            connection.scalars(text("SELECT entity FROM dualwrite_obligation WHERE paid = 0")).all()
        )


def open_(journal: SqlJournal) -> dict[str, int]:
    return {state.entity: state.open for state in journal.state()}


def folded(dual: Database) -> int:
    with dual.read() as connection:
        return connection.scalar(text("SELECT seq FROM dualwrite_folded")) or 0


def fold(journal: SqlJournal) -> None:
    for _ in range(3):  # PostgreSQL: one draws the line, another waits until it holds
        journal.fold()


def test_the_count_is_exact_whatever_comes_in_between(
    journal: SqlJournal, dual: Database, writer: Writer
) -> None:
    random, claimed = Random(SEED), list[int]()
    for turn in range(120):
        match random.choices(
            ("note", "reply", "claim", "pay", "postpone", "fold", "own"), (6, 3, 3, 4, 1, 3, 1)
        )[0]:
            case "note":
                writer.note(f"n{turn}")
            case "reply":
                writer(f"INSERT INTO \"group\" (id, user_id) VALUES ('r{turn}', 'u')")
            case "claim":
                claimed += [owed.seq for owed in journal.claim("me", limit=4, lease_seconds=60)]
            case "pay":
                some = random.sample(claimed, min(3, len(claimed)))
                journal.pay(some, owner="me")
                journal.pay(some, owner="me")  # twice is once
            case "postpone":
                journal.postpone(claimed[:2], seconds=0, error="Invalid", stuck=True, owner="me")
            case "own":
                journal.pay([owed.seq for owed in journal.owe("note", [("x",)], hold=5.0)])
            case "fold":
                journal.fold()
        assert open_(journal) == counted(dual), f"turn {turn} of seed {SEED}"
    assert folded(dual) > 0


def test_after_a_fold_little_is_left_to_count(journal: SqlJournal, dual: Database, writer: Writer) -> None:
    for number in range(30):
        writer.note(f"n{number}")
    fold(journal)
    assert folded(dual) >= 25
    assert open_(journal) == {"note": 30}


def test_what_commits_late_is_counted(journal: SqlJournal, dual: Database, writer: Writer) -> None:
    if writer.sqlite:
        pytest.skip("SQLite has one writer at a time")
    writer("BEGIN")
    writer.note("late")
    other = Database.open(dual.engine.url.render_as_string(hide_password=False))
    with other.write() as connection:
        for number in range(20):
            connection.execute(text(f"INSERT INTO note (id, title, stars) VALUES ('n{number}', 't', 0)"))
    other.close()
    fold(journal)
    assert folded(dual) == 0, "the line waits for who is in flight"
    writer("COMMIT")
    fold(journal)
    assert folded(dual) > 0
    assert open_(journal) == {"note": 21}


def test_the_oldest_of_each_entity_is_found_behind_the_others(
    journal: SqlJournal, dual: Database, writer: Writer
) -> None:
    for number in range(12):
        writer.note(f"n{number}")
    fold(journal)
    writer("INSERT INTO \"group\" (id, user_id) VALUES ('r', 'u')")
    writer("UPDATE dualwrite_obligation SET created = created - 50 WHERE entity = 'note'")
    oldest = {state.entity: state.oldest_seconds for state in journal.state()}
    assert oldest["note"] > 49
    assert oldest["groups"] < 49
    assert journal.open_for("note", (), older_than=49)
    assert not journal.open_for("groups", (), older_than=49)


@pytest.mark.parametrize("all_of_them", [True, False], ids=["all", "some"])
def test_rows_deleted_by_hand_do_not_spoil_the_count_for_good(
    journal: SqlJournal, dual: Database, writer: Writer, all_of_them: bool
) -> None:
    for number in range(12):
        writer.note(f"n{number}")
    fold(journal)
    writer("DELETE FROM dualwrite_obligation" + ("" if all_of_them else " WHERE seq <= 4"))
    if all_of_them:
        assert journal.state() == []
    claimed = journal.claim("me", limit=100, lease_seconds=60)
    journal.pay([owed.seq for owed in claimed], owner="me")
    for number in range(9):
        writer.note(f"m{number}")
    fold(journal)
    assert open_(journal) == {"note": 9}


def test_a_count_that_is_missing_is_made_anew(journal: SqlJournal, dual: Database, writer: Writer) -> None:
    for number in range(12):
        writer.note(f"n{number}")
    fold(journal)
    writer("DELETE FROM dualwrite_tally")
    assert open_(journal) == {"note": 12}
    assert folded(dual) == 0


def test_after_the_switch_and_back_it_is_still_right(
    journal: SqlJournal, dual: Database, writer: Writer
) -> None:
    for number in range(12):
        writer.note(f"n{number}")
    fold(journal)
    journal.pay([owed.seq for owed in journal.claim("me", limit=100, lease_seconds=60)], owner="me")
    assert journal.state() == []
    writer.note("one more")
    assert open_(journal) == {"note": 1}
