"""Concurrent load: the application's calls and, beside them, the raw SQL of a worker that nobody wired."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

from typing_extensions import override

from dualwrite.entity import Key
from dualwrite.ports import Reader
from dualwrite.rehearse.material import Traffic as TrafficProtocol
from dualwrite.rehearse.material import TrafficReport
from repos.rehearsal.callers.action import Action
from repos.rehearsal.callers.calls import Caller
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.callers.every import CALLS
from repos.rehearsal.callers.foreign import ForeignWrites
from repos.rehearsal.ledger import Ledger, lost
from repos.rehearsal.sights import Sights
from repos.rehearsal.tally import report
from repos.rehearsal.worker import Worker

STOCK = "sql.stock"


class Traffic(TrafficProtocol):
    """Traffic on Open WebUI's tables. Each worker's choices depend on the seed, its number and the run's alone.

    With a folder what was acknowledged outlives the process, and what earlier ones were told there is judged too.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        told = sorted(folder.glob("*.jsonl")) if folder else []
        self._ledgers = [Ledger.load(path) for path in told]
        self._runs = 0

    @override
    def run(
        self,
        repos: Any,
        database: str,
        *,
        seed: int,
        workers: int,
        rate: float,
        stop: Event,
        foreign: bool = True,
    ) -> TrafficReport:
        """See the protocol. Two runs on one database need two seeds, unless one object makes both."""
        self._runs += 1
        sights = Sights.of(database)
        ledgers = [Ledger.beside(self._folder) for _ in range(workers)]
        self._ledgers += ledgers
        began = time.monotonic()
        with ExitStack() as stack:
            for ledger in ledgers:
                stack.callback(ledger.close)
            staff = []
            for number, ledger in enumerate(ledgers):
                rng = Random(f"{seed} {self._runs} {number}")  # noqa: S311 — to be repeatable is the purpose
                estate = Estate(rng, ledger, sights)
                actions, opening = Caller(repos, CALLS, estate).actions(), []
                if foreign:
                    writes = stack.enter_context(closing(ForeignWrites(database, estate)))
                    opening.append(Action(0, STOCK, True, writes.stock))
                    actions += writes.actions()
                pause = workers / rate if rate else 0.0
                first = number / rate if rate else 0.0
                turn = number * len(actions) // workers
                staff.append(Worker(actions, rng, every=pause, first=first, turn=turn, opening=opening))
            pool = stack.enter_context(ThreadPoolExecutor(workers, thread_name_prefix="traffic"))
            for thread in [pool.submit(worker.run, stop) for worker in staff]:
                thread.result()
        return report(
            [worker.tally for worker in staff],
            seconds=time.monotonic() - began,
            doubtful=sum(ledger.doubtful for ledger in ledgers),
        )

    @override
    def one_by_one(
        self, repos: Any, database: str, *, seed: int, settle: Callable[[], object]
    ) -> TrafficReport:
        self._runs += 1
        began = time.monotonic()
        rng = Random(f"{seed} {self._runs} one by one")  # noqa: S311 — to be repeatable is the purpose
        with closing(Ledger.beside(self._folder)) as ledger:
            self._ledgers.append(ledger)
            estate = Estate(rng, ledger, Sights.of(database))
            with closing(ForeignWrites(database, estate)) as foreign:
                opening = [Action(0, STOCK, True, foreign.stock)]
                writes = [each for each in Caller(repos, CALLS, estate).actions() if each.write]
                worker = Worker([*opening, *writes], rng, every=0, first=0)
                for action in [*opening, *writes]:
                    worker.make(action)
                    settle()
        return report([worker.tally], seconds=time.monotonic() - began, doubtful=ledger.doubtful)

    @override
    def lost(self, store: Reader) -> list[tuple[str, Key]]:
        return lost(self._ledgers, store)
