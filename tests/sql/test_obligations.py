"""Whoever writes, however: every key touched is owed in the same transaction."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import delete, insert, update

from dualwrite.call import Call, calling
from dualwrite.errors import Conflict
from dualwrite.phase import Phase
from dualwrite.ports import Obligation
from dualwrite.sql import Database
from tests.sql.notes import NOTE, Writer, go, note


def owes(*ids: str) -> list[tuple[str, tuple[str, ...]]]:
    return [("note", (each,)) for each in ids]


def test_insert_update_delete(dual: Database, writer: Writer) -> None:
    writer.note("a")
    assert writer.owed() == owes("a")
    writer("UPDATE note SET title = 'u' WHERE id = 'a'")
    assert writer.owed() == owes("a")
    writer("DELETE FROM note WHERE id = 'a'")
    assert writer.owed() == owes("a")


def test_a_changed_key_is_owed_with_the_old_one(dual: Database, writer: Writer) -> None:
    writer.note("a")
    writer.note("b")
    writer.owed()
    writer("UPDATE note SET id = id || '2'")
    assert writer.owed() == owes("a", "a2", "b", "b2")


def test_a_key_set_to_itself_is_owed_once(dual: Database, writer: Writer) -> None:
    writer.note("a")
    writer.owed()
    writer("UPDATE note SET id = 'a', title = 'u'")
    assert writer.owed() == owes("a")


def test_a_composite_key(dual: Database, writer: Writer) -> None:
    writer("""INSERT INTO "group" (id, user_id) VALUES ('g', 'ü"\\')""")
    assert writer.owed() == [("groups", ("g", 'ü"\\'))]
    writer("""UPDATE "group" SET user_id = 'v'""")
    assert writer.owed() == [("groups", ("g", "v")), ("groups", ("g", 'ü"\\'))]


def test_bulk_statements(dual: Database, writer: Writer) -> None:
    ids = [f"n{number:03}" for number in range(120)]
    writer.many("INSERT INTO note (id, title, stars) VALUES (?, 't', 0)", [(each,) for each in ids])
    assert writer.owed() == owes(*ids)
    writer("INSERT INTO note (id, title, stars) SELECT 'x' || id, title, 1 FROM note")
    assert writer.owed() == owes(*(f"x{each}" for each in ids))
    writer("UPDATE note SET stars = 2 WHERE id < 'n010'")
    assert writer.owed() == owes(*ids[:10])
    writer("DELETE FROM note WHERE id LIKE 'x%'" if writer.sqlite else "DELETE FROM note WHERE id LIKE 'x%%'")
    assert writer.owed() == owes(*(f"x{each}" for each in ids))


def test_delete_without_where(dual: Database, writer: Writer) -> None:
    # SQLite's truncate optimisation would skip triggers; a delete trigger switches it off.
    writer.note("a")
    writer.note("b")
    writer.owed()
    writer("DELETE FROM note")
    assert writer.owed() == owes("a", "b")


def test_statements_that_touch_nothing_owe_nothing(dual: Database, writer: Writer) -> None:
    writer("UPDATE note SET stars = 1")
    writer("DELETE FROM note")
    assert writer.owed() == []


def test_on_conflict(dual: Database, writer: Writer) -> None:
    writer.note("a")
    writer.owed()
    upsert = "INSERT INTO note (id, title, stars) VALUES ('a', 'u', 1), ('b', 'u', 1) ON CONFLICT (id) DO "
    writer(upsert + "UPDATE SET title = excluded.title")
    assert writer.owed() == owes("a", "b")
    writer(upsert + "NOTHING")
    assert writer.owed() == []


def test_a_rolled_back_transaction_owes_nothing(dual: Database, writer: Writer) -> None:
    writer("BEGIN")
    writer.note("a")
    writer("ROLLBACK")
    assert writer.owed() == []


def test_a_rolled_back_savepoint_owes_nothing(dual: Database, writer: Writer) -> None:
    writer("BEGIN")
    writer.note("a")
    writer("SAVEPOINT s")
    writer.note("b")
    writer("ROLLBACK TO SAVEPOINT s")
    writer("COMMIT")
    assert writer.owed() == owes("a")


def test_sql_only_owes_nothing(installed: Database, writer: Writer) -> None:
    writer.note("a")
    writer("UPDATE note SET id = 'b'")
    writer("DELETE FROM note")
    assert writer.owed() == []


def test_cascades(dual: Database, writer: Writer) -> None:
    if writer.sqlite:
        writer("PRAGMA foreign_keys = ON")
    writer.note("a")
    writer("INSERT INTO reply (id, note_id) VALUES ('r1', 'a'), ('r2', 'a')")
    writer.owed()
    writer("UPDATE note SET id = 'b'")
    assert writer.owed() == [*owes("a", "b"), ("reply", ("r1",)), ("reply", ("r2",))]
    writer("DELETE FROM note")
    assert writer.owed() == [*owes("b"), ("reply", ("r1",)), ("reply", ("r2",))]


def test_what_a_statement_reports_is_undisturbed(dual: Database, writer: Writer) -> None:
    writer.note("a")
    writer.note("b")
    assert writer("UPDATE note SET stars = 1").rowcount == 2
    assert writer("UPDATE note SET id = id || '2'").rowcount == 2
    returned = writer("INSERT INTO note (id, title, stars) VALUES ('c', 't', 7) RETURNING stars").fetchall()
    assert returned == [(7,)]
    assert writer("DELETE FROM note").rowcount == 3


class TestUnitOfWork:
    """The obligations of a unit of work come back with the call that wants them."""

    def test_its_own_only(self, dual: Database, writer: Writer) -> None:
        writer.note("other")
        call = Call(hold=5.0)
        with calling(call), dual.write() as connection:
            connection.execute(insert(dual.table(NOTE)), [note("a"), note("b")])
        with calling(call), dual.write() as connection:
            connection.execute(update(dual.table(NOTE)).where(dual.table(NOTE).c.id == "a").values(stars=1))
        found = [(obligation.entity, obligation.key) for obligation in call.obligations]
        assert sorted(found) == owes("a", "a", "b")
        assert len({obligation.seq for obligation in call.obligations}) == 3

    def test_none_where_nothing_was_written(self, dual: Database) -> None:
        call = Call(hold=5.0)
        with calling(call), dual.write() as connection:
            connection.execute(delete(dual.table(NOTE)))
        assert call.obligations == []

    def test_none_when_rolled_back(self, dual: Database) -> None:
        call = Call(hold=5.0)
        with pytest.raises(Conflict), calling(call), dual.write() as connection:
            connection.execute(insert(dual.table(NOTE)), [note("a"), note("a")])
        assert call.obligations == []

    def test_none_unless_wanted(self, dual: Database, writer: Writer) -> None:
        call = Call()
        with calling(call), dual.write() as connection:
            connection.execute(insert(dual.table(NOTE)), [note("a")])
        assert call.obligations == []
        assert writer.owed() == owes("a")

    def test_an_overlapping_transaction_is_not_mixed_in(self, dual: Database, writer: Writer) -> None:
        if writer.sqlite:
            pytest.skip("SQLite has one writer at a time")
        first, second = Call(hold=5.0), Call(hold=5.0)
        writer("BEGIN")
        with calling(first), dual.write() as connection:
            connection.execute(insert(dual.table(NOTE)), [note("a")])
            writer.note("other")
        writer("COMMIT")
        with calling(second), dual.write() as connection:
            connection.execute(insert(dual.table(NOTE)), [note("b")])
        assert [obligation.key for obligation in first.obligations] == [("a",)]
        assert [obligation.key for obligation in second.obligations] == [("b",)]


class TestSqlite:
    """What only SQLite does."""

    @pytest.fixture(params=["sqlite", "sqlite-wal"])
    def database_url(self, request: pytest.FixtureRequest, tmp_path) -> str:
        path = tmp_path / "data.db"
        Database.open(f"sqlite:///{path}", owned=True).close()
        if request.param == "sqlite":
            with sqlite3.connect(path) as connection:
                connection.execute("PRAGMA journal_mode = DELETE")
            connection.close()
        return f"sqlite:///{path}"

    @pytest.mark.parametrize("recursive", ["ON", "OFF"])
    def test_insert_or_replace(self, dual: Database, writer: Writer, recursive: str) -> None:
        writer(f"PRAGMA recursive_triggers = {recursive}")
        writer.note("a")
        writer.owed()
        writer("INSERT OR REPLACE INTO note (id, title, stars) VALUES ('a', 'u', 1)")
        assert set(writer.owed()) == set(owes("a"))

    @pytest.mark.parametrize("recursive", ["ON", "OFF"])
    def test_a_row_replaced_through_another_unique_column(
        self, dual: Database, writer: Writer, recursive: str
    ) -> None:
        writer(f"PRAGMA recursive_triggers = {recursive}")
        writer.note("a", "shared")
        writer.note("c", "mine")
        writer.owed()
        writer("INSERT OR REPLACE INTO note (id, title, stars, share_id) VALUES ('b', 'u', 1, 'shared')")
        assert set(writer.owed()) == set(owes("a", "b"))
        writer("UPDATE OR REPLACE note SET share_id = 'shared' WHERE id = 'c'")
        assert set(writer.owed()) == set(owes("b", "c"))
        assert writer("SELECT id FROM note").fetchall() == [("c",)]

    def test_a_refused_duplicate_owes_nothing(self, dual: Database, writer: Writer) -> None:
        writer.note("a", "shared")
        writer.owed()
        with pytest.raises(sqlite3.IntegrityError):
            writer.note("b", "shared")
        assert writer.owed() == []

    def test_last_insert_rowid_is_the_callers(self, dual: Database, writer: Writer) -> None:
        writer.note("a")
        writer.owed()
        for expected in range(2, 6):
            cursor = writer("INSERT INTO note (id, title, stars) VALUES (?, 't', 0)", f"n{expected}")
            assert cursor.lastrowid == expected
            assert writer("SELECT last_insert_rowid()").fetchone() == (expected,)
            assert writer("SELECT changes()").fetchone() == (1,)

    def test_a_key_of_bytes_does_not_make_a_write_fail(self, dual: Database, writer: Writer) -> None:
        writer("INSERT INTO note (id, title, stars) VALUES (?, 't', 0)", b"a")
        assert writer.owed() == owes("a")

    def test_a_seq_is_never_used_again(self, dual: Database, writer: Writer) -> None:
        from dualwrite.sql import SqlJournal

        journal, seen = SqlJournal(dual, remembered=0.0), []
        for number in range(4):
            writer.note(f"n{number}")
            claimed = journal.claim("me", limit=10, lease_seconds=5)
            seen += [obligation.seq for obligation in claimed]
            journal.pay([obligation.seq for obligation in claimed], owner="me")
            assert journal.claim("me", limit=10, lease_seconds=5) == []
            assert journal.state() == []
        assert seen == sorted(set(seen))
        assert writer("SELECT count(*) FROM dualwrite_obligation").fetchone() == (1,)


class TestPostgresql:
    """What only PostgreSQL does."""

    @pytest.fixture
    def database_url(self, postgres_url: str) -> str:
        return postgres_url

    def test_truncate(self, dual: Database, writer: Writer) -> None:
        writer.note("a")
        writer("INSERT INTO reply VALUES ('r', 'a')")
        writer.owed()
        writer("TRUNCATE note CASCADE")
        assert writer.owed() == [*owes("a"), ("reply", ("r",))]

    def test_truncate_with_an_old_snapshot_is_refused(self, dual: Database, writer: Writer) -> None:
        import psycopg

        writer("BEGIN ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            writer("TRUNCATE note CASCADE")
        writer("ROLLBACK")

    def test_copy_and_merge(self, dual: Database, writer: Writer) -> None:
        with writer.connection.cursor().copy("COPY note (id, title, stars) FROM STDIN") as copy:
            copy.write_row(("a", "t", 1))
            copy.write_row(("b", "t", 1))
        assert writer.owed() == owes("a", "b")
        writer(
            "MERGE INTO note USING (VALUES ('a'), ('c')) AS v (id) ON note.id = v.id "
            "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, title, stars) VALUES (v.id, 't', 0)"
        )
        assert writer.owed() == owes("a", "c")

    def test_a_session_that_plays_a_replica(self, dual: Database, writer: Writer) -> None:
        writer("SET session_replication_role = replica")
        writer.note("a")
        assert writer.owed() == owes("a")

    def test_a_writer_without_rights_on_our_tables(
        self, dual: Database, writer: Writer, postgres_url
    ) -> None:
        writer("DROP ROLE IF EXISTS dualwrite_test_plain")
        writer("CREATE ROLE dualwrite_test_plain")
        writer("GRANT INSERT ON note TO dualwrite_test_plain")
        writer("SET ROLE dualwrite_test_plain")
        writer.note("a")
        writer("RESET ROLE")
        assert writer.owed() == owes("a")
        writer("DROP OWNED BY dualwrite_test_plain")
        writer("DROP ROLE dualwrite_test_plain")

    def test_data_modifying_with(self, dual: Database, writer: Writer) -> None:
        writer.note("a")
        writer.owed()
        writer(
            "WITH gone AS (DELETE FROM note RETURNING id) "
            "INSERT INTO note (id, title, stars) SELECT id || '2', 't', 0 FROM gone"
        )
        assert writer.owed() == owes("a", "a2")


def test_obligations_are_those_the_journal_reads(dual: Database, writer: Writer) -> None:
    from dualwrite.sql import SqlJournal

    writer.note("ä/\t\x7f🙂")
    (claimed,) = SqlJournal(dual).claim("me", limit=5, lease_seconds=5)
    assert claimed == Obligation(claimed.seq, "note", ("ä/\t\x7f🙂",))


def test_back_in_sql_only_nothing_is_owed(dual: Database, writer: Writer) -> None:
    go(dual, Phase.SQL_ONLY)
    writer.note("a")
    assert writer.owed() == []
