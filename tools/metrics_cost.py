"""What the counting of a call costs its caller, in nanoseconds: the least of many short rounds, so that a busy machine disturbs little.

`python tools/metrics_cost.py`; with PROMETHEUS_MULTIPROC_DIR set, as one of several workers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from prometheus_client import CollectorRegistry

from dualwrite.metrics import Metrics, NoMetrics
from dualwrite.metrics.calls import timed
from dualwrite.metrics.catalogue import LATENCY
from dualwrite.metrics.prometheus import PrometheusMetrics

ROUND, ROUNDS = 1000, 2000


def answer(question: int) -> int:
    """A method that does nothing."""
    return question


def nanoseconds(call: Callable[[int], Any]) -> float:
    """A call takes so long."""
    least = float("inf")
    for _ in range(ROUNDS):
        begin = perf_counter()
        for _ in range(ROUND):
            call(1)
        least = min(least, perf_counter() - begin)
    return least / ROUND * 1e9


def cost(metrics: Metrics) -> float:
    """What `timed` adds."""
    return nanoseconds(timed(metrics, "notes", "get", "sql", answer)) - nanoseconds(answer)


def main() -> None:
    """Print it."""
    metrics = PrometheusMetrics(CollectorRegistry())
    plain = nanoseconds(lambda value: metrics.observe(LATENCY, "notes", "all", "sql", value=0.001))
    print(f"counting nothing: {cost(NoMetrics()):.0f} ns a call")
    print(
        f"counted:          {cost(metrics):.0f} ns a call (the client's own histogram alone: {plain:.0f} ns)"
    )


if __name__ == "__main__":
    main()
