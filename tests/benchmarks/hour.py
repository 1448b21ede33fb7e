"""An hour without PocketBase at 200 writes a second, as fast as SQL takes them; then PocketBase is back, and the relay catches up.

    python -m tests.benchmarks.hour --database sqlite --json build/hour.json

Real writers, a real database, a real PocketBase that is stopped and started. The first and the last minutes are written call by
call through the transitional repository of a process; those between by a worker that knows nothing of it, 200 rows a
transaction (`--measured 30` has all of them written call by call). Of every twenty writes one more goes to a twin in `sql_only`, so that what else the machine does is seen in both. A *minute* is
12,000 writes. `TMPDIR` says where the databases are.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
import threading
import time
from array import array
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from dualwrite import Runtime, Settings, open_dual
from dualwrite.backstage import Threads
from tests.benchmarks.figures import quantile
from tests.benchmarks.servers import DIALECTS, Databases
from tests.faults.cells import cells
from tests.fixtures.faults import World, assert_equal, embedded, go_dual

MINUTE = 12_000  # writes
HOUR = 60 * MINUTE
KEYS = 20_000
TWIN_EVERY = 20
MEASURED = 2
SECOND = 200  # writes
QUIET_PACE = 0.02  # seconds between two writes while the relay catches up
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute's writes in milliseconds, and what the process and the journal had come to at its end."""

    number: int
    p50: float
    p99: float
    twin_p50: float
    seconds: float
    rss: float  # megabytes
    deepest: int
    threads: int
    state_ms: float
    """How long a look at the journal's state took."""


@dataclass(slots=True)
class Hour:
    """The whole of it."""

    database: str
    writes: int = 0
    minutes: list[Minute] = field(default_factory=list)
    owed: int = 0
    keys: int = 0
    caught_up: float = 0.0  # seconds
    settled_keys: int = 0
    rss_caught_up: float = 0.0
    rss_peak: float = 0.0
    p50_meanwhile: float = 0.0
    twin_p50_meanwhile: float = 0.0

    @property
    def growth(self) -> float:
        """Megabytes from the end of the first minute to the end of the last."""
        return self.minutes[-1].rss - self.minutes[0].rss

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"growth": self.growth}


def main() -> None:
    """Run, print a table, and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", choices=DIALECTS, action="append")
    parser.add_argument("--writes", type=int, default=HOUR)
    parser.add_argument("--measured", type=int, default=MEASURED, help="minutes at either end, call by call")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    found = []
    for dialect in given.database or DIALECTS:
        with tempfile.TemporaryDirectory() as folder:
            found.append(hour(dialect, Path(folder), given.writes, measured=given.measured))
        show(found[-1])
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps([one.document() for one in found], indent=2) + "\n")


def hour(
    dialect: str,
    folder: Path,
    writes: int = HOUR,
    *,
    minute: int = MINUTE,
    keys: int = KEYS,
    measured: int = MEASURED,
) -> Hour:
    """Write that often without PocketBase, then let it catch up. Raises `AssertionError` where the stores differ at the end."""
    done = Hour(dialect, writes)
    with ExitStack() as stack:
        databases = stack.enter_context(Databases(dialect, folder))
        server = stack.enter_context(embedded())
        world, twin = World(databases.make(), server), World(databases.make(), server)
        stack.callback(world.close)
        stack.callback(twin.close)
        go_dual(world.prepare())
        twin.prepare()
        # The settings of every day: nothing is shortened.
        settings = Settings.load(**{**world.place().settings, "pb_timeout": 10.0})
        plain = stack.enter_context(twin.runtime()).repositories["cells"]
        runtime = stack.enter_context(open_dual(cells, settings))
        repository = runtime.repositories["cells"]
        repository.put("before", "the outage")
        server.stop()
        random = Random(1)
        minutes = -(-writes // minute)
        for number in range(minutes):
            some = min(minute, writes - number * minute)
            if measured <= number < minutes - measured:
                _unaware(runtime, random, some, keys)
            else:
                done.minutes.append(_minute(runtime, repository, plain, random, number + 1, some, keys))
        done.owed = sum(state.open for state in runtime.parts.journal.state())
        done.keys = world.parts().sql_store.count(cells.entities[0])
        server.start()
        _catch_up(runtime, repository, plain, done)
        done.rss_caught_up, done.rss_peak = _rss(), _peak()
        runtime.drain(10.0)
        assert_equal(world.parts(pb_timeout=10.0))
    return done


def _unaware(runtime: Runtime, random: Random, writes: int, keys: int) -> None:
    """Written as by a worker that still runs the old code: the triggers see to it."""
    database = runtime.parts.database
    upsert = text(
        "INSERT INTO cell (id, text) VALUES (:id, :text) ON CONFLICT (id) DO UPDATE SET text = excluded.text"
    )
    for _ in range(0, writes, SECOND):
        rows = [{"id": f"key-{random.randrange(keys)}", "text": str(time.time_ns())} for _ in range(SECOND)]
        with database.write() as connection:
            connection.execute(upsert, rows)


def _minute(
    runtime: Runtime, dual: Any, plain: Any, random: Random, number: int, writes: int, keys: int
) -> Minute:
    taken, beside = array("d"), array("d")
    threads = runtime.backstage
    assert isinstance(threads, Threads)
    deepest, begin = 0, time.perf_counter()
    for turn in range(writes):
        key = f"key-{random.randrange(keys)}"
        taken.append(_put(dual, key))
        deepest = max(deepest, threads.depth)
        if turn % TWIN_EVERY == 0:
            beside.append(_put(plain, key))
    seconds = time.perf_counter() - begin
    looked = time.perf_counter()
    runtime.parts.journal.state()
    looked = time.perf_counter() - looked
    return Minute(
        number,
        *(quantile(taken, 0.5) * 1e3, quantile(taken, 0.99) * 1e3, quantile(beside, 0.5) * 1e3, seconds),
        *(_rss(), deepest, threading.active_count(), looked * 1e3),
    )


def _put(repository: Any, key: str) -> float:
    value = str(time.time_ns())
    begin = time.perf_counter()
    repository.put(key, value)
    return time.perf_counter() - begin


def _catch_up(runtime: Runtime, repository: Any, plain: Any, done: Hour) -> None:
    """Until nothing is owed, beside a caller who goes on."""
    begin = time.perf_counter()
    taken, beside, over = array("d"), array("d"), threading.Event()

    def call() -> None:
        while not over.wait(QUIET_PACE):
            taken.append(_put(repository, "meanwhile"))
            beside.append(_put(plain, "meanwhile"))

    caller = threading.Thread(target=call)
    caller.start()
    try:
        while sum(state.open for state in runtime.parts.journal.state()) > 5:
            assert time.perf_counter() - begin < 3600
            time.sleep(0.2)
        done.caught_up = time.perf_counter() - begin
    finally:
        over.set()
        caller.join()
    done.p50_meanwhile = quantile(taken, 0.5) * 1e3
    done.twin_p50_meanwhile = quantile(beside, 0.5) * 1e3
    while runtime.parts.journal.state():
        time.sleep(0.05)


def _rss() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / MEGABYTE


def _peak() -> float:
    (line,) = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) * 1024 / MEGABYTE


def show(done: Hour) -> None:
    """A table for people."""
    table = Table(title=f"{done.database}: {done.writes:,} writes without PocketBase")
    for heading in (
        "minute",
        "p50, ms",
        "p99, ms",
        "sql_only p50, ms",
        "ratio",
        "RSS, MB",
        "queue",
        "state(), ms",
    ):
        table.add_column(heading)
    for one in done.minutes:
        table.add_row(
            *(str(one.number), f"{one.p50:.3f}", f"{one.p99:.2f}", f"{one.twin_p50:.3f}"),
            *(f"{one.p50 / one.twin_p50:.2f}", f"{one.rss:.1f}", str(one.deepest), f"{one.state_ms:.1f}"),
        )
    console = Console(width=120)
    console.print(table)
    console.print(
        f"{done.owed:,} obligations for {done.keys:,} keys; caught up in {done.caught_up:.1f} s, "
        f"{done.owed / done.caught_up:,.0f} obligations a second; meanwhile p50 {done.p50_meanwhile:.3f} ms, "
        f"sql_only {done.twin_p50_meanwhile:.3f} ms. RSS grew by {done.growth:.1f} MB in the outage, "
        f"{done.rss_caught_up:.1f} MB after it, {done.rss_peak:.1f} MB at most."
    )


if __name__ == "__main__":
    main()
