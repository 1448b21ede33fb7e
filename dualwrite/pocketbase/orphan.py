"""A server process that must not outlive the process that started it, and one that did."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

_END_SECONDS = 10.0
# What a server may be given of our environment: ours may hold passwords, and a hook file can read its own.
_ALLOWED = {
    "HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "TZ",
    "GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT",
}  # fmt: skip
# Set between fork and exec by the program itself: `preexec_fn` may deadlock in a process with threads. A parent that died
# before the call is noticed by its number.
_TIED = (
    "import ctypes, os, signal, sys\n"
    "ctypes.CDLL(None).prctl(1, signal.SIGKILL)\n"
    "if os.getppid() != int(sys.argv[1]): sys.exit(1)\n"
    "os.execv(sys.argv[2], sys.argv[2:])"
)


class Spawner:
    """Starts processes that Linux kills when this process ends, however it ends.

    The kernel ties a child to the *thread* that started it, so one thread starts them all and stays.
    """

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None

    def start(
        self, command: Sequence[str], output: IO[bytes], environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start it, in `plain_environment()` or another. Where the kernel cannot tie it, `end_orphan` is what is left."""
        if sys.platform == "linux":
            command = [sys.executable, "-I", "-S", "-c", _TIED, str(os.getpid()), *command]
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="pocketbase")
        return self._thread.submit(_open, command, output, environment).result()

    def close(self) -> None:
        """End the thread; what it started and still runs ends with it."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.shutdown()


def plain_environment() -> dict[str, str]:
    """This process's environment without anything of the application's."""
    return {name: value for name, value in os.environ.items() if name.upper() in _ALLOWED}


def _open(
    command: Sequence[str], output: IO[bytes], environment: Mapping[str, str] | None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own binary, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=plain_environment() if environment is None else environment,
    )


def end_orphan(pid_file: Path, sign: str) -> bool:
    """End the process that the file names, if its command line holds `sign`; returns whether there was one.

    A number alone proves nothing: since the crash it may have been given to another process.
    """
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return False
    there = sign in _command_line(pid)
    if there:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + _END_SECONDS
        while sign in _command_line(pid) and time.monotonic() < deadline:
            time.sleep(0.01)
    pid_file.unlink(missing_ok=True)
    return there


def _command_line(pid: int) -> str:
    """The arguments of a process; empty where there is none, or where it has ended and nobody has asked how."""
    process = Path("/proc", str(pid), "cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    done = subprocess.run(  # noqa: S603 - a number is all that varies
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout
