"""Notes in `dual` between a real PocketBase and SQLite, counted, and a run in which everything happens once."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry
from typing_extensions import override

from dualwrite import Runtime, Settings
from dualwrite.backfill import Backfill
from dualwrite.chunks import ChunkSize
from dualwrite.errors import Conflict, DualwriteError
from dualwrite.gate import save_verified
from dualwrite.metrics.exposition import exposition, text
from dualwrite.metrics.prometheus import PrometheusMetrics
from dualwrite.parts import Parts
from dualwrite.phase import Phase, Reads
from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.progress import Quiet
from dualwrite.setup import initialise
from dualwrite.switch import Pause
from dualwrite.timing import Timing
from dualwrite.verify import Verify
from dualwrite.waivers import Waiver, save_waiver
from tests.fixtures.pocketbase import NEWEST, pocketbase_binary
from tests.metrics.domain import NOTE, TABLE, Wrong, migration, right

TIMING = Timing(start_within=1.0, give_up=1.5, lease=6.0, lost_wait=2.0, relay_every=0.1, house_every=0.2)
SECRET = "the-text-of-a-note-7f3a"
"""In every row: nothing that is exported may hold it."""


@dataclass
class Stage:
    """A migration at work, and what a scrape of it shows."""

    server: EmbeddedPocketBase
    parts: Parts
    runtime: Runtime
    registry: CollectorRegistry

    @property
    def text(self) -> str:
        """A scrape that sees everything up to now."""
        time.sleep(1.1)
        return text(self.registry)


@contextmanager
def staged(folder: Path, wrong: Wrong = right, *, rows: int = 5) -> Iterator[Stage]:
    """In `dual`, nothing copied yet, with so many notes from before."""
    file = folder / "notes.db"
    with closing(sqlite3.connect(file)) as driver:
        driver.execute(TABLE)
        driver.executemany("INSERT INTO note VALUES (?, ?)", [(f"old{n}", SECRET) for n in range(rows)])
        driver.commit()
    notes = migration(wrong)
    hooks = ((NOTE,), notes.prefix)
    with EmbeddedPocketBase(folder / "pb", binary=pocketbase_binary(NEWEST), hooks=hooks) as server:
        settings = Settings.load(
            sql_url=f"sqlite:///{file}",
            pb_url=server.url,
            pb_identity=server.identity,
            pb_password=server.password,
            sample_rate=1.0,
            pb_timeout=1.0,
        )
        metrics = PrometheusMetrics(CollectorRegistry())
        parts = Parts.open(notes, settings, metrics=metrics, timing=TIMING)
        try:
            list(initialise(parts))
            parts.control.change(
                expect=Phase.SQL_ONLY, to=Phase.DUAL, reads=Reads.SQL, actor="test", why="a known run"
            )
            with Runtime.sharing(parts) as runtime:
                yield Stage(server, parts, runtime, exposition(parts))
        finally:
            parts.close()


def copy(stage: Stage) -> None:
    """The backfill, and whoever takes part knows of it."""
    parts = stage.parts
    Backfill(
        parts.sql_store, parts.pb_store, parts.journal, parts.control, owner="test", metrics=parts.metrics
    ).run([NOTE])
    stage.runtime.drain(5.0)


def verify(stage: Stage, *, repair: bool = False) -> None:
    """A full verify, kept for the gate."""
    begun = datetime.now(UTC)
    results = stage.parts.verify().run([NOTE], repair=repair)
    save_verified(stage.parts.control, results, begun=begun)


def known_run(stage: Stage) -> None:
    """Three notes added, one of them again, each read; an outage; a repair; a switch called off, one done, and the way back."""
    notes, parts, runtime = stage.runtime.repositories["notes"], stage.parts, stage.runtime
    copy(stage)
    for n in range(3):
        notes.add(f"n{n}", SECRET)
    with suppress(Conflict):
        notes.add("n0", SECRET)
    runtime.drain(5.0)
    for n in range(3):
        notes.get(f"n{n}")
    runtime.drain(5.0)
    outage(stage)
    with sqlite3.connect(parts.settings.need_sql_url().removeprefix("sqlite:///")) as driver:
        driver.execute("INSERT INTO note VALUES ('foreign', ?)", (SECRET,))
    driver.close()
    parts.relay().drain(seconds=10.0)
    parts.pb_store.delete(NOTE, [("n1",)])
    verify(stage, repair=True)
    verify(stage)
    save_waiver(parts.control, Waiver.now("comparisons", who="test", reason="a known run"))
    there_and_back(stage)
    verify(stage)
    die_in_the_middle(stage)


def outage(stage: Stage) -> None:
    """PocketBase is gone for as long as the breaker needs to notice, and somebody writes meanwhile."""
    notes, runtime = stage.runtime.repositories["notes"], stage.runtime
    stage.server.kill()
    for n in range(6):
        notes.get(f"n{n}")
    notes.edit("n2", f"{SECRET} again")
    runtime.drain(20.0)
    stage.server.start()
    deadline = time.monotonic() + 20.0
    while stage.parts.breaker.is_open and time.monotonic() < deadline:
        notes.get("n0")
        runtime.drain(5.0)
        time.sleep(0.1)


class _Killed(BaseException):
    """Nothing contains it."""


class _Killer(Quiet):
    """Lets a job do one step, and keeps it busy for long enough to be noted."""

    def __init__(self) -> None:
        self._steps = 0

    @override
    def advance(self, rows: float) -> None:
        self._steps += 1
        if self._steps > 1:
            raise _Killed
        time.sleep(1.1)


def die_in_the_middle(stage: Stage) -> None:
    """A verify that was killed: for a while its rate is known, and the time it would have taken."""
    parts = stage.parts
    job = Verify(parts.sql_store, parts.pb_store, parts.journal, parts.control, chunk=ChunkSize(most_rows=2))
    with suppress(_Killed):
        job.run([NOTE], _Killer())


def there_and_back(stage: Stage) -> None:
    """A cutover that fails, one that does not, and a rollback."""
    parts = stage.parts
    switch = parts.switch(actor="test", deadline=20.0)
    work = parts.cutover()

    class Failing(type(work)):  # type: ignore[misc]
        def finish(self, pause: Pause, epoch: int) -> int:
            raise DualwriteError("it does not go on")

    failing = Failing.__new__(Failing)
    failing.__dict__.update(work.__dict__)
    with suppress(DualwriteError):
        switch.run(failing)
    switch.run(work)
    switch.run(parts.rollback(deadline=20.0))
