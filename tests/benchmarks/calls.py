"""What the transitional repository costs a caller: two adapters that do nothing, in `dual`, nothing compared, metrics on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from laboratory import Experiment
from prometheus_client import CollectorRegistry

from dualwrite import open_dual, read
from dualwrite.metrics.prometheus import PrometheusMetrics
from dualwrite.transitional import transitional
from tests.benchmarks.figures import Effort, Values, alternated, ratios
from tests.benchmarks.servers import Databases, prepared
from tests.faults.cells import cells
from tests.fixtures.faults import embedded, go_dual


class IEcho(Protocol):
    """One method."""

    @read()
    def get(self, id: str) -> str: ...


class Echo(IEcho):
    """Gives back what it is given."""

    def get(self, id: str) -> str:
        return id


def proxy_overhead(effort: Effort) -> Values:
    """`added`: microseconds of a call through it beyond the direct one; `of laboratory`: as a share of what its `conduct` adds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        databases = stack.enter_context(Databases("sqlite", folder))
        world, parts = stack.enter_context(prepared(databases.make(), stack.enter_context(embedded())))
        go_dual(parts)
        metrics = PrometheusMetrics(CollectorRegistry())
        runtime = stack.enter_context(open_dual(cells, world.settings(), metrics=metrics))
        echo = Echo()
        through = transitional("echo", IEcho, echo, Echo(), runtime)
        sides = {
            "direct": lambda: echo.get("x"),
            "through": lambda: through.get("x"),
            "laboratory": _laboratory(echo.get),
        }
        taken = alternated(sides, repeats=effort.of(15, 3), rounds=20, calls=2_000)
    ours, theirs = (
        [s - d for s, d in zip(taken[name], taken["direct"], strict=True)]
        for name in ("through", "laboratory")
    )
    return {"added": [seconds * 1e6 for seconds in ours], "of laboratory": ratios(ours, theirs)}


def _laboratory(function: Callable[[str], str]) -> Callable[[], object]:
    def conduct() -> object:
        experiment = Experiment()
        experiment.control(function, args=("x",))
        experiment.candidate(function, args=("x",))
        return experiment.conduct()

    return conduct
