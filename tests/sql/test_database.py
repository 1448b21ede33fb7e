"""Opening, reading and units of work."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Connection, func, insert, select

from dualwrite.errors import ConfigurationError, Conflict, Unauthorised, Unavailable
from dualwrite.sql import Database
from tests.sql.notes import NOTE, create_tables, note


@pytest.fixture
def tables(database: Database) -> Database:
    create_tables(database)
    return database


def add(connection: Connection, database: Database, id: str) -> None:
    connection.execute(insert(database.table(NOTE)).values(note(id)))


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(database.table(NOTE))) or 0


class TestOpen:
    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("sqlite:////nowhere/at/all.db", "there is no SQLite database at /nowhere/at/all.db"),
            ("sqlite://", "must be a file"),
            ("mysql://user:secret@host/name", "mysql is not supported"),
            ("not a url with secret", "cannot be read"),
            ("sqlite+pysqlcipher:///x.db", "not supported"),
            ("postgresql+asyncpg://u:secret@127.0.0.1/x", "not supported"),
            ("postgresql://u:secret@127.0.0.1:1/x", "cannot open postgresql://u:***@127.0.0.1:1/x"),
            ("postgres://u:secret@127.0.0.1:1/x", "cannot open postgresql://u:***@127.0.0.1:1/x"),
        ],
    )
    def test_what_cannot_be_opened(self, url: str, says: str) -> None:
        with pytest.raises(ConfigurationError) as caught:
            Database.open(url)
        assert says in str(caught.value)
        assert "secret" not in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "x.db").write_text("hello " * 500)
        with pytest.raises(ConfigurationError, match="not a database"):
            Database.open(f"sqlite:///{tmp_path}/x.db")

    def test_a_missing_schema(self, postgres_url: str) -> None:
        with pytest.raises(ConfigurationError, match="no schema elsewhere"):
            Database.open(postgres_url, schema="elsewhere")

    def test_a_missing_postgresql_database(self, postgres_url: str) -> None:
        with pytest.raises(ConfigurationError, match="does not exist"):
            Database.open(postgres_url.replace("/test_", "/no_"))

    def test_a_schema(self, postgres: Database, postgres_url: str) -> None:
        with postgres.write() as connection:
            connection.exec_driver_sql("CREATE SCHEMA owui")
        database = Database.open(postgres_url, schema="owui")
        assert (postgres.schema, database.schema) == ("public", "owui")
        assert str(database.table(NOTE)) == "owui.note"
        database.close()

    def test_an_owned_file_is_made_and_kept_in_wal(self, tmp_path: Path) -> None:
        Database.open(f"sqlite:///{tmp_path}/new.db", owned=True).close()
        connection = sqlite3.connect(tmp_path / "new.db")
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.close()

    def test_the_journal_mode_of_any_other_file_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "an odd # name %20.db"
        path.touch()
        database = Database.open(f"sqlite:///{path}")
        create_tables(database)
        with database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
        database.close()

    def test_read_only(self, database_url: str, tables: Database) -> None:
        reader = Database.open(database_url, read_only=True)
        assert count(reader) == 0
        with pytest.raises(Unauthorised), reader.write() as connection:
            add(connection, reader, "a")
        reader.close()

    def test_psycopg2_where_it_is_asked_for(self, postgres_url: str) -> None:
        pytest.importorskip("psycopg2")
        parts = urlsplit(postgres_url)
        database = Database.open(parts._replace(scheme="postgresql+psycopg2").geturl())
        create_tables(database)
        with database.write() as connection:
            add(connection, database, "a")
        database.close()


class TestUnitOfWork:
    def test_commits(self, tables: Database) -> None:
        with tables.write() as connection:
            add(connection, tables, "a")
        assert count(tables) == 1

    def test_rolls_back(self, tables: Database) -> None:
        def work() -> None:
            with tables.write() as connection:
                add(connection, tables, "a")
                raise KeyError

        with pytest.raises(KeyError):
            work()
        assert count(tables) == 0

    def test_an_inner_one_joins(self, tables: Database) -> None:
        with tables.write() as outer:
            add(outer, tables, "a")
            with tables.write() as inner:
                add(inner, tables, "b")
                assert count(tables) == 2
            assert inner is outer
        assert count(tables) == 2

    def test_an_outer_error_undoes_both(self, tables: Database) -> None:
        def work() -> None:
            with tables.write() as outer:
                add(outer, tables, "a")
                with tables.write() as inner:
                    add(inner, tables, "b")
                raise KeyError

        with pytest.raises(KeyError):
            work()
        assert count(tables) == 0

    def test_an_inner_error_undoes_the_inner_one(self, tables: Database) -> None:
        def inner() -> None:
            with tables.write() as connection:
                add(connection, tables, "b")
                add(connection, tables, "a")

        with tables.write() as outer:
            add(outer, tables, "a")
            with pytest.raises(Conflict):
                inner()
            add(outer, tables, "c")
        with tables.read() as connection:
            assert connection.scalars(select(tables.table(NOTE).c.id)).all() == ["a", "c"]

    def test_threads_do_not_share(self, tables: Database) -> None:
        seen: list[int] = []
        with tables.write() as connection:
            add(connection, tables, "a")
            if tables.dialect == "postgresql":
                thread = threading.Thread(target=lambda: seen.append(count(tables)))
                thread.start()
                thread.join()
                assert seen == [0]

    def test_none_inside_a_read(self, tables: Database) -> None:
        def work() -> None:
            with tables.read(), tables.write():
                pass

        with pytest.raises(RuntimeError, match="inside a read"):
            work()
        with tables.write():
            pass

    def test_a_read_sees_one_connection(self, tables: Database) -> None:
        with tables.read() as outer, tables.read() as inner:
            assert outer is inner

    def test_sqlite_takes_its_lock_at_once(self, tables: Database) -> None:
        if tables.dialect == "postgresql":
            pytest.skip("PostgreSQL locks rows")
        other = sqlite3.connect(str(tables.engine.url.database), timeout=0)
        with tables.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_a_server_that_went_away(postgres_url: str, postgres: Database) -> None:
    psycopg = pytest.importorskip("psycopg")
    create_tables(postgres)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        admin.execute(end)
        with pytest.raises(Unavailable), postgres.write() as connection:
            add(connection, postgres, "a")
        with postgres.write() as connection:  # the pool has noticed
            add(connection, postgres, "b")
    assert count(postgres) == 1


def test_a_file_that_went_away(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "data.db").touch()
    database = Database.open(f"sqlite:///{folder}/data.db")
    create_tables(database)
    database.close()
    shutil.rmtree(folder)
    with pytest.raises(Unavailable), database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    database.close()
