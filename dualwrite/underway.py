"""How far long jobs are, kept in the control table, where any process can see it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from typing_extensions import override

from dualwrite.errors import StoreError
from dualwrite.ports import Control
from dualwrite.progress import Progress, Quiet

log = logging.getLogger(__name__)
SAVED = "progress:"
SILENT = 60.0
"""Seconds after which a job that says nothing is taken for dead."""


@dataclass(frozen=True, slots=True)
class Underway:
    """One job on one entity: rows done, `earlier` of them by an earlier run, and rows in all. Times are Unix times."""

    job: str
    entity: str
    total: float
    done: float
    earlier: float
    begun: float
    at: float
    ended: bool = False

    def rate(self, now: float) -> float:
        """Rows a second since it began; 0 where it is through, or says nothing any more."""
        seconds = self.at - self.begun
        if self.ended or seconds <= 0 or now - self.at > SILENT:
            return 0.0
        return max(0.0, (self.done - self.earlier) / seconds)

    def left(self, now: float) -> float | None:
        """Seconds it will take at that rate, 0 where it is through; None where that is not known."""
        if self.ended:
            return 0.0
        rate = self.rate(now)
        return max(0.0, self.total - self.done) / rate if rate else None


class Kept(Progress):
    """Shows a job as `shown` does, and keeps it, at most every `every` seconds and when it begins and ends."""

    def __init__(
        self,
        control: Control,
        shown: Progress | None = None,
        *,
        every: float = 1.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._control = control
        self._shown = shown or Quiet()
        self._every = every
        self._clock = clock
        self._job: Underway | None = None
        self._saved = 0.0

    @override
    def begin(self, job: str, entity: str, total: int, done: int = 0) -> None:
        self._shown.begin(job, entity, total, done)
        now = self._clock()
        self._keep(Underway(job, entity, max(total, done), done, done, now, now))

    @override
    def advance(self, rows: float) -> None:
        self._shown.advance(rows)
        if self._job is None:
            return
        now = self._clock()
        self._job = replace(self._job, done=self._job.done + rows, at=now)
        if now - self._saved >= self._every:
            self._keep(self._job)

    @override
    def end(self) -> None:
        self._shown.end()
        if self._job is not None:
            self._keep(replace(self._job, total=self._job.done, at=self._clock(), ended=True))
            self._job = None

    @override
    def note(self, text: str) -> None:
        self._shown.note(text)

    def _keep(self, job: Underway) -> None:
        self._job, self._saved = job, job.at
        try:
            self._control.save(f"{SAVED}{job.job}:{job.entity}", asdict(job))
        except StoreError as error:
            # Nobody's work depends on it, and the next row tries again.
            log.warning("how far the %s is could not be kept: %s", job.job, error)


def load_underway(control: Control) -> list[Underway]:
    """The last run of every job on every entity."""
    return [Underway(**saved) for saved in control.values(SAVED).values() if isinstance(saved, dict)]


def forget_underway(control: Control) -> None:
    """What was copied and looked at before counts no more."""
    for name in control.values(SAVED):
        control.save(name, None)
