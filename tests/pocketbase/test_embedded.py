"""A PocketBase of one's own starts, is found again with its data, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dualwrite.errors import ConfigurationError
from dualwrite.pocketbase import EmbeddedPocketBase, apply_schema, is_healthy
from tests.fixtures.pocketbase import HOOKED, NEWEST, connected, connected_anew, pocketbase_binary
from tests.pocketbase.notes import ENTITIES, NOTE, note


def test_the_data_of_a_folder_outlives_the_server(tmp_path: Path) -> None:
    binary = pocketbase_binary(NEWEST)
    with (
        EmbeddedPocketBase(tmp_path, binary=binary, hooks=(ENTITIES, HOOKED)) as server,
        connected(server, HOOKED) as pb,
    ):
        assert server.version == NEWEST
        apply_schema(pb, ENTITIES)
        pb.records(NOTE).create(note())
        url = server.url
    assert not is_healthy(url)
    with (
        EmbeddedPocketBase(tmp_path, binary=binary, hooks=(ENTITIES, HOOKED)) as server,
        connected(server, HOOKED) as pb,
    ):
        assert pb.records(NOTE).find() == [note()]


def test_a_restart_keeps_the_tokens_in_use(tmp_path: Path) -> None:
    with (
        EmbeddedPocketBase(tmp_path, binary=pocketbase_binary(NEWEST)) as server,
        connected_anew(server, HOOKED) as pb,
    ):
        token = pb.session.login.token().get_secret_value()
        server.kill()
        server.start()
        accepted = httpx.get(
            f"{server.url}/api/collections/_superusers/records",
            headers={"Authorization": token},
            trust_env=False,
        )
        assert accepted.status_code == 200


def test_a_folder_of_its_own_is_removed() -> None:
    with EmbeddedPocketBase(binary=pocketbase_binary(NEWEST)) as server:
        folder = server.folder
        assert server.pid is not None
        assert is_healthy(server.url)
    assert server.pid is None
    assert not folder.exists()


def test_a_binary_that_does_not_work_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"pocketbase\.log"):
        EmbeddedPocketBase(tmp_path, binary=Path("/bin/false")).start()


OWNER = """
import sys, time
from pathlib import Path
from dualwrite.pocketbase import EmbeddedPocketBase

with EmbeddedPocketBase(Path(sys.argv[1]), binary=Path(sys.argv[2])) as server:
    print(server.url, server.pid, flush=True)
    time.sleep(600)
"""


def owned(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str, int]]:
    """A process that runs a server, the server's URL and its process."""
    command = [sys.executable, "-c", OWNER, folder, pocketbase_binary(NEWEST)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        url, pid = owner.stdout.readline().split()
        yield owner, url, int(pid)
        owner.kill()


def gone(url: str) -> bool:
    """Whether nothing answers there any more, within some seconds."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if not is_healthy(url):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_a_server_ends_with_its_owner_even_if_that_is_killed(tmp_path: Path) -> None:
    for owner, url, pid in owned(tmp_path):
        os.kill(pid, signal.SIGSTOP)  # as a rehearsal hangs it
        owner.kill()
        owner.wait()
        assert gone(url)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    for _, url, _ in owned(tmp_path):
        with pytest.raises(ConfigurationError, match="another process runs the PocketBase"):
            EmbeddedPocketBase(tmp_path, binary=pocketbase_binary(NEWEST)).start()
        assert is_healthy(url)


def test_an_orphan_is_ended_by_the_next_start(tmp_path: Path) -> None:
    with EmbeddedPocketBase(tmp_path, binary=pocketbase_binary(NEWEST)) as first:
        orphan = first.pid_file.read_text()
        first._lock.release()  # as the kernel does where the owner is killed
        with EmbeddedPocketBase(tmp_path, binary=pocketbase_binary(NEWEST)) as second:
            assert gone(first.url)
            assert second.pid_file.read_text() != orphan
            assert is_healthy(second.url)


def test_a_process_that_only_has_the_number_of_the_dead_one_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as bystander:
        (tmp_path / "pocketbase.pid").write_text(str(bystander.pid))
        with EmbeddedPocketBase(tmp_path, binary=pocketbase_binary(NEWEST)) as server:
            assert is_healthy(server.url)
        assert bystander.poll() is None
        bystander.kill()


def test_a_server_started_by_a_thread_outlives_the_thread(tmp_path: Path) -> None:
    with EmbeddedPocketBase(tmp_path, binary=pocketbase_binary(NEWEST)) as server:
        thread = threading.Thread(target=server.restart)
        thread.start()
        thread.join()
        time.sleep(0.3)
        assert is_healthy(server.url)
