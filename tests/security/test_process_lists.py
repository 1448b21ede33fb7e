"""What others on the same machine can see: process lists, and folders with people's data in them."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.rehearse.workspace import Workspace
from tests.cli.command import ROOT, SECRET, Here, assert_refused, command, environment
from tests.cli.conftest import Place
from tests.fixtures.pocketbase import NEWEST, pocketbase_binary

LINUX = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="only Linux shows it in /proc")


@contextmanager
def watched(pid: int) -> Iterator[set[bytes]]:
    """Every command line and environment that a descendant of this process has while the block runs."""
    seen: set[bytes] = set()
    stop = threading.Event()
    own = Path("/proc", str(pid), "cmdline").read_bytes()

    def look() -> None:
        while not stop.wait(0.002):
            for child in _descendants(pid):
                try:
                    command_line = Path("/proc", str(child), "cmdline").read_bytes()
                    seen.add(command_line)
                    environ = Path("/proc", str(child), "environ").read_bytes()
                    again = Path("/proc", str(child), "cmdline").read_bytes()
                    # Of servers alone: what is forked and not yet what it will be still is its parent.
                    if command_line == again != own and b"--dir=" in again:
                        seen.add(environ)
                except OSError:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _descendants(pid: int) -> list[int]:
    found, left = [], [pid]
    while left:
        for tasks in Path("/proc", str(left.pop()), "task").glob("*/children"):
            try:
                children = [int(child) for child in tasks.read_text().split()]
            except OSError:
                continue
            found += children
            left += children
    return found


OWNER = """
import sys
from pathlib import Path
from dualwrite.pocketbase import EmbeddedPocketBase
with EmbeddedPocketBase(Path(sys.argv[1]), binary=Path(sys.argv[2])) as server:
    print(server.password, flush=True)
    sys.stdin.readline()
    server.restart()
"""


@LINUX
def test_the_embedded_servers_password_is_on_no_command_line_and_none_of_ours_in_its_environment(
    tmp_path: Path,
) -> None:
    settings = {"DUALWRITE_PB_PASSWORD": SECRET, "DATABASE_URL": f"postgresql://me:{SECRET}@h/d"}
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, tmp_path, pocketbase_binary(NEWEST)],
        env=environment(settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with owner, watched(owner.pid) as seen:
        assert owner.stdout is not None
        password = owner.stdout.readline().strip()
        owner.communicate("restart\n", timeout=60)
    assert owner.returncode == 0
    assert any(b"dualwrite-superuser" in each for each in seen), "the one that is told the password was seen"
    assert any(b"serve" in each for each in seen)
    assert len(password) > 30
    assert not [each for each in seen if password.encode() in each or SECRET.encode() in each]


@LINUX
def test_a_rehearsal_shows_no_secret_in_a_process_list(tmp_path: Path) -> None:
    rehearsal = subprocess.Popen(
        command("rehearse", "--work", tmp_path / "work", "--users", "2", "--chats", "5", "--seconds", "0"),
        env=environment({"DUALWRITE_PB_TOKEN": SECRET}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    with rehearsal, watched(rehearsal.pid) as seen:
        while len(seen) < 4 and rehearsal.poll() is None:
            threading.Event().wait(0.05)
        rehearsal.terminate()
    assert seen
    assert not [each for each in seen if SECRET.encode() in each]


@pytest.mark.parametrize("words", [["status"], ["doctor"], ["retire", "--yes"], ["cutover", "--dry-run"]])
@pytest.mark.parametrize(
    "query", [f"me:{SECRET}@h/d", f"me@h/d?password={SECRET}", f"me@h/d?sslpassword={SECRET}"]
)
def test_a_password_on_our_own_command_line_is_refused(
    words: list[str], query: str, place: Place, here: Here
) -> None:
    ended = here.run(*words, "--sql", f"postgresql://{query}", settings=place.settings)
    assert_refused(ended, "--sql holds a password", "DUALWRITE_SQL_URL")
    place.assert_untouched()


def test_a_pocketbase_url_with_a_password_is_refused(place: Place, here: Here) -> None:
    ended = here.run("doctor", "--pb", f"http://me:{SECRET}@127.0.0.1:9", settings=place.settings)
    assert_refused(ended, "must hold no user and no password", "DUALWRITE_PB_PASSWORD")


def _is_private(folder: Path) -> bool:
    return stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0


def test_a_rehearsals_copy_of_the_data_is_for_its_owner_alone(tmp_path: Path) -> None:
    for folder in (tmp_path / "new", tmp_path / "there"):
        if folder.name == "there":
            folder.mkdir(mode=0o755)
        workspace = Workspace(folder)
        with workspace.entered("sample"):
            assert _is_private(workspace.database.parent)
            assert _is_private(workspace.pocketbase)
            assert _is_private(workspace.told)
    assert _is_private(tmp_path / "new")


def test_the_embedded_servers_data_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "pb"
    folder.mkdir(mode=0o755)
    with EmbeddedPocketBase(folder, binary=pocketbase_binary(NEWEST)) as server:
        assert (folder / "pb_data" / "data.db").exists()
        assert _is_private(folder / "pb_data")
        assert server.password not in server.log.read_text()
    with EmbeddedPocketBase(binary=pocketbase_binary(NEWEST)) as server:
        assert _is_private(server.folder)
