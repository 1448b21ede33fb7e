"""`python -m repos.openwebui serve` in a process of its own, with the stand-in application."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.fixtures.openwebui import environment, wired_interpreter

_ROOT = Path(__file__).parents[2]
_STANDIN = Path(__file__).with_name("standin_main.py")
START_SECONDS = 300.0


def package(folder: Path) -> Path:
    """A copy of the installed Open WebUI, file by file a link, but for its `main`."""
    site = wired_interpreter().parents[1] / "lib"
    (installed,) = site.glob("python3*/site-packages/open_webui")
    copy = folder / "open_webui"
    copy.mkdir(parents=True)
    for each in installed.iterdir():
        if each.name not in ("main.py", "__pycache__"):
            (copy / each.name).symlink_to(each)
    (copy / "main.py").write_text(_STANDIN.read_text())
    return folder


def free_port() -> int:
    """One that nobody has now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@dataclass
class Served:
    """A running application; `output` is what it has said."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    @property
    def output(self) -> str:
        """On both streams, so far."""
        return self.log.read_text()

    def ask(self, path: str, method: str = "GET") -> Any:
        """Its JSON answer; waits until it has started."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                answer = httpx.request(method, f"http://127.0.0.1:{self.port}{path}", timeout=60.0)
                answer.raise_for_status()
                return answer.json()
            except httpx.ConnectError:
                assert self.process.poll() is None, self.output[-2000:]
                assert time.monotonic() < deadline, self.output[-2000:]
                time.sleep(0.1)

    def pids(self, count: int) -> set[int]:
        """The ids of its workers, once that many answer."""
        found: set[int] = set()
        deadline = time.monotonic() + START_SECONDS
        while len(found) < count and time.monotonic() < deadline:
            found.add(self.ask("/process")["pid"])
        return found

    def stop(self, seconds: float = 120.0) -> float:
        """Ends it as a service manager does; returns how many seconds that took."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=seconds)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        return time.monotonic() - begin


def start(folder: Path, url: str, settings: Mapping[str, str], *arguments: str, workers: int = 1) -> Served:
    """Starts `serve`; whoever starts it stops it."""
    command = ("-W", "ignore", "-m", "repos.openwebui", "serve")
    return run(folder, url, {"UVICORN_WORKERS": str(workers), **settings}, *command, *arguments)


def run(folder: Path, url: str, settings: Mapping[str, str], *command: str) -> Served:
    """Starts a server with Python; it is given its host and its port."""
    port, log = free_port(), folder / "output"
    source = folder / "source"
    if not source.exists():
        package(source)
    with log.open("a") as output:
        process = subprocess.Popen(
            [str(wired_interpreter()), *command, "--host", "127.0.0.1", "--port", str(port)],
            env=environment(url, folder / "data") | {"PYTHONPATH": f"{source}:{_ROOT}"} | settings,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    return Served(process, port, log)
