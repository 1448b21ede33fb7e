"""In `frozen` and `pb_only` the database refuses every write, whoever sends it; marked transactions pass."""

from __future__ import annotations

import sqlite3
import threading

import psycopg
import pytest
from sqlalchemy import insert

from dualwrite.errors import Fenced
from dualwrite.phase import Phase
from dualwrite.sql import Database, SqlControl, SqlJournal, SqlStore
from tests.sql.notes import NOTE, Writer, go, note

CLOSED = [(Phase.FROZEN,), (Phase.FROZEN, Phase.PB_ONLY)]
STATEMENTS = [
    "INSERT INTO note (id, title, stars) VALUES ('b', 't', 0)",
    "INSERT INTO note (id, title, stars) SELECT id || 'x', title, stars FROM note",
    "INSERT INTO note (id, title, stars) VALUES ('a', 'u', 0) ON CONFLICT (id) DO UPDATE SET title = excluded.title",
    "UPDATE note SET stars = 1",
    "UPDATE note SET id = 'z'",
    "DELETE FROM note",
]
SQLITE_STATEMENTS = [
    "INSERT OR IGNORE INTO note (id, title, stars) VALUES ('b', 't', 0)",
    "INSERT OR REPLACE INTO note (id, title, stars) VALUES ('a', 't', 0)",
    "INSERT OR FAIL INTO note (id, title, stars) VALUES ('b', 't', 0)",
    "UPDATE OR IGNORE note SET stars = 1",
]
POSTGRESQL_STATEMENTS = ["TRUNCATE note CASCADE"]


@pytest.mark.parametrize("phases", CLOSED)
def test_every_kind_of_write_is_refused(dual: Database, writer: Writer, phases: tuple[Phase, ...]) -> None:
    writer.note("a")
    writer.owed()
    before = SqlStore(dual).scan(NOTE)
    go(dual, *phases)
    for statement in STATEMENTS + (SQLITE_STATEMENTS if writer.sqlite else POSTGRESQL_STATEMENTS):
        with pytest.raises(
            (sqlite3.IntegrityError, psycopg.Error), match="dualwrite: the phase forbids writes"
        ):
            writer(statement)
    assert SqlStore(dual).scan(NOTE) == before
    assert writer.owed() == []


@pytest.mark.parametrize("phases", CLOSED)
def test_the_refusal_is_recognised(dual: Database, phases: tuple[Phase, ...]) -> None:
    go(dual, *phases)
    with pytest.raises(Fenced), dual.write() as connection:
        connection.execute(insert(dual.table(NOTE)).values(note("a")))
    with pytest.raises(Fenced):
        SqlStore(dual).put(NOTE, [note("a")])


def test_what_was_written_before_in_the_transaction_goes_too(dual: Database, writer: Writer) -> None:
    if writer.sqlite:
        pytest.skip("the change of phase waits for the writer")

    def write() -> None:
        with dual.write() as connection:
            connection.exec_driver_sql("CREATE TABLE unrelated (id TEXT)")
            _freeze(dual)
            connection.execute(insert(dual.table(NOTE)).values(note("a")))

    with pytest.raises(Fenced):
        write()
    assert writer("SELECT to_regclass('unrelated')").fetchone() == (None,)


def _freeze(database: Database) -> None:
    """From another thread, since this one is inside a unit of work."""
    thread = threading.Thread(target=go, args=(database, Phase.FROZEN))
    thread.start()
    thread.join()


@pytest.mark.parametrize("phases", CLOSED)
def test_a_marked_transaction_passes_and_owes_nothing(
    dual: Database, writer: Writer, phases: tuple[Phase, ...]
) -> None:
    go(dual, *phases)
    store = SqlStore(dual, passes_at=SqlControl(dual).read().epoch)
    store.put(NOTE, [note("a"), note("b")])
    store.delete(NOTE, [("b",)])
    assert [row["id"] for row in store.scan(NOTE)] == ["a"]
    assert writer.owed() == []


def test_the_mark_ends_with_its_transaction(dual: Database, writer: Writer) -> None:
    go(dual, Phase.FROZEN)
    SqlStore(dual, passes_at=SqlControl(dual).read().epoch).put(NOTE, [note("a")])
    with pytest.raises(Fenced):
        SqlStore(dual).put(NOTE, [note("b")])
    with pytest.raises((sqlite3.IntegrityError, psycopg.Error)):
        writer.note("b")


def test_the_mark_is_good_for_one_phase_only(dual: Database) -> None:
    go(dual, Phase.FROZEN, Phase.PB_ONLY)
    slept = SqlStore(dual, passes_at=SqlControl(dual).read().epoch)
    slept.put(NOTE, [note("a")])
    go(dual, Phase.FROZEN, Phase.PB_ONLY)
    for write in (
        lambda: slept.put(NOTE, [note("b")]),
        lambda: slept.delete(NOTE, [("a",)]),
        lambda: slept.exchange(NOTE, [note("b")]),
    ):
        with pytest.raises(Fenced):
            write()
    assert [row["id"] for row in slept.scan(NOTE)] == ["a"]


def test_the_mark_ends_with_its_part_of_a_unit_of_work(dual: Database) -> None:
    go(dual, Phase.FROZEN)

    epoch = SqlControl(dual).read().epoch

    def write() -> None:
        with dual.write():
            SqlStore(dual, passes_at=epoch).put(NOTE, [note("a")])
            SqlStore(dual).put(NOTE, [note("b")])

    with pytest.raises(Fenced):
        write()
    assert SqlStore(dual).count(NOTE) == 0


@pytest.mark.parametrize("phases", CLOSED)
def test_no_debt_is_added_where_no_write_is_accepted(dual: Database, phases: tuple[Phase, ...]) -> None:
    go(dual, *phases)
    journal = SqlJournal(dual)
    with pytest.raises(Fenced):
        journal.owe(NOTE.name, [("a",)], hold=0.0)
    assert journal.state() == []


def test_a_debt_being_added_holds_the_freeze_back(dual: Database) -> None:
    journal, order = SqlJournal(dual), []
    freezing = threading.Thread(target=lambda: (go(dual, Phase.FROZEN), order.append("frozen")))
    with dual.write():
        journal.owe(NOTE.name, [("a",)], hold=0.0)
        freezing.start()
        freezing.join(0.3)
        order.append("owed")
    freezing.join()
    assert order == ["owed", "frozen"]
    assert [state.open for state in journal.state()] == [1]


def test_other_tables_stay_open(dual: Database, writer: Writer) -> None:
    writer("CREATE TABLE settings (name TEXT)")
    go(dual, Phase.FROZEN)
    writer("INSERT INTO settings VALUES ('x')")


def test_back_in_dual_writes_go_on(dual: Database, writer: Writer) -> None:
    go(dual, Phase.FROZEN, Phase.DUAL)
    writer.note("a")
    assert writer.owed() == [("note", ("a",))]
