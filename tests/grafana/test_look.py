"""`make look`: a whole rehearsal with Prometheus beside it, left open, with data in every panel."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest

from grafana.server import PrometheusServer
from tests.fixtures.absent import absent
from tests.fixtures.pocketbase import NEWEST, pocketbase_binary
from tests.grafana.files import filled, panel_queries
from tests.grafana.test_with_prometheus import finite

ROOT = Path(__file__).parents[2]
SMALL = ("--users", "2", "--chats", "8", "--rate", "20", "--seconds", "2", "--outage", "0.5")
pytestmark = pytest.mark.slow


@dataclass
class Look:
    """What is left running, and what it has said."""

    process: subprocess.Popen[str]
    begun: float
    said: list[str] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)

    def wait_for(self, words: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not any(words in line for line in self.said):
            assert self.process.poll() is None, "".join(self.said)
            assert time.monotonic() < deadline, "".join(self.said)
            time.sleep(0.2)

    def address(self, of: str) -> str:
        found = re.search(rf"^{of}\s+(http://127\.0\.0\.1:\d+)", "".join(self.said), re.MULTILINE)
        assert found is not None
        return found[1]

    def end(self) -> int:
        """As Ctrl-C does: to all that run."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=60)


@pytest.fixture(scope="module")
def left_open(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Look]:
    pocketbase_binary(NEWEST)
    if not Path("/usr/bin/prometheus").exists():
        absent("Prometheus", "apt-get install -y prometheus")
    folder = tmp_path_factory.mktemp("look")
    process = subprocess.Popen(
        [sys.executable, "tools/look.py", "--folder", folder, *SMALL],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    look = Look(process, time.time())
    reader = threading.Thread(target=look.read)
    reader.start()
    try:
        look.wait_for("its stores are still there", 900)
        time.sleep(3.0)
        yield look
    finally:
        status = look.end()
        reader.join()
        assert process.stdout is not None
        process.stdout.close()
        assert status == 0, "".join(look.said)


def test_every_panel_has_data(left_open: Look, tmp_path: Path) -> None:
    server = PrometheusServer(tmp_path, [])
    server.url = left_open.address("Prometheus")
    seconds = time.time() - left_open.begun
    empty = [
        asked.id
        for asked in panel_queries()
        if not finite(server.query_range(filled(asked.expr, window="5m"), seconds=seconds))
    ]
    assert empty == []


def test_the_page_is_open(left_open: Look) -> None:
    with urlopen(f"{left_open.address('page')}/", timeout=30) as answer:
        assert answer.status == 200
        assert "Migration of Open WebUI" in answer.read().decode()
    with urlopen(f"{left_open.address('metrics')}/metrics", timeout=30) as answer:
        assert 'dualwrite_phase{phase="pb_only"} 1.0' in answer.read().decode()
