"""The command line in a process of its own, as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SECRET = "correct-horse-battery"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Its standard output, which is one JSON document."""
        return json.loads(self.out)


def command(*words: str | Path) -> list[str]:
    """What starts it."""
    return [sys.executable, "-m", "dualwrite", *map(str, words)]


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with these settings and no others of ours."""
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("DUALWRITE_") and name != "DATABASE_URL"
    }
    return {**plain, "PYTHONPATH": str(ROOT), **settings}


def run(*words: str | Path, settings: Mapping[str, str], timeout: float = 60.0, **options: Any) -> Ended:
    """Run it to its end, which comes within `timeout` seconds."""
    done = subprocess.run(
        command(*words),
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        check=False,
        cwd=ROOT,
        **options,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


class Here:
    """The same in this process, for what is decided before any server is asked: a start costs a second."""

    def __init__(self, environ: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self._environ = environ
        self._captured = captured

    def run(self, *words: str | Path, settings: Mapping[str, str]) -> Ended:
        """Run it to its end."""
        from dualwrite.cli.app import build
        from dualwrite.cli.ending import ended

        with self._environ.context() as environ:
            for name in [
                name for name in os.environ if name.startswith("DUALWRITE_") or name == "DATABASE_URL"
            ]:
                environ.delenv(name)
            for name, value in settings.items():
                environ.setenv(name, value)
            given = [str(word) for word in words]
            status = ended(build(given), given)
        return Ended(status, *self._captured.readouterr())


def assert_refused(ended: Ended, *words: str, status: int = 1) -> None:
    """One clear line on standard error that has these words, nothing but a failed step beside it, and no secret."""
    assert ended.status == status, ended
    assert all(line.startswith("✗ ") for line in ended.out.splitlines()), ended.out
    (line,) = ended.err.splitlines()
    assert line.startswith("dualwrite: "), line
    for word in words:
        assert word in line, line
    assert SECRET not in line, line
    assert "Traceback" not in line, line
