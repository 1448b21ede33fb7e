"""A database that is not what it should be gets one clear line, and nothing is changed anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import SECRET, Ended, assert_refused, run
from tests.cli.conftest import Place, digest, execute

BOTH = pytest.mark.parametrize("command", ["init", "rehearse"])


def start(command: str, place: Place, tmp_path: Path) -> Ended:
    """`init`, or a rehearsal on the same database."""
    if command == "init":
        return run("init", "--without-hooks", settings=place.settings)
    url = place.settings["DUALWRITE_SQL_URL"]
    ended = run("rehearse", "--sql", url, "--work", tmp_path / "work", settings={})
    assert not (tmp_path / "work").exists()
    return ended


@BOTH
def test_no_such_database(command: str, place: Place, tmp_path: Path) -> None:
    place.database.rename(tmp_path / "elsewhere.db")
    assert_refused(start(command, place, tmp_path), "no", str(place.database), "--sql")
    assert not place.database.exists(), "a missing database is not made"


@BOTH
def test_not_an_sqlite_file(command: str, place: Place, tmp_path: Path) -> None:
    place.database.write_text("Dear diary,\n" * 500)
    before = digest(place.database)
    assert_refused(start(command, place, tmp_path), str(place.database), "not a database", "--sql")
    assert digest(place.database) == before


@BOTH
def test_not_a_database_of_open_webui(command: str, place: Place, tmp_path: Path) -> None:
    place.database.unlink()
    execute(place.database, "CREATE TABLE invoice (id INTEGER PRIMARY KEY)")
    before = digest(place.database)
    assert_refused(start(command, place, tmp_path), str(place.database), "not an Open WebUI database")
    assert digest(place.database) == before


@BOTH
def test_an_open_webui_of_another_release(command: str, place: Place, tmp_path: Path) -> None:
    execute(place.database, "UPDATE alembic_version SET version_num = '0123456789ab'")
    before = digest(place.database)
    assert_refused(
        start(command, place, tmp_path), str(place.database), "0123456789ab", "start Open WebUI 0.6.36"
    )
    assert digest(place.database) == before


@BOTH
def test_a_missing_column(command: str, place: Place, tmp_path: Path) -> None:
    execute(place.database, "ALTER TABLE chat DROP COLUMN title")
    before = digest(place.database)
    assert_refused(start(command, place, tmp_path), str(place.database), "chat", "title")
    assert digest(place.database) == before


def test_a_folder_and_an_empty_file(place: Place, tmp_path: Path) -> None:
    folder = place.settings | {"DUALWRITE_SQL_URL": f"sqlite:///{tmp_path}"}
    assert_refused(run("status", settings=folder), str(tmp_path))
    place.database.write_bytes(b"")
    assert_refused(start("init", place, tmp_path), "not an Open WebUI database")


@pytest.mark.parametrize(
    "url", [f"nonsense {SECRET}", f"mysql://me:{SECRET}@localhost/x", "sqlite://", f"oracle+{SECRET}"]
)
def test_a_url_that_is_none(url: str, place: Place) -> None:
    assert_refused(run("status", settings=place.settings | {"DUALWRITE_SQL_URL": url}), "SQL")
    place.assert_untouched()


def test_postgresql_that_is_not_there(place: Place) -> None:
    url = f"postgresql://me:{SECRET}@127.0.0.1:9/webui"
    ended = run("status", settings=place.settings | {"DUALWRITE_SQL_URL": url})
    assert_refused(ended, "postgresql://me:***@127.0.0.1:9/webui", "refused", "DUALWRITE_SQL_URL")


def test_postgresql_with_a_wrong_password(place: Place, postgres_server: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        rules = Path(admin.execute("SHOW hba_file").fetchone()[0])
        if "locked" not in rules.read_text():
            rules.write_text("local all locked scram-sha-256\n" + rules.read_text())
            admin.execute("CREATE ROLE locked LOGIN PASSWORD 'another'")
            admin.execute("SELECT pg_reload_conf()")
    url = postgres_server.replace("postgres:@", f"locked:{SECRET}@")
    ended = run("status", settings=place.settings | {"DUALWRITE_SQL_URL": url})
    assert_refused(ended, "postgresql://locked:***@", "password authentication failed", "DUALWRITE_SQL_URL")
