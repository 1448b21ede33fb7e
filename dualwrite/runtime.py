"""A process that takes part in a migration: the transitional repositories and what works behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from dualwrite.applier import Applier, Job
from dualwrite.metrics import Metrics
from dualwrite.migration import Migration
from dualwrite.parts import Parts
from dualwrite.phase import ControlState
from dualwrite.settings import Apply, Settings
from dualwrite.shadow import Question, Sampler, Shadow
from dualwrite.timing import Timing
from dualwrite.transitional import Behind, transitional
from dualwrite.watch import PhaseWatch
from dualwrite.worker import Worker


class Runtime(Behind):
    """Starts with `open_dual`, ends with `close`. `repositories` maps each contract's name to its transitional repository."""

    def __init__(self, parts: Parts) -> None:
        settings, metrics = parts.settings, parts.metrics
        sql, pocketbase = parts.adapters()
        self.parts = parts
        self.metrics = metrics
        self.freeze_wait = parts.timing.freeze_wait
        self.sampler = Sampler(settings.sample_rate, parts.comparisons)
        self._inline = settings.apply is Apply.INLINE
        self._applier = Applier(
            pocketbase,
            parts.entities,
            parts.settler,
            parts.journal,
            breaker=parts.breaker,
            comparisons=parts.comparisons,
            metrics=metrics,
            timing=parts.timing,
        )
        self._shadow = Shadow(
            sql,
            pocketbase,
            parts.journal,
            tuple(parts.entities),
            breaker=parts.breaker,
            comparisons=parts.comparisons,
            metrics=metrics,
        )
        self._writes: Worker[Job] = Worker(
            "write", self._applier.apply, size=settings.queue_size, metrics=metrics
        )
        self._reads: Worker[Question] = Worker(
            "read", self._compare, size=settings.queue_size, metrics=metrics
        )
        self._watch = PhaseWatch(parts.control, every=parts.timing.phase_every, metrics=metrics)
        self._relay = parts.relay() if settings.relay else None
        self.repositories: Mapping[str, Any] = {
            name: transitional(name, contract, sql[name], pocketbase[name], self)
            for name, contract in parts.migration.contracts.items()
        }

    def start(self) -> None:
        """Read the phase and begin to work in the background."""
        self._watch.start()
        self._writes.start()
        self._reads.start()
        if self._relay is not None:
            self._relay.start()

    @override
    def state(self) -> ControlState:
        return self._watch.current()

    @override
    def thawed(self) -> ControlState:
        return self._watch.wait_while_frozen(self.freeze_wait)

    @override
    def apply(self, job: Job) -> None:
        if self._inline:
            self._writes.now(job)
        else:
            self._writes.offer(job)

    @override
    def ask(self, question: Question) -> None:
        self._reads.offer(question)

    def _compare(self, question: Question) -> None:
        self._shadow.ask(question)

    def drain(self, seconds: float) -> bool:
        """Wait until nothing waits behind the callers of this process; False where `seconds` were not enough."""
        return self._writes.drain(seconds) and self._reads.drain(seconds)

    def close(self) -> None:
        """Finish what is queued within the drain limit and stop. What is left is in the journal."""
        self._reads.close(self.parts.settings.drain_seconds)
        self._writes.close(self.parts.settings.drain_seconds)
        if self._relay is not None:
            self._relay.close()
        self._watch.close()
        self.parts.close()


def open_dual(
    migration: Migration,
    settings: Settings,
    *,
    metrics: Metrics | None = None,
    timing: Timing | None = None,
    looks: bool = True,
) -> Runtime:
    """The transitional form of a migration in this process, started.

    Raises:
        ConfigurationError: a setting is missing, or `dualwrite init` has not run.
    """
    parts = Parts.open(migration, settings, metrics=metrics, timing=timing, looks=looks)
    try:
        runtime = Runtime(parts)
        runtime.start()
    except BaseException:
        parts.close()
        raise
    return runtime
