"""A worker of several: counts a little in the folder it shares, says so, and lives until its input ends."""

from __future__ import annotations

import sys

from prometheus_client import CollectorRegistry

from dualwrite.metrics.catalogue import BREAKER, ERRORS, LATENCY, QUEUE, RELAYED, SETTLED
from dualwrite.metrics.prometheus import PrometheusMetrics


def main(number: int) -> None:
    """What is counted depends on the worker's number."""
    metrics = PrometheusMetrics(CollectorRegistry())
    metrics.add(SETTLED, "notes", "writer", "equal", amount=number)
    metrics.add(ERRORS, "notes", "get", "sql", "Conflict")
    metrics.observe(LATENCY, "notes", "get", "sql", value=0.003)
    metrics.observe(LATENCY, "notes", "get", "sql", value=20.0)
    metrics.set(QUEUE, "write", value=number)
    metrics.set(BREAKER, value=float(number == 2))
    metrics.set(RELAYED, value=1000.0 + number)
    print("counted", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
