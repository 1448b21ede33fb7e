"""A process that takes part in a migration: the transitional repositories and what works behind them."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any, Self

from typing_extensions import override

from dualwrite.applier import Applier, Job
from dualwrite.backfill import load_place
from dualwrite.metrics import Metrics
from dualwrite.metrics.catalogue import BREAKER
from dualwrite.migration import Migration
from dualwrite.parts import Parts
from dualwrite.payments import Payments
from dualwrite.periodic import Periodic
from dualwrite.phase import ControlState, Phase
from dualwrite.settings import Apply, Settings
from dualwrite.shadow import Question, Sampler
from dualwrite.sql import Database
from dualwrite.switch import end_overdue
from dualwrite.timing import Timing
from dualwrite.transitional import Behind, transitional
from dualwrite.watch import PhaseWatch
from dualwrite.worker import Worker


class Runtime(Behind):
    """Starts with `open_dual`, ends with `close`, or is a context manager. `repositories` maps each contract's name to its transitional repository."""

    def __init__(self, parts: Parts, *, owns_parts: bool = True) -> None:
        settings, metrics = parts.settings, parts.metrics
        sql, pocketbase = parts.adapters()
        self.parts = parts
        self._owns_parts = owns_parts
        self.metrics = metrics
        self.freeze_wait = parts.timing.freeze_wait
        self.give_up = parts.timing.give_up
        self.sampler = Sampler(settings.sample_rate, parts.comparisons)
        self._inline = settings.apply is Apply.INLINE
        self._copied = False
        self._left = False  # closed while a request was under way that nobody waits for
        self._saved = 0
        self._payments = Payments(parts.journal)
        self._applier = Applier(
            pocketbase,
            parts.entities,
            parts.settler(pay=self._payments.add),
            parts.journal,
            breaker=parts.breaker,
            comparisons=parts.comparisons,
            metrics=metrics,
            timing=parts.timing,
            copied=lambda: self._copied,
            leaving=lambda: self._left,
            leave=self._payments.leave,
        )
        self._shadow = parts.shadow(sql, pocketbase)
        self._writes: Worker[Job] = Worker(
            "write",
            self._applier.apply,
            size=settings.queue_size,
            metrics=metrics,
            idle=self._payments.flush,
            hopeless=self._is_down,
            weigh=_bytes,
        )
        self._reads: Worker[Question] = Worker(
            "read",
            self._compare,
            size=settings.queue_size,
            metrics=metrics,
            hopeless=self._is_down,
            weigh=_bytes,
        )
        self._watch = PhaseWatch(parts.control, every=parts.timing.phase_every)
        self._relay = parts.relay() if settings.relay else None
        self._knock = parts.knock()
        self._diary = parts.diary()
        self._housekeeping = Periodic("housekeeping", self._keep_house, every=parts.timing.house_every)
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
        self._watch.start()
        self._housekeeping.turn()
        self._housekeeping.start()
        self._writes.start()
        self._reads.start()
        if self._relay is not None:
            self._relay.start()

    @override
    def state(self) -> ControlState:
        return self._watch.current()

    @override
    def thawed(self) -> None:
        self._watch.wait_while_frozen(self.freeze_wait)

    @override
    def hold(self) -> float | None:
        return None if self.parts.breaker.is_open else self.parts.timing.hold

    @override
    def apply(self, job: Job) -> None:
        if self._inline:
            self._writes.now(job)
            self._payments.flush()
        elif not self._writes.offer(job):
            self._applier.leave(job)

    @override
    def ask(self, question: Question) -> None:
        self._reads.offer(question)

    def _keep_house(self) -> None:
        """What outlives a call: whether there is anything to compare with yet, what the comparisons have come to, the diary,
        and a switch that died."""
        parts = self.parts
        if self._relay is None:
            self._knock.try_for(parts.breaker)
        self.metrics.set(BREAKER, value=float(parts.breaker.is_open))
        self.metrics.publish()
        if self._watch.current().phase is Phase.FROZEN:
            end_overdue(parts.control, parts.owner)
        # Before the backfill is through, an answer that differs proves nothing.
        self._copied = all(load_place(parts.control, entity).done for entity in parts.migration.entities)
        self.sampler.paused = not self._copied
        if parts.comparisons.total != self._saved:
            self._saved = parts.comparisons.total
            parts.comparisons.save(parts.control, parts.owner)
        self._diary.keep()

    def _is_down(self) -> bool:
        return self.parts.breaker.is_open

    def _compare(self, question: Question) -> None:
        self._shadow.ask(question)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def drain(self, seconds: float) -> bool:
        """Wait until nothing waits behind the callers of this process; False where `seconds` were not enough."""
        drained = self._writes.drain(seconds) and self._reads.drain(seconds)
        self._payments.flush()
        self._housekeeping.turn()
        return drained

    def close(self) -> None:
        """Finish what is queued within the drain limit, one for all, and stop. What is left is in the journal; where PocketBase
        is down nothing is waited for."""
        deadline = monotonic() + self.parts.settings.drain_seconds
        if self._relay is not None:
            self._relay.stop()
        # Writes first: what a read would have shown is lost without harm.
        ended = [worker.close(max(deadline - monotonic(), 0.0)) for worker in (self._writes, self._reads)]
        self._left = not all(ended)
        self._payments.flush()
        self._housekeeping.turn()
        self._housekeeping.close()
        if self._relay is not None:
            self._relay.close(1.0 if self._is_down() else max(1.0, deadline - monotonic()))
        self._watch.close()
        if self._owns_parts:
            self.parts.close()


def _bytes(item: Job | Question) -> int:
    return item.bytes


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
