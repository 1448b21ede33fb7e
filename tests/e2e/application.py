"""Open WebUI as its users meet it: a process of its own that serves HTTP and the web page, untouched or on our repositories."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from dualwrite.pocketbase.orphan import Spawner
from tests.fixtures.absent import absent

ROOT = Path(__file__).parents[2]
UNTOUCHED = ("-c", "from open_webui import app; app()", "serve")
WIRED = ("-m", "repos.openwebui", "serve")
"""What Python is started with; host and port follow."""

_START_SECONDS = 600.0
_STOP_SECONDS = 60.0


def interpreter() -> Path:
    """Python with the whole of Open WebUI; skips (or fails in CI) where there is none."""
    python = ROOT / "build" / "openwebui-full" / "bin" / "python"
    if not python.exists():
        absent("the whole of Open WebUI 0.6.36", "make application")
    return python


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, database_url: str, models_url: str) -> dict[str, str]:
    """Open WebUI's own settings: this database, this folder, this server of models, and nothing from the network."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DUALWRITE_")}
    return kept | {
        "DATA_DIR": str(folder / "data"),
        "STATIC_DIR": str(folder / "static"),
        "DATABASE_URL": database_url,
        "DATABASE_ENABLE_SQLITE_WAL": "true",
        "WEBUI_SECRET_KEY": "end to end",
        "OPENAI_API_BASE_URL": models_url,
        "OPENAI_API_KEY": "none",
        "RAG_EMBEDDING_ENGINE": "openai",
        "RAG_OPENAI_API_BASE_URL": models_url,
        "RAG_OPENAI_API_KEY": "none",
        "ENABLE_OPENAI_API": "true",
        "ENABLE_OLLAMA_API": "false",
        "ENABLE_CHANNELS": "true",
        "ENABLE_EVALUATION_ARENA_MODELS": "false",
        "DEFAULT_USER_ROLE": "user",
        "JWT_EXPIRES_IN": "-1",
        "OFFLINE_MODE": "true",
        "HF_HUB_OFFLINE": "1",
        "ANONYMIZED_TELEMETRY": "false",
        "DO_NOT_TRACK": "true",
        "SCARF_NO_ANALYTICS": "true",
        "GLOBAL_LOG_LEVEL": "WARNING",
    }


class Application:
    """A context manager: it answers on entry, and has ended on exit."""

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str,
        models_url: str,
        program: tuple[str, ...] = UNTOUCHED,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.database_url = database_url
        self._program = program
        self._environment = environment(folder, database_url, models_url) | dict(settings or {})
        self._spawner = Spawner()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it has printed."""
        return self.folder / "openwebui.log"

    @property
    def pid(self) -> int:
        """Of its process while it runs."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._spawner.close()

    def start(self) -> None:
        """Start it and wait until it answers."""
        for name in ("data", "static"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        command = [str(interpreter()), *self._program, "--host", "127.0.0.1", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = self._spawner.start(command, log, self._environment)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"Open WebUI did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.1)

    def stop(self) -> int:
        """Ask it to end, and wait; its exit status."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.terminate()
        try:
            return process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"Open WebUI did not end within {_STOP_SECONDS:.0f} s") from None

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=5.0, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False
