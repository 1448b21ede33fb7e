"""What a caller's read costs in `dual` with every call compared behind it, over the same in `sql_only`."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from prometheus_client import CollectorRegistry

from dualwrite import Settings, open_dual
from dualwrite.backfill import Backfill
from dualwrite.metrics.prometheus import PrometheusMetrics
from dualwrite.pocketbase import EmbeddedPocketBase
from tests.benchmarks.figures import Effort, Values, quantile
from tests.benchmarks.pacing import KEYS, STRETCH, Call, paced
from tests.benchmarks.servers import Databases, prepared
from tests.benchmarks.writing import PACES
from tests.faults.cells import CELL, CellsSQL, cells
from tests.fixtures.faults import embedded, go_dual

SIZES = {"user rows": 200, "chats of 30 KB": 30_000}
Variant = tuple[
    str, float, int, float
]  # name, seconds from call to call, characters of a row, share compared
VARIANTS: Sequence[Variant] = (
    ("50 a second", PACES["50 a second"], SIZES["user rows"], 1.0),
    ("200 a second", PACES["200 a second"], SIZES["user rows"], 1.0),
    ("full speed", 0.0, SIZES["user rows"], 1.0),
    ("full speed, 30 KB", 0.0, SIZES["chats of 30 KB"], 1.0),
    ("full speed, 10 %", 0.0, SIZES["user rows"], 0.1),
)


def read_dual(effort: Effort) -> Values:
    """p50 and p99 of both, in one process with a helper, on SQLite."""
    values: dict[str, list[float]] = {}
    with embedded() as server:
        for name, pace, size, share in VARIANTS:
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                databases = stack.enter_context(Databases("sqlite", folder))
                sides = {
                    "sql_only": _getting(stack, databases.make(), server, size, share, dual=False),
                    "dual": _getting(stack, databases.make(), server, size, share, dual=True),
                }
                calls = effort.of(int(STRETCH / pace) if pace else 5_000, 100)
                taken = paced(
                    sides, repeats=effort.of(6, 3), pace=pace, calls=calls, blocks=1 if pace else 10
                )
            # The ninety-ninth of a hundred calls is one call.
            for what, at in (("p50", 0.5), ("p99", 0.99))[: effort.of(2, 1)]:
                values[f"{name}: {what}"] = [
                    quantile(dual, at) / quantile(base, at)
                    for dual, base in zip(taken["dual"], taken["sql_only"], strict=True)
                ]
    return values


def _getting(
    stack: ExitStack, url: str, server: EmbeddedPocketBase, size: int, share: float, *, dual: bool
) -> Call:
    world, parts = stack.enter_context(prepared(url, server))
    store = CellsSQL(parts.database)
    for number in range(KEYS):
        store.put(f"key-{number}", f"{number} " + "x" * size)
    if dual:
        go_dual(parts)
        copy = Backfill(parts.sql_store, parts.pb_store, parts.journal, parts.control, owner="benchmark")
        copy.run([CELL])
    given = {"pb_timeout": 10.0, "helper": True, "sample_rate": share}
    settings = Settings.load(**{**world.place().settings, **given})
    metrics = PrometheusMetrics(CollectorRegistry())
    runtime = stack.enter_context(open_dual(cells, settings, metrics=metrics))
    get = runtime.repositories["cells"].get
    return lambda key, _: get(key)
