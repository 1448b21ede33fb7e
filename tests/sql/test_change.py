"""A change of phase waits for every transaction that wrote under the old one, and holds for every later write."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from dualwrite.errors import ConfigurationError, Unavailable
from dualwrite.phase import ControlState, Phase, Reads
from dualwrite.sql import Database, SqlControl, check, install
from tests.sql.notes import ENTITIES, Writer, create_tables, go

SHORT = 0.3


@contextmanager
def changing(database: Database, to: Phase, *, wait_seconds: float = 10.0) -> Iterator[Future[ControlState]]:
    """A change under way in another thread."""
    control = SqlControl(database, wait_seconds=wait_seconds)
    expect = control.read().phase
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(control.change, expect=expect, to=to, reads=Reads.SQL, actor="test", why="test")


def is_waiting(future: Future[Any]) -> bool:
    try:
        future.exception(SHORT)
    except TimeoutError:
        return True
    return False


class TestPostgresql:
    @pytest.fixture
    def database_url(self, postgres_url: str) -> str:
        return postgres_url

    @pytest.fixture
    def other(self, database_url: str) -> Iterator[Writer]:
        other = Writer(database_url)
        yield other
        other.close()

    @pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
    def test_it_waits_for_a_transaction_that_wrote(
        self, installed: Database, writer: Writer, isolation: str
    ) -> None:
        writer(f"BEGIN ISOLATION LEVEL {isolation}")
        writer.note("a")
        with changing(installed, Phase.DUAL) as change:
            assert is_waiting(change)
            assert SqlControl(installed).read().phase is Phase.SQL_ONLY
            writer("COMMIT")
        assert change.result().phase is Phase.DUAL
        assert writer.owed() == []  # written under sql_only, and ended before dual was in force

    def test_later_writers_wait_behind_it_and_meet_the_new_phase(
        self, installed: Database, writer: Writer, other: Writer
    ) -> None:
        writer("BEGIN")
        writer.note("a")
        with changing(installed, Phase.DUAL) as change:
            assert is_waiting(change)
            later = threading.Thread(target=other.note, args=("b",))
            later.start()
            later.join(SHORT)
            assert later.is_alive()
            writer("COMMIT")
            later.join()
        assert writer.owed() == [("note", ("b",))]

    def test_it_gives_up_when_a_transaction_does_not_end(self, installed: Database, writer: Writer) -> None:
        writer("BEGIN")
        writer.note("a")
        with changing(installed, Phase.DUAL, wait_seconds=0.2) as change, pytest.raises(Unavailable):
            change.result()
        writer("COMMIT")
        assert SqlControl(installed).read().phase is Phase.SQL_ONLY

    def test_it_does_not_wait_for_readers(self, dual: Database, writer: Writer) -> None:
        writer("BEGIN ISOLATION LEVEL REPEATABLE READ")
        writer("SELECT * FROM note")
        go(dual, Phase.FROZEN)
        writer("ROLLBACK")

    def test_read_committed_that_only_read_meets_the_new_phase(
        self, installed: Database, writer: Writer
    ) -> None:
        writer("BEGIN")
        writer("SELECT * FROM note")
        go(installed, Phase.DUAL)
        writer.note("a")
        writer("COMMIT")
        assert writer.owed() == [("note", ("a",))]
        writer("BEGIN")
        writer("SELECT * FROM note")
        go(installed, Phase.FROZEN)
        with pytest.raises(psycopg.Error, match="dualwrite"):
            writer.note("b")
        writer("ROLLBACK")

    @pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
    @pytest.mark.parametrize(("before", "after"), [((), Phase.DUAL), ((Phase.DUAL,), Phase.FROZEN)])
    def test_an_older_snapshot_must_retry(
        self, installed: Database, writer: Writer, isolation: str, before: tuple[Phase, ...], after: Phase
    ) -> None:
        go(installed, *before)
        writer(f"BEGIN ISOLATION LEVEL {isolation}")
        writer("SELECT * FROM note")  # the snapshot is taken: it shows the old phase for ever
        go(installed, after)
        with pytest.raises(psycopg.errors.SerializationFailure):
            writer.note("a")
        writer("ROLLBACK")
        assert writer("SELECT count(*) FROM note").fetchone() == (0,)

    def test_a_snapshot_older_than_the_installation_must_retry(
        self, database: Database, writer: Writer
    ) -> None:
        create_tables(database)
        writer("BEGIN ISOLATION LEVEL REPEATABLE READ")
        writer("SELECT 1 FROM pg_class LIMIT 1")
        with pytest.raises(
            Unavailable
        ):  # the triggers are there; the indexes must wait for the old transaction
            install(database, ENTITIES, "notes", wait_seconds=0.2)
        go(database, Phase.DUAL)
        with pytest.raises(psycopg.errors.SerializationFailure):
            writer.note("a")
        writer("ROLLBACK")
        assert check(database, ENTITIES) != []
        install(database, ENTITIES, "notes")
        assert check(database, ENTITIES) == []

    def test_a_new_snapshot_is_right_at_once(self, dual: Database, writer: Writer) -> None:
        writer("BEGIN ISOLATION LEVEL REPEATABLE READ")
        writer.note("a")
        writer.note("b")
        writer("COMMIT")
        assert writer.owed() == [("note", ("a",)), ("note", ("b",))]

    def test_two_old_snapshots_do_not_wait_for_each_other(
        self, dual: Database, writer: Writer, other: Writer
    ) -> None:
        writer("BEGIN ISOLATION LEVEL REPEATABLE READ")
        other("BEGIN ISOLATION LEVEL REPEATABLE READ")
        writer.note("a")
        other.note("b")
        writer("COMMIT")
        other("COMMIT")
        assert writer.owed() == [("note", ("a",)), ("note", ("b",))]


class TestSqlite:
    @pytest.fixture(params=["sqlite", "sqlite-wal"])
    def database_url(self, request: pytest.FixtureRequest, tmp_path) -> str:
        path = tmp_path / "data.db"
        path.touch()
        if request.param == "sqlite-wal":
            Database.open(f"sqlite:///{path}", owned=True).close()
        return f"sqlite:///{path}"

    def test_it_waits_for_the_writer(self, installed: Database, writer: Writer) -> None:
        writer("BEGIN")
        writer.note("a")
        with changing(installed, Phase.DUAL) as change:
            assert is_waiting(change)
            writer("COMMIT")
        assert change.result().phase is Phase.DUAL
        assert writer.owed() == []

    def test_an_older_snapshot_cannot_write(self, installed: Database, writer: Writer) -> None:
        if writer("PRAGMA journal_mode").fetchone() != ("wal",):
            pytest.skip("on a rollback journal a reader holds the change back instead")
        writer("BEGIN")
        writer("SELECT * FROM note").fetchall()
        go(installed, Phase.DUAL)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            writer.note("a")
        writer("ROLLBACK")


def test_the_expected_phase_is_checked(installed: Database) -> None:
    control = SqlControl(installed)
    go(installed, Phase.DUAL)
    with pytest.raises(ConfigurationError, match="the stored phase is dual"):
        control.change(expect=Phase.SQL_ONLY, to=Phase.DUAL, reads=Reads.SQL, actor="me", why="late")
    assert len(control.history()) == 1


def test_only_one_of_two_changes_wins(installed: Database) -> None:
    def change(number: int) -> bool:
        try:
            SqlControl(installed).change(
                expect=Phase.SQL_ONLY, to=Phase.DUAL, reads=Reads.SQL, actor=str(number), why="race"
            )
        except ConfigurationError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(change, range(4))) == [False, False, False, True]
    assert SqlControl(installed).read().epoch == 2


@pytest.mark.parametrize(
    ("to", "reads"),
    [(Phase.PB_ONLY, Reads.POCKETBASE), (Phase.DUAL, Reads.POCKETBASE), (Phase.FROZEN, Reads.SQL)],
)
def test_a_change_that_is_not_allowed(installed: Database, to: Phase, reads: Reads) -> None:
    with pytest.raises(ConfigurationError, match="cannot go from sql_only"):
        SqlControl(installed).change(expect=Phase.SQL_ONLY, to=to, reads=reads, actor="me", why="no")
