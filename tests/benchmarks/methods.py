"""Every method that people's traffic calls, on PocketBase over SQLite: 100,000 chats of 1,000 users.

    python -m tests.benchmarks.methods [--chats 100000] [--users 1000] [--table docs/performance-methods.md]

Both sides make the same calls with the arguments that `dualwrite rehearse` draws for its workers, call by call in turn, on the adapters
themselves.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from pydantic import SecretStr

from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.rehearse.material import Size
from repos.connect import Repositories, connect
from repos.entities import ENTITIES, PREFIX
from repos.migration import openwebui
from repos.rehearsal.callers.calls import Caller
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.callers.every import CALLS
from repos.rehearsal.ledger import Ledger
from repos.rehearsal.material import OpenWebUIRehearsal
from repos.rehearsal.sights import Sights
from tests.benchmarks.figures import Effort, Values
from tests.fixtures.copied import copied

CALLS_EACH = 15
SECONDS_EACH = 6.0
"""After so many seconds of one method's calls there are no more of it."""
SEED = 1


@dataclass(frozen=True, slots=True)
class Method:
    """Medians in milliseconds over its calls."""

    name: str
    sqlite: float
    pocketbase: float
    calls: int

    @property
    def ratio(self) -> float:
        """PocketBase's over SQLite's."""
        return self.pocketbase / self.sqlite


def pb_methods(effort: Effort) -> Values:
    """`median` and `most` of the methods' ratios."""
    found = measured(chats=effort.of(100_000, 2_000), users=effort.of(1_000, 50))
    ratios = [method.ratio for method in found]
    return {"median": ratios, "most": [max(ratios)]}


def measured(*, chats: int, users: int) -> list[Method]:
    """Every method, slowest first."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'webui.db'}"
        OpenWebUIRehearsal().create(url, Size(users=users, rows=chats, row_bytes=1_000))
        server = stack.enter_context(EmbeddedPocketBase(hooks=(ENTITIES, PREFIX)))
        copied(url, server)
        given: dict[str, Any] = {
            "pb_url": server.url,
            "pb_identity": server.identity,
            "pb_password": SecretStr(server.password),
        }
        sides = {
            "sqlite": _Side(stack, stack.enter_context(connect("sql", sql_url=url)), url),
            "pocketbase": _Side(
                stack, stack.enter_context(connect("pocketbase", dialect="sqlite", **given)), url
            ),
        }
        return sorted(_alternated(sides), key=lambda method: -method.ratio)


class _Side:
    """One worker on one backend, and how long each of its calls took."""

    def __init__(self, stack: ExitStack, repos: Repositories, url: str) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        timed = Repositories(
            {name: _Timed(getattr(repos, name), name, self.seconds) for name in openwebui.contracts}
        )
        ledger = stack.enter_context(closing(Ledger.beside(None)))
        self.actions = Caller(timed, CALLS, Estate(Random(SEED), ledger, Sights.of(url))).actions()


class _Timed:
    """A repository whose calls are timed."""

    def __init__(self, repository: Any, name: str, seconds: dict[str, list[float]]) -> None:
        self._repository = repository
        self._name = name
        self._seconds = seconds

    def __getattr__(self, method: str) -> Callable[..., Any]:
        function = getattr(self._repository, method)

        def call(*args: Any) -> Any:
            begin = perf_counter()
            try:
                return function(*args)
            finally:
                self._seconds[f"{self._name}.{method}"].append(perf_counter() - begin)

        return call


def _alternated(sides: Mapping[str, _Side]) -> Iterator[Method]:
    numbers = range(len(sides["sqlite"].actions))
    for _ in range(CALLS_EACH):
        for number in numbers:
            kind = sides["sqlite"].actions[number].kind
            if max(sum(side.seconds[kind]) for side in sides.values()) < SECONDS_EACH:
                for side in sides.values():
                    side.actions[number].run()
    for name in sides["sqlite"].seconds:
        sqlite, pocketbase = (side.seconds[name] for side in sides.values())
        if sqlite and pocketbase:
            yield Method(name, median(sqlite) * 1e3, median(pocketbase) * 1e3, len(sqlite))


def main() -> None:
    """Measure, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chats", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument(
        "--table", type=Path, help="a Markdown table into this file; by default it is printed"
    )
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    found = measured(chats=given.chats, users=given.users)
    lines = ["| method | SQLite, ms | PocketBase, ms | ratio |", "|---|---|---|---|"]
    lines += [
        f"| `{one.name}` | {one.sqlite:.2f} | {one.pocketbase:.2f} | {one.ratio:.1f} |" for one in found
    ]
    lines += ["", f"median {median(one.ratio for one in found):.2f}, {len(found)} methods"]
    if given.table:
        given.table.write_text("\n".join(lines) + "\n")
    else:
        print("\n".join(lines))


if __name__ == "__main__":
    main()
