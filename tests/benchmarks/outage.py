"""What a caller's write costs in `dual` with PocketBase up, refusing and silent, over `sql_only`: side by side in one run.

    python -m tests.benchmarks.outage --repeats 5 --json build/outage.json

The variants take turns, a few writes each in a drawn order, so that what else the machine does meets all of them alike. The
figures are medians over the repeats of each repeat's p50 and p99, and of their ratio to `sql_only` in that repeat. All
variants run in one process and each on a database of its own; what comes before a breaker has opened is not counted here.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from dualwrite import Runtime, Settings, open_dual
from dualwrite.sql import Database
from tests.benchmarks.figures import quantile
from tests.benchmarks.pacing import Call, paced
from tests.benchmarks.servers import DIALECTS, Databases, closed, prepared, silent
from tests.faults.cells import CellsSQL, cells
from tests.fixtures.faults import embedded, go_dual

PACE = 1 / 200  # seconds between two writes
BLOCK = 10  # writes of one turn
BLOCKS = 40  # turns of a repeat
WARM = 8.0  # seconds: longer than a silent server keeps the first call
BASE = "sql_only"


@dataclass(frozen=True, slots=True)
class Figure:
    """One variant at one pace: medians in milliseconds, and medians of the ratios to `sql_only`."""

    database: str
    pace: str
    variant: str
    p50: float
    p99: float
    p50_ratio: float
    p99_ratio: float


def main() -> None:
    """Measure, print a table, and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--database", choices=DIALECTS, action="append")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    figures = [
        figure
        for dialect in given.database or DIALECTS
        for figure in measured(dialect, given.repeats, given.seed)
    ]
    show(figures)
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")


def measured(dialect: str, repeats: int, seed: int) -> Iterator[Figure]:
    """The figures of one database, at both paces."""
    with tempfile.TemporaryDirectory() as folder, variants(dialect, Path(folder)) as found:
        for pace, seconds in (("200 a second", PACE), ("full speed", 0.0)):
            taken = paced(
                found,
                repeats=repeats,
                pace=seconds,
                calls=BLOCK * BLOCKS,
                blocks=BLOCKS,
                settle=WARM,
                seed=seed,
            )
            yield from figures_of(dialect, pace, taken)


@contextmanager
def variants(dialect: str, folder: Path) -> Iterator[dict[str, Call]]:
    """What is measured by name: a write of one row."""
    with ExitStack() as stack:
        databases = stack.enter_context(Databases(dialect, folder))
        server = stack.enter_context(embedded())
        plain = Database.open(databases.make())
        stack.callback(plain.close)
        found: dict[str, Call] = {"no dualwrite": CellsSQL(plain).put}
        up = {"pb_url": server.url}
        given: dict[str, dict[str, object]] = {
            BASE: up,
            "dual, up": up,
            "dual, up, helper": {**up, "helper": True},
            "dual, refused": {"pb_url": stack.enter_context(closed())},
            "dual, silent": {"pb_url": stack.enter_context(silent())},
        }
        for name, own in given.items():
            world, parts = stack.enter_context(prepared(databases.make(), server))
            if name != BASE:
                go_dual(parts)
            # The settings of every day, but for the one that a benchmark must not wait for at its end.
            settings = {**world.place().settings, "pb_timeout": 10.0, "drain_seconds": 1.0, **own}
            runtime: Runtime = stack.enter_context(open_dual(cells, Settings.load(**settings)))
            found[name] = runtime.repositories["cells"].put
        yield found


def figures_of(database: str, pace: str, blocks: dict[str, list[list[float]]]) -> Iterator[Figure]:
    """Medians over repeats."""
    for name, repeats in blocks.items():
        pairs = list(zip(repeats, blocks[BASE], strict=True))
        yield Figure(
            database,
            pace,
            name,
            median(quantile(one, 0.5) for one in repeats) * 1e3,
            median(quantile(one, 0.99) for one in repeats) * 1e3,
            median(quantile(one, 0.5) / quantile(base, 0.5) for one, base in pairs),
            median(quantile(one, 0.99) / quantile(base, 0.99) for one, base in pairs),
        )


def show(figures: Sequence[Figure]) -> None:
    """A table for people."""
    table = Table(title="A caller's write, medians over the repeats")
    for heading in ("database", "pace", "variant", "p50, ms", "p99, ms", "p50 / sql_only", "p99 / sql_only"):
        table.add_column(heading)
    for one in figures:
        numbers = (f"{one.p50:.3f}", f"{one.p99:.3f}", f"{one.p50_ratio:.2f}", f"{one.p99_ratio:.2f}")
        table.add_row(one.database, one.pace, one.variant, *numbers)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
