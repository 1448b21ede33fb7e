"""Concurrent load: the application's calls and, beside them, the raw SQL of a worker that nobody wired."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from threading import Event
from typing import Protocol

from typing_extensions import override

from dualwrite.entity import Key
from dualwrite.ports import Reader
from dualwrite.rehearse.material import Traffic as TrafficProtocol
from dualwrite.rehearse.material import TrafficReport
from repos.interfaces import IFoldersRepo, IGroupsRepo, ITagsRepo
from repos.rehearsal.callers.action import Action
from repos.rehearsal.callers.folders import FolderCalls
from repos.rehearsal.callers.foreign import ForeignWrites
from repos.rehearsal.callers.groups import GroupCalls
from repos.rehearsal.callers.tags import TagCalls
from repos.rehearsal.connection import connected
from repos.rehearsal.ledger import Ledger, lost
from repos.rehearsal.names import drawn_id
from repos.rehearsal.tally import report
from repos.rehearsal.worker import Worker

_USERS_EACH = 5  # of one worker, written by nobody else
_READ_USERS = 200  # of the sample, whose rows every worker reads


class Repos(Protocol):
    """What is called of `repos.connect`'s repositories."""

    @property
    def tags(self) -> ITagsRepo:
        """See the interface."""

    @property
    def folders(self) -> IFoldersRepo:
        """See the interface."""

    @property
    def groups(self) -> IGroupsRepo:
        """See the interface."""


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
        repos: Repos,
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
        others = _sample_users(database)
        ledgers = [Ledger.beside(self._folder) for _ in range(workers)]
        self._ledgers += ledgers
        began = time.monotonic()
        with ExitStack() as stack:
            for ledger in ledgers:
                stack.callback(ledger.close)
            staff = []
            for number, ledger in enumerate(ledgers):
                rng = Random(f"{seed} {self._runs} {number}")  # noqa: S311 — to be repeatable is the purpose
                users = [drawn_id(rng) for _ in range(_USERS_EACH)]
                actions = _actions(repos, rng, ledger, users, others or users)
                if foreign:
                    writes = stack.enter_context(closing(ForeignWrites(database, rng, ledger, users)))
                    actions += writes.actions()
                pause = workers / rate if rate else 0.0
                first = number / rate if rate else 0.0
                staff.append(Worker(actions, rng, every=pause, first=first))
            pool = stack.enter_context(ThreadPoolExecutor(workers, thread_name_prefix="traffic"))
            for thread in [pool.submit(worker.run, stop) for worker in staff]:
                thread.result()
        return report(
            [worker.tally for worker in staff],
            seconds=time.monotonic() - began,
            doubtful=sum(ledger.doubtful for ledger in ledgers),
        )

    @override
    def lost(self, store: Reader) -> list[tuple[str, Key]]:
        return lost(self._ledgers, store)


def _actions(repos: Repos, rng: Random, ledger: Ledger, users: list[str], others: list[str]) -> list[Action]:
    return [
        *TagCalls(repos.tags, rng, ledger, users, others).actions(),
        *FolderCalls(repos.folders, rng, ledger, users, others).actions(),
        *GroupCalls(repos.groups, rng, ledger, users, others).actions(),
    ]


def _sample_users(database: str) -> list[str]:
    with connected(database) as connection:
        rows = connection.rows('SELECT id FROM "user" ORDER BY id LIMIT ?', (_READ_USERS,))
        return [row[0] for row in rows]
