"""A Prometheus beside something that runs: the real program, with the configuration and rules of this folder."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml

from dualwrite.errors import ConfigurationError

RULES = Path(__file__).parent / "prometheus"
STARTED_WITHIN = 30.0


class PrometheusServer:
    """Runs in a folder of its own on a free port of the loopback address; a context manager. `targets` are `host:port`.

    It scrapes and evaluates every `every` seconds, oftener than the configuration says: what it stands beside lasts minutes.
    """

    def __init__(self, folder: Path, targets: Sequence[str], *, every: float = 1.0, port: int = 0) -> None:
        self._folder = folder
        self._port = port or _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.config = folder / "prometheus.yml"
        folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(configuration(targets, every))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it and wait until it answers.

        Raises:
            ConfigurationError: it is not installed, or does not start.
        """
        program = shutil.which("prometheus")
        if program is None:
            raise ConfigurationError("Prometheus is not installed: apt-get install -y prometheus")
        log = self._folder / "prometheus.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - a program of this machine, with arguments of ours
                [
                    program,
                    f"--config.file={self.config}",
                    f"--storage.tsdb.path={self._folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self._port}",
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + STARTED_WITHIN
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise ConfigurationError(f"Prometheus did not start: {log} says why")
            time.sleep(0.1)
        return self

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def query(self, expr: str) -> list[dict[str, Any]]:
        """The result as of now, one entry a series. Raises `ValueError` where the query is not valid."""
        found: list[dict[str, Any]] = self.ask("query", query=expr)["result"]
        return found

    def query_range(self, expr: str, *, seconds: float, step: float = 1.0) -> list[dict[str, Any]]:
        """The same over the last `seconds`."""
        now = time.time()
        found: list[dict[str, Any]] = self.ask(
            "query_range", query=expr, start=str(now - seconds), end=str(now), step=str(step)
        )["result"]
        return found

    def ask(self, what: str, **parameters: str) -> Any:
        """The data of an answer of its HTTP API. Raises `ValueError` where it says that something is wrong."""
        try:
            with urlopen(f"{self.url}/api/v1/{what}?{urlencode(parameters)}", timeout=30) as answer:  # noqa: S310 - our own server
                document = json.load(answer)
        except URLError as error:
            body = getattr(error, "read", bytes)()
            raise ValueError(f"{parameters}: {body.decode() or error}") from error
        return document["data"]

    def _is_ready(self) -> bool:
        try:
            with urlopen(f"{self.url}/-/ready", timeout=1) as answer:  # noqa: S310 - our own server
                return bool(answer.status == 200)
        except OSError:
            return False


def configuration(targets: Sequence[str], every: float) -> str:
    """The configuration of this folder with other targets and intervals."""
    document = yaml.safe_load((RULES / "prometheus.yml").read_text())
    interval = f"{round(every * 1000)}ms"
    document["global"] = {
        "scrape_interval": interval,
        "evaluation_interval": interval,
        "scrape_timeout": interval,
    }
    document["rule_files"] = [str(RULES / file) for file in document["rule_files"]]
    document["scrape_configs"][0]["static_configs"] = [{"targets": list(targets)}]
    return yaml.safe_dump(document, sort_keys=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
