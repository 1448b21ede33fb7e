"""Where the time of a caller, of a backfill and of a verify goes, by cProfile, on SQLite and a real PocketBase.

    python -m tests.benchmarks.profiling write|read|backfill|verify [--calls 5000] [--characters 200]

The profiler makes Python functions look dearer than C: shares say where to look, and the benchmarks how much it was.
"""

from __future__ import annotations

import argparse
import cProfile
import logging
import pstats
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from prometheus_client import CollectorRegistry

from dualwrite import Settings, open_dual
from dualwrite.backfill import Backfill
from dualwrite.metrics.prometheus import PrometheusMetrics
from dualwrite.parts import Parts
from dualwrite.verify import Verify
from tests.benchmarks.pacing import KEYS
from tests.benchmarks.servers import Databases, prepared
from tests.faults.cells import CELL, CellsSQL, cells
from tests.fixtures.faults import embedded, go_dual

SHOWN = 18


def main() -> None:
    """Profile one of them and print the functions that took longest by themselves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("write", "read", "backfill", "verify"))
    parser.add_argument("--calls", type=int, default=5_000, help="calls, or rows")
    parser.add_argument("--characters", type=int, default=200, help="of a row")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    with ExitStack() as stack:
        databases = stack.enter_context(
            Databases("sqlite", Path(stack.enter_context(tempfile.TemporaryDirectory())))
        )
        server = stack.enter_context(embedded())
        world, parts = stack.enter_context(prepared(databases.make(), server))
        text = "x" * given.characters
        if given.what in ("backfill", "verify"):
            parts.sql_store.put(CELL, [{"id": f"key-{n}", "text": f"{n} {text}"} for n in range(given.calls)])
            go_dual(parts)
            work = _jobs(parts)
            if given.what == "verify":
                work["backfill"]()
            run = work[given.what]
        else:
            store = CellsSQL(parts.database)
            for number in range(KEYS):
                store.put(f"key-{number}", text)
            go_dual(parts)
            _jobs(parts)["backfill"]()
            settings = {**world.place().settings, "pb_timeout": 10.0, "helper": True, "sample_rate": 1.0}
            metrics = PrometheusMetrics(CollectorRegistry())
            runtime = stack.enter_context(open_dual(cells, Settings.load(**settings), metrics=metrics))
            repository = runtime.repositories["cells"]
            calls = {
                "write": lambda n: repository.put(f"key-{n % KEYS}", f"{n} {text}"),
                "read": lambda n: repository.get(f"key-{n % KEYS}"),
            }
            run = _repeated(calls[given.what], given.calls)
        profile = cProfile.Profile()
        profile.runcall(run)
        pstats.Stats(profile).sort_stats("tottime").print_stats(SHOWN)


def _jobs(parts: Parts) -> Mapping[str, Callable[[], object]]:
    stores = (parts.sql_store, parts.pb_store, parts.journal, parts.control)
    return {
        "backfill": lambda: Backfill(*stores, owner="benchmark").run([CELL], restart=True),
        "verify": lambda: Verify(*stores).run([CELL]),
    }


def _repeated(call: Callable[[int], object], times: int) -> Callable[[], None]:
    def run() -> None:
        for number in range(times):
            call(number)

    return run


if __name__ == "__main__":
    main()
