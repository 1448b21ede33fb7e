"""Wrong options, the wrong phase and folders that cannot be used get one clear line, and nothing is changed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dualwrite.lock import FolderLock
from tests.cli.command import Here, assert_refused, run
from tests.cli.conftest import Place, execute

SMALL = ("--users", "2", "--chats", "5")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rehearse", "--users", "none"], "--users"),
        (["rehearse", "--chats", "-1"], "--chats"),
        (["phase", "sideways"], "sideways"),
        (["phase"], "target"),
        (["statsu"], "statsu"),
        (["status", "--nonsense"], "--nonsense"),
        (["cutover", "--deadline", "x"], "--deadline"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_options_name_the_option_and_the_help(words: list[str], said: str, here: Here) -> None:
    assert_refused(here.run(*words, settings={}), said, "--help", status=2)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"DUALWRITE_PB_TIMEOUT": "soon"}, "DUALWRITE_PB_TIMEOUT"),
        ({"DUALWRITE_PB_URL": "ftp://x"}, "must begin with http"),
        ({"DUALWRITE_PB_URL": "http://127.0.0.1:99999"}, "http(s)://host:port"),
        ({"DUALWRITE_PREFIX": "Bad-"}, "DUALWRITE_PREFIX"),
        ({"DUALWRITE_SQL_URL": ""}, "DUALWRITE_SQL_URL"),
    ],
    ids=lambda value: "".join(value) if isinstance(value, dict) else "",
)
def test_wrong_settings_name_the_setting(
    changed: dict[str, str], said: str, place: Place, here: Here
) -> None:
    assert_refused(here.run("status", settings=place.settings | changed), said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--metrics", "9470"], "write HOST:PORT"),
        (["--metrics", "127.0.0.1:http"], "write HOST:PORT"),
        (["--stay"], "--stay is for --metrics"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_place_to_serve_metrics_that_is_none_is_refused_before_anything_is_made(
    words: list[str], said: str, here: Here, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    assert_refused(here.run("rehearse", "--work", str(work), *words, settings={}), said)
    assert not work.exists()


def test_no_such_migration(here: Here) -> None:
    assert_refused(here.run("status", "--migration", "nextcloud", settings={}), "nextcloud", "openwebui")


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["phase", "dual"],
        ["backfill"],
        ["verify"],
        ["relay", "--drain"],
        ["cutover"],
        ["rollback"],
        ["retire", "--yes"],
    ],
    ids=lambda words: words[0],
)
def test_without_control_tables_every_command_says_to_run_init(
    words: list[str], place: Place, here: Here
) -> None:
    assert_refused(here.run(*words, settings=place.settings), str(place.database), "dualwrite init")
    place.assert_untouched()


@pytest.fixture(scope="module")
def initialised(sample: Path, bare: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with control tables, in the phase `sql_only`."""
    from dualwrite.sql import Database, install
    from repos.entities import ENTITIES

    path = Path(shutil.copy(sample, tmp_path_factory.mktemp("initialised") / "webui.db"))
    database = Database.open(f"sqlite:///{path}")
    install(database, ENTITIES, "openwebui")
    database.close()
    return path


@pytest.mark.parametrize(
    ("phase", "words", "said"),
    [
        ("sql_only", ["backfill"], "dualwrite phase dual"),
        ("dual", ["backfill", "--entity", "chats"], "known: user, chat"),
        ("dual", ["verify", "--entity", "nobody"], "'nobody'"),
        ("dual", ["backfill", "--executor", "celery"], "give threads:N, processes:N or dask://host:port"),
        ("dual", ["retire", "--yes"], "the phase is dual"),
        ("frozen", ["backfill"], "the phase is frozen"),
        ("frozen", ["retire", "--yes"], "the phase is frozen"),
        ("pb_only", ["backfill"], "the phase is pb_only"),
        ("frozen", ["phase", "sql_only"], "frozen"),
        ("frozen", ["phase", "pb_only"], "dualwrite cutover"),
        ("pb_only", ["phase", "dual"], "dualwrite cutover"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value if value.isidentifier() else "",
)
def test_the_wrong_phase(
    phase: str, words: list[str], said: str, initialised: Path, place: Place, here: Here
) -> None:
    reads = "pocketbase" if phase == "pb_only" else "sql"
    execute(initialised, f"UPDATE dualwrite_control SET phase = '{phase}', reads = '{reads}'")
    settings = place.settings | {"DUALWRITE_SQL_URL": f"sqlite:///{initialised}"}
    assert_refused(here.run(*words, settings=settings), said)
    assert here.run("status", "--json", settings=settings).document["phase"] == phase


def test_cutover_before_verify_says_what_does_not_hold_and_changes_nothing(
    initialised: Path, place: Place, here: Here
) -> None:
    execute(initialised, "UPDATE dualwrite_control SET phase = 'dual', reads = 'sql'")
    settings = place.settings | {"DUALWRITE_SQL_URL": f"sqlite:///{initialised}"}
    ended = here.run("cutover", "--json", settings=settings)
    assert ended.status == 1
    assert ended.err == ""
    assert ended.document["ready"] is False
    failed = {condition["name"] for condition in ended.document["conditions"] if not condition["holds"]}
    assert len(failed) >= 3, failed
    assert here.run("status", "--json", settings=settings).document["phase"] == "dual"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--waive", "comparisons"], "--reason"),
        (["--waive", "comparisons", "--reason", " "], "--reason"),
        (["--waive", "nothing", "--reason", "x"], "comparisons, mismatches"),
        (["--waive", "tags.nothing", "--reason", "x"], "tags.nothing"),
        (
            ["--waive", "comparisons", "--waive", "differences", "--reason", "x"],
            "differences is never waived",
        ),
        (["--withdraw", "comparisons"], "given: none"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_waiver_that_cannot_be_given(
    words: list[str], said: str, initialised: Path, place: Place, here: Here
) -> None:
    settings = place.settings | {"DUALWRITE_SQL_URL": f"sqlite:///{initialised}"}
    assert_refused(here.run("cutover", *words, settings=settings), said)
    assert here.run("status", "--json", settings=settings).document["waivers"] == []


@pytest.mark.parametrize("phase", ["sql_only", "frozen", "pb_only"])
def test_only_in_dual_may_verify_write_to_pocketbase(
    phase: str, initialised: Path, place: Place, here: Here
) -> None:
    execute(initialised, f"UPDATE dualwrite_control SET phase = '{phase}'")
    settings = place.settings | {"DUALWRITE_SQL_URL": f"sqlite:///{initialised}"}
    assert_refused(here.run("verify", "--repair", settings=settings), f"the phase is {phase}")


def test_retire_asks_and_takes_no_answer_for_a_no(initialised: Path, place: Place) -> None:
    execute(initialised, "UPDATE dualwrite_control SET phase = 'sql_only', reads = 'sql'")
    settings = place.settings | {"DUALWRITE_SQL_URL": f"sqlite:///{initialised}"}
    ended = run("retire", settings=settings)
    assert ended.status == 1
    assert "nothing was done" in ended.err.splitlines()[-1]
    assert run("status", settings=settings).status == 0


def test_a_work_folder_that_is_not_ours(tmp_path: Path, here: Here) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    assert_refused(
        here.run("rehearse", "--work", tmp_path, *SMALL, settings={}), str(tmp_path), "give another --work"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_work_folder_that_cannot_be_written_to(tmp_path: Path, here: Here) -> None:
    (tmp_path / "file").write_text("")
    assert_refused(
        here.run("rehearse", "--work", tmp_path / "file" / "work", *SMALL, settings={}), "give another --work"
    )
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
        assert_refused(
            here.run("rehearse", "--work", tmp_path / "work", *SMALL, settings={}), "cannot be written to"
        )
    elif Path("/sys/kernel").is_dir():
        assert_refused(
            here.run("rehearse", "--work", "/sys/work", *SMALL, settings={}), "cannot be written to"
        )


def test_a_damaged_marker(tmp_path: Path, here: Here) -> None:
    (tmp_path / "rehearsal.json").write_text("{}")
    assert_refused(here.run("rehearse", "--work", tmp_path, *SMALL, settings={}), "rehearsal.json", "--work")


def test_an_unfinished_rehearsal_of_another_source(tmp_path: Path, here: Here) -> None:
    (tmp_path / "rehearsal.json").write_text('{"source": "/other.db", "finished": false, "runs": 0}')
    assert_refused(here.run("rehearse", "--work", tmp_path, *SMALL, settings={}), "/other.db", "--work")


def test_two_rehearsals_in_one_folder(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path / "rehearsal.lock")
    assert lock.take()
    assert_refused(
        run("rehearse", "--work", tmp_path, *SMALL, settings={}), "another rehearsal", str(tmp_path)
    )
    assert [path.name for path in tmp_path.iterdir()] == ["rehearsal.lock"]
    lock.release()


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk with 256 KiB."""
    folder = tmp_path / "full"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "dualwrite-test", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("a small file system can be mounted by root alone")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_no_disk_space_for_a_rehearsal(full: Path, place: Place) -> None:
    url = place.settings["DUALWRITE_SQL_URL"]
    assert_refused(
        run("rehearse", "--work", full / "work", "--sql", url, settings={}), str(full), "MB free", "make room"
    )
    place.assert_untouched()
    ended = run("rehearse", "--work", full / "sample", settings={})
    assert_refused(ended, str(full / "sample"), "full")


def test_no_disk_space_for_the_hooks(full: Path, place: Place) -> None:
    (full / "ballast").write_bytes(b"0" * 250_000)
    ended = run("init", "--hooks-dir", full / "pb_hooks", settings=place.settings)
    assert_refused(ended, str(full / "pb_hooks"), "No space left on device", "--hooks-dir")
    place.assert_untouched()
    assert not any(path.is_file() for path in (full / "pb_hooks").iterdir())
