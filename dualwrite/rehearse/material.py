"""What a migration brings to a rehearsal: a database to rehearse on, and traffic against it.

`dualwrite rehearse` knows no domain; a domain that wants to be rehearsed gives its migration one of these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Protocol

from dualwrite.entity import Key
from dualwrite.ports import Reader

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a generated database is. The same size and seed give the same bytes.

    `chats` is the number of its largest rows, `row_bytes` their mean size; `unrepresentable` of them hold what the
    second store must refuse, by key and path (0: everything can move).
    """

    users: int = 100
    rows: int = 2000
    row_bytes: int = 8000
    seed: int = 1
    unrepresentable: int = 0


@dataclass(frozen=True, slots=True)
class Latency:
    """How long the calls of one kind took, in milliseconds, whether or not they failed."""

    calls: int
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class TrafficReport:
    """What came of some traffic: all calls, those of them that write, failures by the error's class name, latency by kind
    and of all calls together.

    `doubtful` counts writes whose answer never came; nothing can be said of their keys afterwards.
    """

    calls: int
    writes: int
    errors: Mapping[str, int]
    latency: Mapping[str, Latency]
    overall: Latency
    seconds: float
    doubtful: int


class Traffic(Protocol):
    """Concurrent callers that remember what was acknowledged to them."""

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
        """Call until `stop` is set: `rate` calls a second in all, or as fast as it goes for 0. Errors of the called are
        counted, never raised. Can be run again: what was acknowledged before stays on record.

        `repos` has one attribute per repository; `database` is the URL that a foreign writer, one that nobody wired, would
        use. Without `foreign` there is none: after the switch the database refuses all it sends.
        """

    def one_by_one(
        self, repos: Any, database: str, *, seed: int, settle: Callable[[], object]
    ) -> TrafficReport:
        """Call each method that writes once, and `settle` after each, which returns when nothing of it is owed any more.

        Where writes meet, a difference in what they answer proves nothing; here none meets another. What is acknowledged
        is on record as in `run`.
        """

    def lost(self, store: Reader) -> list[tuple[str, Key]]:
        """Entity and key of every acknowledged write that the store does not hold now (a deleted row that is there
        counts too). Empty is the proof; ask once nothing is under way."""


class Rehearsal(Protocol):
    """What `Migration.rehearsal` is."""

    def create(self, database: str, size: Size, *, progress: Progress | None = None) -> Mapping[str, int]:
        """Fill an empty database (URL or file name), tables included; how many rows there are per entity.

        `progress` is told rows done and rows in all.

        Raises:
            ConfigurationError: the database is not empty, or its kind is unknown.
        """

    def traffic(self, folder: Path | None = None) -> Traffic:
        """Traffic that has not begun. What is acknowledged to it is written to that folder at once, and its `lost` judges
        what is there from earlier processes, killed or not: of a write they were killed in nothing can be said."""
