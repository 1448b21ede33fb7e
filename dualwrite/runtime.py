"""A process that takes part in a migration: the transitional repositories and what works behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from typing_extensions import override

from dualwrite.applier import Job
from dualwrite.backstage import Backstage, Threads
from dualwrite.helper import Helper
from dualwrite.metrics import Metrics
from dualwrite.migration import Migration
from dualwrite.parts import Parts
from dualwrite.settings import Settings
from dualwrite.shadow import Question
from dualwrite.sql import Database
from dualwrite.timing import Timing
from dualwrite.transitional import Behind, transitional
from dualwrite.watch import PhaseWatch


class Runtime(Behind):
    """Starts with `open_dual`, ends with `close`, or is a context manager. `repositories` maps each contract's name to its transitional repository."""

    def __init__(self, parts: Parts, *, owns_parts: bool = True) -> None:
        sql, pocketbase = parts.adapters()
        self.parts = parts
        self._owns_parts = owns_parts
        self.metrics = parts.metrics
        self.freeze_wait = parts.timing.freeze_wait
        self.give_up = parts.timing.give_up
        self.backstage: Backstage = (
            Helper(parts) if parts.settings.helper else Threads(parts, sql, pocketbase)
        )
        self.sampler = self.backstage.sampler
        self.keeper = self.backstage.keeper
        self.watch = PhaseWatch(parts.control, every=parts.timing.phase_every)
        self.repositories: Mapping[str, Any] = {
            name: transitional(name, contract, sql[name], pocketbase[name], self)
            for name, contract in parts.migration.contracts.items()
        }

    @classmethod
    def sharing(cls, parts: Parts) -> Self:
        """Started on parts that somebody else closes."""
        runtime = cls(parts, owns_parts=False)
        runtime.start()
        return runtime

    def start(self) -> None:
        """Read the phase and begin to work in the background."""
        self.watch.start()
        self.backstage.start()

    @override
    def thawed(self) -> None:
        self.watch.wait_while_frozen(self.freeze_wait)

    @override
    def hold(self) -> float | None:
        return None if self.backstage.is_down() else self.parts.timing.hold

    @override
    def apply(self, job: Job) -> None:
        self.backstage.apply(job)

    @override
    def ask(self, question: Question) -> None:
        self.backstage.ask(question)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def drain(self, seconds: float) -> bool:
        """Wait until nothing waits behind the callers of this process; False where `seconds` were not enough."""
        return self.backstage.drain(seconds)

    def close(self) -> None:
        """Finish what is queued within the drain limit, and stop. What is left is in the journal; where PocketBase is down
        nothing is waited for."""
        self.backstage.close()
        self.watch.close()
        if self._owns_parts:
            self.parts.close()


def open_dual(
    migration: Migration,
    settings: Settings,
    *,
    metrics: Metrics | None = None,
    timing: Timing | None = None,
    looks: bool = True,
    database: Database | None = None,
) -> Runtime:
    """The transitional form of a migration in this process, started. `database` is by default the one of the settings.

    Raises:
        ConfigurationError: a setting is missing, or `dualwrite init` has not run.
    """
    parts = Parts.open(migration, settings, metrics=metrics, timing=timing, looks=looks, database=database)
    try:
        runtime = Runtime(parts)
        runtime.start()
    except BaseException:
        parts.close()
        raise
    return runtime
