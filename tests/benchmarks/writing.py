"""What a write costs: its obligation in the database, and the whole of `dual` to a caller."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry

from dualwrite import Settings, open_dual
from dualwrite.metrics.catalogue import SHADOW
from dualwrite.metrics.prometheus import PrometheusMetrics
from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.sql import Database
from tests.benchmarks.figures import Effort, Values, alternated, quantile, ratios
from tests.benchmarks.pacing import STRETCH, Call, paced
from tests.benchmarks.servers import Databases, prepared
from tests.faults.cells import cells
from tests.fixtures.faults import embedded, go_dual

TEXT = "what somebody said, " * 25  # half a kilobyte
PACES = {
    "50 a second": 1 / 50,
    "200 a second": 1 / 200,
    "full speed": 0.0,
}  # seconds from one write to the next


def write_sqlite(effort: Effort) -> Values:
    """The trigger's, on a file with a rollback journal, as Open WebUI has it by default."""
    return _obligation("sqlite", effort)


def write_postgres(effort: Effort) -> Values:
    """The same on PostgreSQL."""
    return _obligation("postgresql", effort)


def _obligation(dialect: str, effort: Effort) -> Values:
    """Insert and commit by the driver, with the obligation of `dual` and without triggers."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        databases = stack.enter_context(Databases(dialect, Path(folder), fsync=True))
        server = stack.enter_context(embedded())
        plain, watched = databases.make(), databases.make()
        _, parts = stack.enter_context(prepared(watched, server))
        go_dual(parts)
        sides = {
            "plain": stack.enter_context(_inserting(plain)),
            "owed": stack.enter_context(_inserting(watched)),
        }
        taken = alternated(sides, repeats=effort.of(11, 5), rounds=12, calls=25)
    return {"owed": ratios(taken["owed"], taken["plain"])}


@contextmanager
def _inserting(url: str) -> Iterator[Callable[[], None]]:
    database = Database.open(url)
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        marks = "?, ?" if database.dialect == "sqlite" else "%s, %s"
        statement = f"INSERT INTO cell (id, text) VALUES ({marks})"
        numbers = itertools.count()
        cursor = driver.cursor()

        def insert() -> None:
            cursor.execute(statement, (str(next(numbers)), TEXT))
            driver.commit()

        yield insert
    database.close()


def write_dual(effort: Effort) -> Values:
    """A caller's write, applied behind it by a helper process, over the same in `sql_only`, on SQLite."""
    values: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        databases = stack.enter_context(Databases("sqlite", Path(folder)))
        server = stack.enter_context(embedded())
        metrics = PrometheusMetrics(CollectorRegistry())
        sides = {
            "sql_only": _putting(stack, databases.make(), server, dual=False, metrics=metrics),
            "dual": _putting(stack, databases.make(), server, dual=True, metrics=metrics),
        }
        for pace, seconds in PACES.items():
            writes = effort.of(int(STRETCH / seconds) if seconds else 1_000, 50)
            blocks = 1 if seconds else 10
            taken = paced(sides, repeats=effort.of(6, 3), pace=seconds, calls=writes, blocks=blocks)
            values[pace] = [
                quantile(dual, 0.5) / quantile(base, 0.5)
                for dual, base in zip(taken["dual"], taken["sql_only"], strict=True)
            ]
        labels = {"work": "write", "fate": "shed"}
        values["shed"] = [metrics.registry.get_sample_value(f"{SHADOW.name}", labels) or 0.0]
    return values


def _putting(
    stack: ExitStack, url: str, server: EmbeddedPocketBase, *, dual: bool, metrics: PrometheusMetrics
) -> Call:
    world, parts = stack.enter_context(prepared(url, server))
    if dual:
        go_dual(parts)
    settings = {**world.place().settings, "pb_timeout": 10.0, "helper": True}
    runtime = stack.enter_context(open_dual(cells, Settings.load(**settings), metrics=metrics))
    put: Call = runtime.repositories["cells"].put
    return put
