"""Every figure that speed is judged by, each a ratio of things measured side by side in one run.

    python -m tests.benchmarks.bench [--only NAME,NAME] [--quick] [--check] [--json build/bench.json]

Prints a table and writes JSON: `machine`, `versions`, `quick`, `seconds`, and `figures`, a list of objects with `bench`, `name`, `what`,
`unit`, `better` (`lower` or `higher`), `goal`, `possible` (null, or what has been shown to be possible instead), `value` (the median), `low` and `high` (the quartiles), `repeats` and `reached`. With
`--check` it exits with 1 where a figure is twice as far off as its goal: so much is no noise.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dualwrite.pocketbase import find_binary
from tests.benchmarks.figures import Bench, Better, Effort, Figure
from tests.benchmarks.suite import SUITE

PACKAGES = ("dualwrite", "sqlalchemy", "psycopg", "pydantic", "httpx", "orjson", "deepdiff", "laboratory")


def main(words: Sequence[str] | None = None, suite: Sequence[Bench] = SUITE) -> int:
    """Measure, print, write; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="names, with commas between them")
    parser.add_argument("--quick", action="store_true", help="fewer repeats of less")
    parser.add_argument(
        "--check", action="store_true", help="fail where a figure is twice as far off as its goal"
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(words)
    wanted = set(filter(None, given.only.split(",")))
    if unknown := wanted - {bench.name for bench in suite}:
        print(
            f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(b.name for b in suite)}",
            file=sys.stderr,
        )
        return 2
    begin = time.monotonic()
    figures = list(measured([b for b in suite if not wanted or b.name in wanted], Effort(quick=given.quick)))
    seconds = time.monotonic() - begin
    show(figures, seconds)
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        report = {
            "machine": machine(),
            "versions": versions(),
            "quick": given.quick,
            "seconds": round(seconds, 1),
            "figures": [asdict(figure) | {"reached": figure.reached} for figure in figures],
        }
        given.json.write_text(json.dumps(report, indent=2) + "\n")
    far = [figure for figure in figures if figure.far_off]
    if given.check:
        for figure in far:
            print(
                f"{figure.bench}, {figure.name}: {figure.value:.3g} {figure.unit}, more than twice as far off as {figure.goal:g}",
                file=sys.stderr,
            )
    return int(given.check and bool(far))


def measured(suite: Sequence[Bench], effort: Effort) -> Iterator[Figure]:
    """The figures of these benchmarks, one benchmark after the other."""
    for bench in suite:
        print(f"{bench.name} …", file=sys.stderr, flush=True)
        values = bench.run(effort)
        yield from (
            Figure.of(bench.name, goal, values[goal.name]) for goal in bench.goals if goal.name in values
        )


def machine() -> dict[str, object]:
    """What it ran on."""
    model = platform.processor()
    if (info := Path("/proc/cpuinfo")).exists():
        names = [
            line.partition(":")[2].strip()
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        model = names[0] if names else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 2),
    }


def versions() -> dict[str, str]:
    """Of what took part."""
    server = subprocess.run([find_binary(), "--version"], capture_output=True, text=True, check=True)
    found = {"python": platform.python_version(), "pocketbase": server.stdout.split()[-1]}
    return found | {name: version(name) for name in PACKAGES}


def show(figures: Sequence[Figure], seconds: float) -> None:
    """A table for people."""
    table = Table(title=f"Medians, and quartiles, of alternating repeats ({seconds:.0f} s)")
    for heading in ("benchmark", "figure", "what", "median", "quartiles", "goal", ""):
        table.add_column(heading, overflow="fold")
    for one in figures:
        sign = "≤" if one.better is Better.LOWER else "≥"
        table.add_row(
            one.bench,
            one.name,
            one.what,
            f"{one.value:.3g} {one.unit}",
            f"{one.low:.3g} to {one.high:.3g}",
            f"{sign} {one.goal:g}",
            "✓" if one.reached else "✗",
        )
    Console(width=160).print(table)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    sys.exit(main())
