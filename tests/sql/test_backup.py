"""A consistent copy of a live SQLite file."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dualwrite.errors import ConfigurationError
from dualwrite.sql import copy_sqlite


@pytest.fixture(params=["delete", "wal"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A database in use, with what was committed last still in the WAL."""
    path = tmp_path / "source ?.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {request.param}")
    connection.execute("CREATE TABLE t (x)")
    connection.execute("INSERT INTO t VALUES (1)")
    yield path
    connection.close()


def test_what_is_committed_is_copied(source: Path, tmp_path: Path) -> None:
    writer = sqlite3.connect(source, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO t VALUES (2)")
    copy_sqlite(source, tmp_path / "copy.db")
    writer.close()
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT x FROM t").fetchall() == [(1,)]
    copy.close()


def test_a_missing_source(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no SQLite database"):
        copy_sqlite(tmp_path / "none.db", tmp_path / "copy.db")


def test_an_existing_target_is_not_overwritten(source: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("mine")
    with pytest.raises(ConfigurationError, match="exists already"):
        copy_sqlite(source, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_a_source_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("hello " * 500)
    with pytest.raises(ConfigurationError, match="cannot be copied"):
        copy_sqlite(tmp_path / "x.db", tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_no_folder_to_copy_to(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        copy_sqlite(source, tmp_path / "nowhere" / "copy.db")


def test_no_room(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free=10))
    with pytest.raises(ConfigurationError, match="0 MiB free"):
        copy_sqlite(source, tmp_path / "copy.db")
