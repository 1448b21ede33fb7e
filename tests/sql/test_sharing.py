"""A database on the connections of an application in the same process: its limits hold for both, and it notices nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import StatementError

from dualwrite.errors import ConfigurationError, Invalid, Unavailable
from dualwrite.sql import Database


@pytest.fixture
def theirs(database_url: str) -> Iterator[Engine]:
    """An application's own engine: one connection, and nothing beyond it."""
    url = database_url.replace("postgresql://", "postgresql+psycopg2://")
    arguments = {"check_same_thread": False} if url.startswith("sqlite") else {}
    engine = create_engine(url, connect_args=arguments, pool_size=1, max_overflow=0, pool_timeout=0.2)
    yield engine
    engine.dispose()


def test_both_have_one_pool(theirs: Engine) -> None:
    ours = Database.sharing(theirs)
    with (
        theirs.connect(),
        pytest.raises(Unavailable, match="no database connection became free"),
        ours.read(),
    ):
        pass
    with ours.read():
        assert theirs.pool.checkedout() == 1
    ours.close()
    with theirs.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_a_unit_of_work_commits_and_rolls_back(theirs: Engine) -> None:
    ours = Database.sharing(theirs)
    with ours.write() as unit:
        unit.execute(text("CREATE TABLE thing (name TEXT)"))
        unit.execute(text("INSERT INTO thing VALUES ('kept')"))
    with pytest.raises(ZeroDivisionError):
        _insert_and_fail(ours, "gone")
    with ours.write() as unit:
        with pytest.raises(ZeroDivisionError):
            _insert_and_fail(ours, "undone")
        unit.execute(text("INSERT INTO thing VALUES ('also kept')"))
    with theirs.connect() as connection:
        assert connection.scalars(text("SELECT name FROM thing ORDER BY name")).all() == ["also kept", "kept"]


def _insert_and_fail(database: Database, name: str) -> None:
    with database.write() as unit:
        unit.execute(text("INSERT INTO thing VALUES (:name)"), {"name": name})
        raise ZeroDivisionError


def test_on_sqlite_a_unit_of_work_has_the_write_lock_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    path.touch()
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 0.1})
    ours, other = Database.sharing(engine), Database.open(f"sqlite:///{path}")
    refused = []

    def write() -> None:
        try:
            with ours.write():
                pass
        except Unavailable as error:
            refused.append(error)

    with other.write():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert refused, "it waited for the lock before it read anything"
    other.close()
    engine.dispose()


def test_their_own_errors_stay_theirs(theirs: Engine) -> None:
    ours = Database.sharing(theirs)
    statement, beyond = text("SELECT :n"), {"n": 2**70 if ours.dialect == "sqlite" else "nul\0"}
    with pytest.raises((OverflowError, ValueError, StatementError)), theirs.connect() as connection:
        connection.execute(statement, beyond)
    with pytest.raises(Invalid), ours.read() as unit:
        unit.execute(statement, beyond)
    ours.close()


def test_row_values_stay_out_of_our_errors_and_their_setting_is_left_alone(theirs: Engine) -> None:
    ours = Database.sharing(theirs)
    assert ours.engine.hide_parameters
    assert not theirs.hide_parameters


def test_a_database_in_memory_is_refused() -> None:
    engine = create_engine("sqlite://")
    with pytest.raises(ConfigurationError, match="must be a file"):
        Database.sharing(engine)
    engine.dispose()


def test_another_driver_is_refused() -> None:
    pytest.importorskip("psycopg")
    engine = create_engine("postgresql+psycopg://user:secret@127.0.0.1:1/none")
    object.__setattr__(engine, "url", engine.url.set(drivername="postgresql+pg8000"))
    with pytest.raises(ConfigurationError, match="the driver pg8000 is not supported") as refusal:
        Database.sharing(engine)
    assert "secret" not in str(refusal.value)
    engine.dispose()
