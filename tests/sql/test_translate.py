"""Every error of SQLAlchemy and the drivers has its place in this library's tree, and none carries a row's values."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
import sqlalchemy.exc
from psycopg import errors as postgresql_errors
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dualwrite import errors
from dualwrite.errors import DualwriteError
from dualwrite.sql import Database, translating
from dualwrite.sql.translate import SQLITE, translate
from tests.sql.notes import Writer

SECRET = "row value"


def wrapped(error: Exception, *, lost: bool = False) -> DBAPIError:
    return DBAPIError("INSERT", {"title": SECRET}, error, connection_invalidated=lost)


def sqlite_error(name: str, message: str = SECRET) -> sqlite3.Error:
    error = sqlite3.OperationalError(message)
    error.sqlite_errorname = name  # type: ignore[misc]
    return error


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("23505", errors.Conflict),
        ("23P01", errors.Conflict),
        ("23502", errors.Invalid),
        ("23503", errors.Invalid),
        ("23514", errors.Invalid),
        ("22001", errors.TooLarge),
        ("22003", errors.Invalid),
        ("22P02", errors.Invalid),
        ("54000", errors.TooLarge),
        ("40001", errors.Unavailable),
        ("40P01", errors.Unavailable),
        ("55P03", errors.Unavailable),
        ("53100", errors.Unavailable),
        ("57014", errors.Unavailable),
        ("57P01", errors.Unavailable),
        ("08006", errors.Unavailable),
        ("25006", errors.Unauthorised),
        ("42501", errors.Unauthorised),
        ("28P01", errors.Unauthorised),
        ("25P02", errors.Refused),
        ("42P01", errors.ConfigurationError),
        ("42703", errors.ConfigurationError),
        ("DW001", errors.Fenced),
    ],
)
def test_postgresql(code: str, expected: type[DualwriteError]) -> None:
    class Error(psycopg.Error):
        sqlstate = code

    found = translate(wrapped(Error(SECRET)))
    assert type(found) is expected
    assert SECRET not in str(found)


def test_no_sqlstate_of_postgresql_is_unmapped() -> None:
    states = [
        error
        for error in vars(postgresql_errors).values()
        if isinstance(error, type) and issubclass(error, psycopg.Error) and error.sqlstate
    ]
    assert len(states) > 200
    # Classes that can only come from SQL nobody writes here: triggers, cursors, savepoints, foreign data, PL/pgSQL.
    foreign = {
        "00",
        "01",
        "02",
        "03",
        "09",
        "0B",
        "0F",
        "0L",
        "0P",
        "0Z",
        "10",
        "20",
        "24",
        "26",
        "27",
        "2B",
        "2D",
    }
    foreign |= {"2F", "34", "38", "39", "3B", "72", "F0", "HV", "P0"}
    for state in states:
        found = translate(wrapped(state(SECRET)))
        assert isinstance(found, DualwriteError)
        if state.sqlstate[:2] not in foreign:
            assert type(found) is not errors.StoreError, state.sqlstate


@pytest.mark.parametrize("name", [name for name in dir(sqlite3) if name.startswith("SQLITE_CONSTRAINT")])
def test_sqlite_constraints_are_refusals(name: str) -> None:
    assert isinstance(translate(wrapped(sqlite_error(name))), errors.Refused)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in dir(sqlite3)
        if name.startswith(tuple(SQLITE)) and not name.startswith("SQLITE_CONSTRAINT")
    ],
)
def test_sqlite_extended_codes_follow_their_first(name: str) -> None:
    found = translate(wrapped(sqlite_error(name)))
    assert type(found) is not errors.StoreError
    assert SECRET not in str(found)


@pytest.mark.parametrize(
    "name", ["OK", "EMPTY", "FORMAT", "INTERNAL", "MISUSE", "NOLFS", "NOTFOUND", "RANGE", "NOTICE", "WARNING"]
)
def test_what_sqlite_says_of_its_own_mistakes_is_a_store_error(name: str) -> None:
    assert type(translate(wrapped(sqlite_error(f"SQLITE_{name}")))) is errors.StoreError


def test_every_primary_sqlite_code_is_placed() -> None:
    primary = {
        "ABORT",
        "AUTH",
        "BUSY",
        "CANTOPEN",
        "CONSTRAINT",
        "CORRUPT",
        "ERROR",
        "FULL",
        "INTERRUPT",
        "IOERR",
    }
    primary |= {"LOCKED", "MISMATCH", "NOMEM", "NOTADB", "PERM", "PROTOCOL", "READONLY", "SCHEMA", "TOOBIG"}
    assert {f"SQLITE_{name}" for name in primary} <= set(SQLITE)


def test_a_trigger_of_the_applications_own_is_no_fence() -> None:
    assert type(translate(wrapped(sqlite_error("SQLITE_CONSTRAINT_TRIGGER", "theirs")))) is errors.Invalid


@pytest.mark.parametrize("module", [sqlite3, psycopg])
@pytest.mark.parametrize(
    "name",
    [
        "DataError",
        "DatabaseError",
        "Error",
        "IntegrityError",
        "InterfaceError",
        "InternalError",
        "NotSupportedError",
        "OperationalError",
        "ProgrammingError",
    ],
)
def test_errors_without_a_code(module: object, name: str) -> None:
    found = translate(wrapped(getattr(module, name)(SECRET)))
    assert isinstance(found, errors.StoreError)
    assert SECRET not in str(found)


def test_a_lost_connection() -> None:
    error = wrapped(psycopg.OperationalError(SECRET), lost=True)
    assert type(translate(error)) is errors.Unavailable
    assert type(translate(error, committing=True)) is errors.AnswerLost


def test_a_refusal_while_committing_is_a_refusal() -> None:
    assert type(translate(wrapped(sqlite_error("SQLITE_BUSY")), committing=True)) is errors.Unavailable


def test_errors_of_sqlalchemy_itself() -> None:
    assert type(translate(sqlalchemy.exc.TimeoutError(SECRET))) is errors.Unavailable
    assert type(translate(sqlalchemy.exc.PendingRollbackError(SECRET))) is errors.Unavailable
    assert type(translate(sqlalchemy.exc.DisconnectionError(SECRET))) is errors.Unavailable
    assert (
        type(translate(sqlalchemy.exc.StatementError(SECRET, "INSERT", {}, TypeError(SECRET))))
        is errors.Invalid
    )


def test_a_mistake_in_the_code_passes() -> None:
    with pytest.raises(sqlalchemy.exc.ArgumentError), translating():
        raise sqlalchemy.exc.ArgumentError
    with pytest.raises(ValueError), translating():
        raise ValueError


class TestReal:
    """The same, from real databases."""

    def test_unique(self, installed: Database, writer: Writer) -> None:
        writer.note("a", SECRET)
        with pytest.raises(errors.Conflict) as caught, installed.write() as connection:
            connection.execute(
                text("INSERT INTO note (id, title, share_id, stars) VALUES ('b', 't', :v, 0)"), {"v": SECRET}
            )
        assert SECRET not in str(caught.value)

    def test_no_such_table(self, database: Database) -> None:
        with pytest.raises(errors.ConfigurationError), database.read() as connection:
            connection.execute(text("SELECT * FROM nowhere"))

    def test_locked(self, installed: Database, writer: Writer) -> None:
        writer.note("a")
        writer("BEGIN")
        writer("UPDATE note SET stars = 1")
        if writer.sqlite:
            with installed.read() as connection:
                connection.exec_driver_sql("PRAGMA busy_timeout = 50")

        def write() -> None:
            with installed.write() as connection:
                connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
                connection.execute(text("UPDATE note SET stars = 2"))

        with pytest.raises(errors.Unavailable):
            write()
        writer("ROLLBACK")

    def test_a_commit_that_sqlite_refuses_has_written_nothing(self, tmp_path) -> None:
        path = tmp_path / "data.db"
        path.touch()
        database = Database.open(f"sqlite:///{path}")
        reader = sqlite3.connect(path, isolation_level=None)
        with database.write() as connection:
            connection.exec_driver_sql("CREATE TABLE t (x)")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM t").fetchall()  # a rollback journal's commit needs every reader gone

        def write() -> None:
            with database.write() as connection:
                connection.exec_driver_sql("PRAGMA busy_timeout = 50")
                connection.exec_driver_sql("INSERT INTO t VALUES (1)")

        with pytest.raises(errors.Unavailable):
            write()
        reader.execute("COMMIT")
        assert reader.execute("SELECT count(*) FROM t").fetchone() == (0,)
        with database.write() as connection:
            connection.exec_driver_sql("INSERT INTO t VALUES (2)")
        reader.close()
        database.close()

    def test_an_answer_lost_while_committing(self, postgres: Database, postgres_url: str) -> None:
        with postgres.write() as connection:
            connection.exec_driver_sql("CREATE TABLE t (x int)")

        def write() -> None:
            with postgres.write() as connection:
                connection.exec_driver_sql("INSERT INTO t VALUES (1)")
                pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
                with psycopg.connect(postgres_url, autocommit=True) as admin:
                    admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

        with pytest.raises(errors.AnswerLost):
            write()
