"""The fault matrix: every fault on every dialect while writers, readers, a relay, backfill and verify are at work.

`python -m tests.faults.matrix` plays it all and writes the table into docs/faults.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from dualwrite.comparisons import load_comparisons
from dualwrite.parts import Parts
from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.sql.names import now, qualified
from tests.faults.cell import TIMING, UNAWARE, Cell, opened, pocketbase
from tests.faults.cells import CELL
from tests.faults.crew import first_text
from tests.faults.databases import Postgres, PostgresServer, Sqlite, SqlSide
from tests.faults.faults import FAULTS, Fault
from tests.fixtures.faults import compared

DIALECTS = ("sqlite", "postgresql")
AFTER = 0.5  # seconds of calls after the fault
SETTLED_WITHIN = 15.0
"""`lost_wait`, a lease, the breaker's rest, and a slow machine."""

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
BEGIN, END = "<!-- the matrix begins -->", "<!-- the matrix ends -->"


@dataclass
class Played:
    """What came of one cell. `found` names everything that is not as it must be, one line each."""

    writes: int = 0
    struck: int = 0
    settled: float = 0.0
    failed: int = 0
    unaware_failed: int = 0
    backfills: int = 0
    verifies: int = 0
    alarms: int = 0
    seconds: float = 0.0
    found: list[str] = field(default_factory=list)


class Servers:
    """A context manager: the servers that all cells share, each started when first asked for."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._pocketbase: EmbeddedPocketBase | None = None
        self._postgres: PostgresServer | None = None
        self._number = 0

    def __enter__(self) -> Servers:
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="dualwrite-matrix-")))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def pocketbase(self) -> EmbeddedPocketBase:
        """A running PocketBase."""
        if self._pocketbase is None:
            self._pocketbase = self._stack.enter_context(pocketbase())
        return self._pocketbase

    def sql(self, dialect: str) -> SqlSide:
        """A new database."""
        self._number += 1
        if dialect == "sqlite":
            (folder := self.folder / f"sql-{self._number}").mkdir()
            return Sqlite(folder)
        if self._postgres is None:
            self._postgres = self._stack.enter_context(PostgresServer())
        return Postgres(self._postgres)


def play(servers: Servers, fault: Fault, dialect: str, seed: int) -> Played:
    """One cell, from empty stores to the checks at its end."""
    begin = time.monotonic()
    played = Played()
    folder = servers.folder / f"cell-{time.monotonic_ns()}"
    with opened(servers.sql(dialect), servers.pocketbase, folder, seed, fault.timing) as cell:
        cell.prepare()
        struck = time.monotonic()
        for number in range(fault.times):
            time.sleep(fault.pause if number else 0.0)
            with fault.strike(cell):
                time.sleep(fault.seconds)
        over = time.monotonic()
        cell.post.calm.touch()
        time.sleep(AFTER)
        cell.post.quiet.touch()
        played.found += _settle(cell, over)
        played.settled = time.monotonic() - over
        played.found += _end(cell)
        played.struck = fault.evidence(cell, struck, over)
        _look(cell, fault, played)
    played.seconds = time.monotonic() - begin
    return played


def _settle(cell: Cell, over: float) -> Iterator[str]:
    """Wait until nobody is at work any more and nothing is owed; nobody helps."""
    parts = cell.world.parts(pb_timeout=10.0, timing=TIMING)
    workers = [
        process for name, process in cell.crew.items() if name.startswith(("backfill", "verify", UNAWARE))
    ]
    while any(process.is_alive() for process in workers) or parts.journal.state():
        if time.monotonic() > over + SETTLED_WITHIN:
            alive = [name for name, process in cell.crew.items() if process in workers and process.is_alive()]
            yield f"not settled after {SETTLED_WITHIN:g} s: at work {alive}, owed {_owed(parts)}"
            return
        time.sleep(0.02)


def _owed(parts: Parts) -> list[tuple[Any, ...]]:
    """Per obligation: key, age in seconds, attempts, the last error, seconds until it is due and until its lease ends."""
    clock, schema = now(parts.database.dialect), parts.database.schema
    query = text(
        f"SELECT key, {clock} - created, attempts, error, not_before - {clock}, lease_until - {clock} "
        f"FROM {qualified(schema, 'dualwrite_obligation')} WHERE paid = 0 ORDER BY seq LIMIT 5"
    )
    with parts.database.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


def _end(cell: Cell) -> Iterator[str]:
    cell.post.leave.touch()
    for name, process in cell.crew.items():
        process.join(15)
        if process.exitcode != 0:
            yield f"{name} ended with {process.exitcode}: {cell.errors(name)}"


def _look(cell: Cell, fault: Fault, played: Played) -> None:
    """Everything that must hold at the end of a cell."""
    parts = cell.world.parts(pb_timeout=10.0, timing=TIMING)
    played.found += unequal(parts)
    played.found += _lost(cell, parts)
    played.found += _wrong(cell, fault, played)
    confirmed = sum(summary.get("confirmed", 0) for summary in load_comparisons(parts.control))
    if confirmed and not fault.shows:
        played.found.append(f"{confirmed} comparisons confirmed a mismatch where there was none")
    for name, event in cell.events():
        if event[1] == "died":
            played.found.append(f"a thread of {name} ended: {event[2:]}")
    for name in cell.names:
        played.backfills += name.startswith("backfill") and cell.count(name, "done")
        if name.startswith("verify"):
            done = [event for _, event in cell.events([name]) if event[1] == "done"]
            played.verifies += len(done)
            alarms = [event[3] for event in done if event[2]]
            played.alarms += len(alarms)
            if alarms and not fault.shows:
                played.found.append(
                    f"{len(alarms)} verifies saw a difference where there was none: {alarms[0][:3]}"
                )
    if not played.backfills:
        played.found.append("no backfill was through")
    if not played.struck:
        played.found.append("the fault struck nothing")


def unequal(parts: Parts) -> Iterator[str]:
    """In which way both stores are not the same, with nothing owed."""
    found = compared(parts)
    if found.differing or found.lagging or found.sql_rows != found.pocketbase_rows:
        yield f"the stores differ: {found}"
    if parts.journal.state():
        yield f"the journal is not empty: {parts.journal.state()}"


def _lost(cell: Cell, parts: Parts) -> Iterator[str]:
    """Acknowledged writes that are not there. Both stores are equal, so SQL's rows stand for both."""
    rows = {key: row["text"] for (key,), row in _all(parts).items()}
    possible: dict[str, list[str | None]] = {}
    shared: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for name in cell.writers():
        begun = 0.0
        for at, what, method, key, states, *_ in cell.calls(name):
            if method == "share":
                if what == "begun":
                    begun = at
                    shared[key].append((at, float("inf"), states[0]))
                elif what == "answered":
                    shared[key][-1] = (begun, at, states[0])
                elif what == "failed":
                    shared[key].pop()
            else:
                possible[key] = states
    for key, states in possible.items():
        if rows.get(key) not in states:
            yield f"{key} holds {rows.get(key)!r} and not one of {states}"
    for key, writes in shared.items():
        answered = [begun for begun, at, _ in writes if at < float("inf")]
        last = [written for _, at, written in writes if at >= max(answered, default=0.0)]
        if rows.get(key) not in last:
            yield f"{key} holds {rows.get(key)!r}, written over by one of {last}"
    for key, held in rows.items():
        if key not in possible and key not in shared and held != first_text(key):
            yield f"{key} holds {held!r}, which nobody wrote"


def _all(parts: Parts) -> Mapping[Any, Any]:
    return {CELL.key_of(row): row for row in parts.sql_store.scan(CELL, limit=100_000)}


def _wrong(cell: Cell, fault: Fault, played: Played) -> Iterator[str]:
    """Answers that were not the right ones, and errors that SQL alone would not have given."""
    for name in cell.writers():
        for _, what, method, key, *rest in cell.calls(name):
            if what == "answered":
                played.writes += method != "get"
            elif what == "wrong":
                yield f"{name}: {method} {key} was answered {rest}"
            elif what in ("failed", "lost"):
                if name.startswith(UNAWARE):
                    played.unaware_failed += 1
                else:
                    played.failed += 1
                if not fault.sql or "PocketBase" in str(rest[-1]):
                    yield f"{name}: {method} {key} failed: {rest[-1]}"
    if played.failed and not played.unaware_failed:
        yield f"{played.failed} calls failed, and none without us"


def table(results: Mapping[str, Mapping[str, Played]]) -> str:
    """The figures in Markdown."""
    lines = [
        "| fault | at its end a person | SQLite: writes, struck, settled after | PostgreSQL: writes, struck, settled after |",
        "|---|---|---|---|",
    ]
    for name, by_dialect in results.items():
        cells = [_figures(by_dialect.get(dialect)) for dialect in DIALECTS]
        lines.append(f"| {name} | {FAULTS[name].person} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def _figures(played: Played | None) -> str:
    if played is None:
        return ""
    if played.found:
        return f"**unequal**: {played.found[0]}"
    return f"{played.writes}, {played.struck}, {played.settled:.1f} s"


def write_page(figures: str) -> None:
    """Put the table between the page's markers."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Play the matrix, or what `--only` names; 0 where every cell ended as it must."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.matrix", description=__doc__)
    parser.add_argument("--only", metavar="TEXT", default="", help="faults whose name holds this text")
    parser.add_argument("--dialect", choices=DIALECTS, action="append", help="one of both")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    chosen = {name: fault for name, fault in FAULTS.items() if given.only in name}
    dialects = given.dialect or DIALECTS
    results: dict[str, dict[str, Played]] = {}
    begin = time.monotonic()
    with Servers() as servers:
        for number, (name, fault) in enumerate(chosen.items()):
            for dialect in dialects:
                played = play(servers, fault, dialect, given.seed)
                results.setdefault(name, {})[dialect] = played
                _say(f"[{number + 1}/{len(chosen)}] {name} on {dialect}", played)
    figures = table(results)
    print(figures)
    bad = sum(bool(played.found) for cells in results.values() for played in cells.values())
    print(
        f"{len(results) * len(dialects)} cells, {bad} not as they must be, {time.monotonic() - begin:.0f} s"
    )
    if len(chosen) == len(FAULTS) and len(dialects) == len(DIALECTS):
        write_page(figures)
    return 1 if bad else 0


def _say(what: str, played: Played) -> None:
    figures = (
        f"{played.writes} writes, struck {played.struck}, settled after {played.settled:.1f} s; "
        f"{played.backfills} backfills, {played.verifies} verifies, {played.failed}+{played.unaware_failed} errors of SQL; "
        f"{played.seconds:.1f} s"
    )
    print(f"{what}: {figures}", *played.found, sep="\n    ", flush=True)


if __name__ == "__main__":
    sys.exit(main())
