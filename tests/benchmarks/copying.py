"""Backfill and verify beside the ways that others go, and as rows grow: see `tests.benchmarks.ranges`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.benchmarks import ranges
from tests.benchmarks.figures import Effort, Values


def _measured(
    kind: str, job: Callable[..., dict[str, float]], others: tuple[str, ...], effort: Effort
) -> Values:
    rows = effort.of(ranges.ROWS[kind], ranges.ROWS[kind] // 10)
    found = job(kind, rows, effort.of(ranges.REPEATS, 1))
    return {f"over {other}": [found[f"over_{other}"]] for other in others}


backfill_small, backfill_chats = (
    partial(_measured, kind, ranges.backfill, ("batch", "bare")) for kind in ranges.ROWS
)
verify_small, verify_chats = (
    partial(_measured, kind, ranges.verify, ("list", "core")) for kind in ranges.ROWS
)


def scale(effort: Effort) -> Values:
    """Each size and job in a process of its own."""
    sizes = {
        ("small", ""): (1_000, 10_000) if effort.quick else (10_000, 100_000, 1_000_000),
        ("chats", ", 30 KB"): (100, 1_000) if effort.quick else (1_000, 10_000),
    }
    values: dict[str, list[float]] = {}
    for (kind, named), rows in sizes.items():
        found: dict[str, Any] = ranges.scale(kind, rows)
        for job in ("backfill", "verify"):
            values[f"{job}{named}"] = [found[f"{job}_growth"]]
            values[f"{job}{named}: memory"] = [found[f"{job}_rss_growth_mb"]]
    return values
