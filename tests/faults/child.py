"""What runs in processes of its own, to be killed. Every function says on disk what it did, as it does it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

from typing_extensions import override

from dualwrite import open_dual
from dualwrite.backfill import Backfill
from dualwrite.chunks import ChunkSize
from dualwrite.parts import Parts
from dualwrite.settings import Settings
from dualwrite.switch import CUTOVER, Course, Pause, Switched, Work
from dualwrite.timing import Timing
from tests.faults.cells import CELL, cells

_FORKED = get_context("forkserver")
_FORKED.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Place:
    """Where both stores are, for a process."""

    settings: dict[str, Any]
    timing: Timing

    def load(self, **given: Any) -> Settings:
        return Settings.load(**{**self.settings, **given})


def launched(function: Any, *args: Any) -> BaseProcess:
    """The function in a process of its own; whoever asked for it ends it."""
    process = _FORKED.Process(target=function, args=args, daemon=True)
    process.start()
    return process


@contextmanager
def running(function: Any, *args: Any) -> Iterator[BaseProcess]:
    """The function in a process of its own, killed at the end if it still runs."""
    process = launched(function, *args)
    try:
        yield process
    finally:
        process.kill()
        process.join()
        process.close()


class Log:
    """Lines of JSON, on disk before `add` returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def add(self, *what: object) -> None:
        self._file.write(json.dumps(what).encode() + b"\n")
        os.fdatasync(self._file.fileno())


def read_log(path: Path) -> list[list[Any]]:
    """What was logged; a killed process may leave half a line at the end."""
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    return [json.loads(line) for line in lines[:-1] if line.endswith(b"]")]


class Followed:
    """A log that is read while somebody writes it: `events` are all that were there when it was last read on."""

    def __init__(self, path: Path) -> None:
        self._path, self._at = path, 0
        self.events: list[list[Any]] = []

    def read_on(self) -> None:
        """Read what has come since."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._at)
            whole = file.read().rpartition(b"\n")[0]
        if whole:
            self._at += len(whole) + 1
            self.events += [json.loads(line) for line in whole.split(b"\n")]


def write(place: Place, log: Path, seed: int, keys: int) -> None:
    """Write in `dual` until killed: what is begun and what was answered, by key and number; number 0 modulo 7 removes."""
    kept, random = Log(log), Random(seed)
    with open_dual(cells, place.load(), timing=place.timing) as runtime:
        repository = runtime.repositories["cells"]
        for number in range(seed * 1_000_000 + 1, (seed + 1) * 1_000_000):
            key = f"key-{random.randrange(keys)}"
            kept.add("begun", key, number)
            if number % 7:
                assert repository.put(key, str(number))
            else:
                repository.remove(key)
            kept.add("answered", key, number)


def copy(place: Place, chunk_rows: int) -> None:
    """Backfill to the end. Under one name, so that who comes after a kill need not wait for the lease of the dead."""
    with closing(Parts.open(cells, place.load(), timing=place.timing)) as parts:
        Backfill(
            parts.sql_store,
            parts.pb_store,
            parts.journal,
            parts.control,
            owner="the one",
            chunk=ChunkSize(most_rows=chunk_rows),
        ).run([CELL])


class Spoken(Work):
    """Work that says when it is prepared and when it is finished."""

    def __init__(self, work: Work, say: Callable[[str], None]) -> None:
        self._work, self._say = work, say

    @property
    @override
    def course(self) -> Course:
        return self._work.course

    @override
    def prepare(self, epoch: int) -> None:
        self._work.prepare(epoch)
        self._say("prepared")

    @override
    def finish(self, pause: Pause, epoch: int) -> int:
        rows = self._work.finish(pause, epoch)
        self._say("finished")
        return rows


DEADLINE = 10.0
STEPS = ("prepared", "writes pause", "finished", "reads move", "done")
"""What a switch has said last, step by step."""


def cut(place: Place, log: Path, course: Course, stays_at: str) -> None:
    """A switch, which stops to be killed once it has said this."""
    said = Log(log)

    def say(text: str) -> None:
        said.add(text)
        if text.endswith(stays_at):
            time.sleep(60)

    with closing(Parts.open(cells, place.load(), timing=place.timing)) as parts:
        switch(parts, course, say=say)


def switch(
    parts: Parts,
    course: Course = CUTOVER,
    *,
    actor: str = "test",
    say: Callable[[str], None] = lambda text: None,
) -> Switched:
    """The switch on these parts."""
    work = parts.cutover() if course == CUTOVER else parts.rollback(deadline=DEADLINE)
    return parts.switch(actor=actor, say=say, deadline=DEADLINE).run(Spoken(work, say))
