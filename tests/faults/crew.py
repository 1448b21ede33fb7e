"""Who is at work in a cell of the matrix, each in a process of its own: writers, a writer that knows nothing of us, a relay,
a backfill and a verify that begin anew when they are through.

Everything they do is in a log of their own, written before and after each call, so that a SIGKILL leaves no doubt.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from dualwrite import open_dual
from dualwrite.backfill import Backfill
from dualwrite.chunks import ChunkSize
from dualwrite.errors import AnswerLost, DualwriteError
from dualwrite.parts import Parts
from dualwrite.settings import Settings
from dualwrite.settle import Patience
from dualwrite.sql import Database
from dualwrite.verify import Verify
from tests.faults.cells import CELL, CellsSQL, ICells, cells
from tests.faults.child import Place

KEYS, SHARED = 12, 4
PACE = 0.004  # seconds between two calls of a writer
_ABSENT = None

get_context("forkserver").set_forkserver_preload(["tests.faults.child", __name__])


@dataclass(frozen=True)
class Post:
    """Where a member of the crew works: both stores, its log's folder, and how it is told what to do."""

    place: Place
    folder: Path
    seed: int

    @property
    def quiet(self) -> Path:
        """Once it exists nobody calls, copies or compares any more; what is owed is still paid."""
        return self.folder / "quiet"

    @property
    def leave(self) -> Path:
        """Once it exists everybody ends."""
        return self.folder / "leave"

    @property
    def calm(self) -> Path:
        """Once it exists no further backfill begins."""
        return self.folder / "calm"

    def settings(self, name: str) -> Settings:
        """Of a member that takes part: every second one does its work behind the callers in a process of its own."""
        return self.place.load(helper=name[-1] in "13579")

    def log(self, name: str) -> Path:
        """What a member did."""
        return self.folder / f"{name}.log"


class Diary:
    """Lines of JSON: the time of the machine's one monotonic clock, then what happened. With the kernel before `add` returns.

    A thread of this process that ends by an error is noted too.
    """

    def __init__(self, post: Post, name: str) -> None:
        self._file = post.log(name).open("ab", buffering=0)
        # What the library logs belongs to the cell.
        os.dup2(os.open(post.folder / f"{name}.err", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644), 2)
        threading.excepthook = lambda died: self.add("died", died.exc_type.__name__, str(died.exc_value))

    def add(self, *what: object) -> None:
        self._file.write(json.dumps([time.monotonic(), *what]).encode() + b"\n")


@contextmanager
def until_told(post: Post) -> Iterator[threading.Event]:
    """An event that is set when it is time to leave, or by a termination."""
    leave = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: leave.set())

    def watch() -> None:
        while not leave.wait(0.02):
            if post.leave.exists():
                leave.set()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield leave
    finally:
        leave.set()
        thread.join()


def write(post: Post, name: str, seeded: bool) -> None:
    """Calls in `dual`. `seeded` says that its keys are there already. Stays until told, so that its relay works."""
    diary = Diary(post, name)
    with (
        open_dual(cells, post.settings(name), timing=post.place.timing) as runtime,
        until_told(post) as leave,
    ):
        Caller(runtime.repositories["cells"], diary, name, post, seeded=seeded).run()
        leave.wait()
        if not runtime.drain(10.0):
            sys.exit("the queues did not empty")


def write_unaware(post: Post, name: str, seeded: bool) -> None:
    """The same calls on SQL alone, as a worker that still runs the old code. What it meets, SQL alone gives."""
    diary = Diary(post, name)
    with closing(Database.open(post.place.load().need_sql_url())) as database:
        Caller(CellsSQL(database), diary, name, post, seeded=seeded).run()


def relay(post: Post, name: str) -> None:
    """What `dualwrite relay` does."""
    diary = Diary(post, name)
    with closing(Parts.open(cells, post.place.load(), timing=post.place.timing)) as parts:
        working = parts.relay()
        working.start()
        diary.add("started")
        with until_told(post) as leave:
            leave.wait()
        working.close()


def copy(post: Post, name: str) -> None:
    """One backfill after another, from the beginning. What one left half done the next one has to look at, so the last ends well."""
    diary, timing = Diary(post, name), post.place.timing
    through = False
    with closing(Parts.open(cells, post.place.load(), timing=timing)) as parts:
        while not (through and post.calm.exists()):
            through = False
            diary.add("begun")
            try:
                Backfill(
                    parts.sql_store,
                    parts.pb_store,
                    parts.journal,
                    parts.control,
                    owner=parts.owner,
                    patience=Patience(unavailable=0.2, lost=timing.lost_wait),
                    lease_seconds=timing.lease,
                    wait_for_lease=2 * timing.lease,
                    chunk=ChunkSize(most_rows=30),
                ).run([CELL], restart=True)
            except DualwriteError as error:
                diary.add("failed", type(error).__name__, str(error))
            else:
                through = True
                diary.add("done")
            time.sleep(0.02)


def verify(post: Post, name: str) -> None:
    """One verify after another."""
    diary = Diary(post, name)
    with closing(Parts.open(cells, post.place.load(), timing=post.place.timing)) as parts:
        while not post.quiet.exists():
            diary.add("begun")
            try:
                verified = Verify(
                    parts.sql_store,
                    parts.pb_store,
                    parts.journal,
                    parts.control,
                    pause=0.1,
                    chunk=ChunkSize(most_rows=60),
                ).run([CELL])
            except DualwriteError as error:
                diary.add("failed", type(error).__name__, str(error))
            else:
                diary.add("done", verified[0].differing, [str(one) for one in verified[0].named])
            time.sleep(0.02)


@dataclass
class Caller:
    """Writes keys of its own, whose every right answer it knows, and some that all callers share.

    `possible` is what a key may hold: one value, several after a call whose answer never came.
    """

    cells: ICells
    diary: Diary
    name: str
    post: Post
    seeded: bool
    possible: dict[str, list[str | None]] = field(default_factory=dict)
    number: int = 0

    def run(self) -> None:
        """Call until it is quiet."""
        random = Random(f"{self.post.seed}/{self.name}")
        for key in own_keys(self.name):
            self.possible[key] = [first_text(key) if self.seeded else _ABSENT]
        while not self.post.quiet.exists():
            self.number += 1
            text = f"{self.name}/{self.number}"
            if random.random() < 0.2:
                self._share(f"shared-{random.randrange(SHARED)}", text)
            else:
                method = random.choices(("put", "change", "remove", "get"), (4, 3, 1, 2))[0]
                self._call(method, f"{self.name}-{random.randrange(KEYS)}", text)
            time.sleep(PACE)

    def _call(self, method: str, key: str, text: str) -> None:
        before = self.possible[key]
        after = _after(method, before, text)
        self.diary.add("begun", method, key, sorted({*before, *after}, key=str))
        arguments = (key, text) if method in ("put", "change") else (key,)
        outcome, answer = self._asked(getattr(self.cells, method), arguments)
        if outcome == "answered":
            found = [state for state in before if _answer(method, state) == answer]
            if not found:
                outcome = "wrong"
            else:
                after = _after(method, found, text)
        self.possible[key] = {"answered": after, "lost": sorted({*before, *after}, key=str)}.get(
            outcome, before
        )
        said = answer if outcome != "answered" else None
        self.diary.add(outcome, method, key, self.possible[key], said)

    def _share(self, key: str, text: str) -> None:
        self.diary.add("begun", "share", key, [text])
        outcome, answer = self._asked(self.cells.put, (key, text))
        self.diary.add(outcome, "share", key, [text], answer if outcome != "answered" else None)

    def _asked(self, function: Callable[..., Any], arguments: tuple[str, ...]) -> tuple[str, Any]:
        try:
            return "answered", function(*arguments)
        except AnswerLost as error:
            return "lost", repr(error)
        except Exception as error:  # noqa: BLE001 - whatever a caller sees is what this is about
            return "failed", repr(error)


def _after(method: str, before: list[str | None], text: str) -> list[str | None]:
    """What a key may hold after a call."""
    match method:
        case "put":
            return [text]
        case "remove":
            return [_ABSENT]
        case "change":
            return list(dict.fromkeys(_ABSENT if state is _ABSENT else text for state in before))
        case _:
            return before


def _answer(method: str, state: str | None) -> object:
    """The right answer where the key holds this."""
    return {"put": True, "get": state}.get(method, state is not _ABSENT)


def own_keys(name: str) -> list[str]:
    """The keys that nobody else writes."""
    return [f"{name}-{number}" for number in range(KEYS)]


def first_text(key: str) -> str:
    """What a key holds before anybody has written it."""
    return f"first/{key}"
