"""What works behind the callers of one process: the second half of writes, the comparing of reads, the relay, and housekeeping.

`Threads` does it in threads of this process, `dualwrite.helper` in a process of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any, Protocol

from typing_extensions import override

from dualwrite.applier import Applier, Job
from dualwrite.kept import Keeper
from dualwrite.metrics.catalogue import BREAKER
from dualwrite.parts import Parts
from dualwrite.payments import PAY_EVERY, Payments
from dualwrite.periodic import Periodic
from dualwrite.phase import Phase
from dualwrite.places import load_copying
from dualwrite.sampler import Sampler, pressure_of
from dualwrite.settings import Apply
from dualwrite.shadow import Question
from dualwrite.switch import end_overdue
from dualwrite.worker import Worker, each

WRITE_WINDOW = 0.05
"""Seconds that the first write after a rest waits for others."""
READ_WINDOW = 0.15
"""The same for reads, and longer: what was written before them is in PocketBase by then, and need not be asked about twice."""

TOGETHER = 32
"""Reads that PocketBase is asked about at a time."""


class Backstage(Protocol):
    """What a `Runtime` hands its work to. No method waits for PocketBase, but `drain`, `close`, and `apply` where it is told to."""

    sampler: Sampler
    keeper: Keeper

    def start(self) -> None:
        """Begin to work. Raises `ConfigurationError` where it cannot."""

    def is_down(self) -> bool:
        """Whether nothing is to be handed on now, since PocketBase is given a rest or nobody is there who would do it."""

    def apply(self, job: Job) -> None:
        """Take a committed write further. Never raises."""

    def ask(self, question: Question) -> None:
        """Take a read further. Never raises."""

    def drain(self, seconds: float) -> bool:
        """Wait until nothing is left to do; False where `seconds` were not enough."""

    def close(self) -> None:
        """Finish what is queued within the drain limit, one for all, and stop. What is left is in the journal; where PocketBase
        is down nothing is waited for."""


class Threads(Backstage):
    """In threads of this process, on these parts."""

    def __init__(self, parts: Parts, sql: Mapping[str, Any], pocketbase: Mapping[str, Any]) -> None:
        settings, metrics = parts.settings, parts.metrics
        self.parts = parts
        self.sampler = Sampler(
            settings.sample_rate, parts.comparisons.count, metrics=metrics, pressure=lambda: self.pressure
        )
        self.keeper = Keeper()
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
            self._payments,
            breaker=parts.breaker,
            comparisons=parts.comparisons,
            metrics=metrics,
            timing=parts.timing,
            copied=lambda: self._copied,
            leaving=lambda: self._left,
        )
        self._shadow = parts.shadow(sql, pocketbase)
        self._writes: Worker[Job] = Worker(
            "write",
            each(self._applier.apply),
            size=settings.queue_size,
            metrics=metrics,
            window=WRITE_WINDOW,
            hopeless=self.is_down,
            weigh=_bytes,
        )
        self._reads: Worker[Question] = Worker(
            "read",
            self._shadow.ask_all,
            most=TOGETHER,
            size=settings.queue_size,
            metrics=metrics,
            window=READ_WINDOW,
            share=settings.compare_share,
            threads=settings.compare_threads,
            hopeless=self.is_down,
            weigh=_bytes,
        )
        self._relay = parts.relay() if settings.relay else None
        self._knock = parts.knock()
        self._diary = parts.diary()
        self._paying = Periodic("payments", self._payments.flush, every=PAY_EVERY)
        self._housekeeping = Periodic("housekeeping", self._keep_house, every=parts.timing.house_every)

    @override
    def start(self) -> None:
        self._housekeeping.turn()
        self._housekeeping.start()
        self._paying.start()
        self._writes.start()
        self._reads.start()
        if self._relay is not None:
            self._relay.start()

    @override
    def is_down(self) -> bool:
        return self.parts.breaker.is_open

    @override
    def apply(self, job: Job) -> None:
        if self._inline:
            self._writes.now(job)
            self._paying.turn()
        elif not self._writes.offer(job):
            self._applier.leave(job)

    @override
    def ask(self, question: Question) -> None:
        self._reads.offer(question)

    @property
    def pressure(self) -> float:
        """Of the reads' queue, 0 to 1."""
        return pressure_of(self._reads.fullness)

    @property
    def depth(self) -> int:
        """How many writes wait or are being handled."""
        return self._writes.depth

    def _keep_house(self) -> None:
        """What outlives a call: whether there is anything to compare with yet, what the comparisons have come to, the diary,
        and a switch that died."""
        parts = self.parts
        if self._relay is None:
            self._knock.try_for(parts.breaker)
        parts.metrics.set(BREAKER, value=float(parts.breaker.is_open))
        parts.metrics.publish()
        if parts.control.read().phase is Phase.FROZEN:
            end_overdue(parts.control, parts.owner)
        # Before the backfill is through, an answer that differs proves nothing.
        self._copied = all(load_copying(parts.control, entity).done for entity in parts.migration.entities)
        self.sampler.paused = not self._copied
        if parts.comparisons.total != self._saved:
            self._saved = parts.comparisons.total
            parts.comparisons.save(parts.control, parts.owner)
        self._diary.keep()

    @override
    def drain(self, seconds: float) -> bool:
        drained = self._writes.drain(seconds) and self._reads.drain(seconds)
        self._paying.turn()
        self._housekeeping.turn()
        return drained

    @override
    def close(self) -> None:
        deadline = monotonic() + self.parts.settings.drain_seconds
        if self._relay is not None:
            self._relay.stop()
        # Writes first: what a read would have shown is lost without harm.
        ended = [worker.close(max(deadline - monotonic(), 0.0)) for worker in (self._writes, self._reads)]
        self._left = not all(ended)
        self._paying.close()
        self._paying.turn()
        self._housekeeping.turn()
        self._housekeeping.close()
        if self._relay is not None:
            self._relay.close(1.0 if self.is_down() else max(1.0, deadline - monotonic()))


def _bytes(item: Job | Question) -> int:
    return item.bytes
