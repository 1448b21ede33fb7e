"""What a rehearsal needs of a domain: a generated database, traffic, and questions to ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dualwrite.entity import Key
from dualwrite.ports import Reader


@dataclass(frozen=True, slots=True)
class Size:
    """How large a generated sample is."""

    users: int = 20
    chats: int = 300


@dataclass(frozen=True, slots=True)
class TrafficReport:
    """What the traffic saw. Latencies are of the callers, in milliseconds."""

    calls: int
    writes: int
    errors: Mapping[str, int] = field(default_factory=dict)  # by class name
    p50_ms: float = 0.0
    p99_ms: float = 0.0


class Material(Protocol):
    """Given by a migration for its rehearsal."""

    def create(
        self, sql_url: str, size: Size, *, seed: int, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Fill an empty database with the domain's schema and deterministic rows. `progress` gets rows done and rows in all."""

    def traffic(
        self,
        repositories: Any,
        sql_url: str,
        *,
        seed: int,
        workers: int,
        rate: float,
        stop: threading.Event,
        acknowledged: Path,
    ) -> TrafficReport:
        """Call the repositories, and write raw SQL as an old process would, until `stop`. `rate` is calls a second in all.

        Every write that was answered is appended to the file `acknowledged` after its answer, so that it outlives a kill.
        """

    def lost(self, acknowledged: Path, store: Reader) -> list[tuple[str, Key]]:
        """Which acknowledged writes a store does not show: entity and key."""

    def questions(self, store: Reader, *, seed: int) -> Iterable[tuple[str, str, tuple[Any, ...]]]:
        """Reads to compare at the end: repository, method, arguments drawn from the rows there are."""
