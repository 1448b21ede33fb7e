"""What the journal's work costs as it grows, and what stuck keys cost the good ones.

    python -m tests.benchmarks.journal --json build/journal.json

The first table has the median of five calls, in milliseconds, with so many obligations open: after the folds that a relay
makes, on a database that has been analysed. The second pays 100,000 good keys through a real PocketBase, with and without 1,000
keys that it refuses in between: in five parts each, in turn, so that what else the machine does meets both. The processor's
time is the relay's process alone.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from dualwrite.parts import Parts
from dualwrite.phase import Phase, Reads
from dualwrite.sql import Database, SqlControl, SqlJournal
from dualwrite.sql.install import install
from dualwrite.timing import Timing
from tests.benchmarks.servers import DIALECTS, Databases
from tests.faults.cells import CELL
from tests.fixtures.faults import World, embedded, go_dual

SIZES = (1_000, 100_000, 700_000)
CALLS, BATCH, SOME = 5, 100, 50
GOOD, STUCK, PARTS = 100_000, 1_000, 5
OPEN = {
    "sqlite": (
        "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < :n) INSERT INTO dualwrite_obligation "
        "(entity, key) SELECT CASE WHEN i % 3 = 0 THEN 'chat' ELSE 'message' END, "
        "json_array('0f8b5a52-1c4d-4b6e-9a77-' || printf('%012d', i % 50000)) FROM s"
    ),
    "postgresql": (
        "INSERT INTO dualwrite_obligation (entity, key) SELECT CASE WHEN mod(i, 3) = 0 THEN 'chat' ELSE 'message' END, "
        "json_build_array('0f8b5a52-1c4d-4b6e-9a77-' || lpad(mod(i, 50000)::text, 12, '0'))::text "
        "FROM generate_series(1, :n) i"
    ),
}


def main() -> None:
    """Measure, print two tables, and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", choices=DIALECTS, action="append")
    parser.add_argument("--size", type=int, action="append")
    parser.add_argument("--good", type=int, default=GOOD)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    grown: list[dict[str, Any]] = []
    for dialect in given.database or DIALECTS:
        with tempfile.TemporaryDirectory() as folder, Databases(dialect, Path(folder)) as databases:
            grown += [
                {"database": dialect, "open": size} | measured(dialect, databases.make(), size)
                for size in given.size or SIZES
            ]
    show("Milliseconds, by how many obligations are open", grown)
    with tempfile.TemporaryDirectory() as folder, Databases("sqlite", Path(folder)) as databases:
        parts = [
            (amount, paid(databases.make(), given.good // PARTS, amount)) for amount in (0, STUCK) * PARTS
        ]
    stuck = [
        {
            "good keys": given.good,
            "stuck keys": amount,
            "seconds": round(sum(took for other, (took, _) in parts if other == amount), 1),
            "of the processor": round(sum(cpu for other, (_, cpu) in parts if other == amount), 1),
        }
        for amount in (0, STUCK)
    ]
    show("A relay and PocketBase: good keys beside stuck ones (SQLite)", stuck)
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps({"grown": grown, "stuck": stuck}, indent=2) + "\n")


def measured(dialect: str, url: str, size: int) -> dict[str, float]:
    """Each call by name."""
    database = Database.open(url)
    install(database, [CELL], "cells")
    SqlControl(database).change(
        expect=Phase.SQL_ONLY, to=Phase.DUAL, reads=Reads.SQL, actor="benchmark", why="it is measured"
    )
    with database.write() as connection:
        connection.execute(text(OPEN[dialect]), {"n": size})
    journal = SqlJournal(database)
    for _ in range(size // 10_000 + 3):
        journal.fold()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    claimed: list[list[int]] = []

    def claim() -> None:
        found = journal.claim("me", limit=BATCH, lease_seconds=600)
        claimed.append([owed.seq for owed in found])

    figures = {
        "claim 100": of(claim),
        "pay 50": of(lambda: journal.pay(claimed.pop()[:SOME], owner="me"), 2),
        "postpone 50": of(
            lambda: journal.postpone(
                claimed.pop()[:SOME], seconds=60, error="Invalid", stuck=True, owner="me"
            ),
            2,
        ),
        "state()": of(journal.state),
        "stuck()": of(journal.stuck),
        "owed at all?": of(lambda: journal.open_for("nothing of it", ())),
        "owe 1": of(lambda: journal.owe("cell", [("x",)], hold=1.0)),
    }
    database.close()
    return figures


def of(work: Callable[[], Any], calls: int = CALLS) -> float:
    """The median time of a call, in milliseconds."""
    taken = []
    for _ in range(calls):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1e3)
    return round(median(taken), 2)


def paid(url: str, good: int, stuck: int) -> tuple[float, float]:
    """How long a relay takes for the good keys, begun when the stuck ones have been found out and are due again."""
    with ExitStack() as stack:
        server = stack.enter_context(embedded())
        world = World(url, server)
        stack.callback(world.close)
        go_dual(world.prepare())
        parts: Parts = world.parts(timing=Timing(), pb_timeout=10.0)
        with parts.database.write() as connection:
            for number in range(stuck):
                connection.exec_driver_sql(
                    f"INSERT INTO cell VALUES ('stuck-{number}', CAST(x'61eda08062' AS TEXT))"
                )
        relay = parts.relay()
        relay.drain(seconds=60)
        rows = [{"id": f"good-{number}", "text": "a good row"} for number in range(good)]
        with parts.database.write() as connection:
            connection.execute(parts.database.table(CELL).insert(), rows)
            connection.exec_driver_sql(
                "UPDATE dualwrite_obligation SET not_before = NULL, lease_until = NULL"
            )
        begin, cpu = time.perf_counter(), time.process_time()
        while sum(state.open for state in parts.journal.state()) > stuck:
            relay.once()
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
        assert parts.pb_store.count(CELL) == good
        assert sum(state.stuck for state in parts.journal.state()) == stuck
    return seconds, cpu


def show(title: str, rows: list[dict[str, Any]]) -> None:
    """A table for people."""
    table = Table(title=title)
    for heading in rows[0]:
        table.add_column(heading)
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row.values()))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
