"""How far a long job is: told to whoever wants to show it."""

from __future__ import annotations

from typing import Protocol

from typing_extensions import override

from dualwrite.metrics import Metrics
from dualwrite.metrics.catalogue import PROGRESS_ROWS, PROGRESS_TOTAL


class Progress(Protocol):
    """Called from the thread that works."""

    def begin(self, job: str, entity: str, total: int, done: int = 0) -> None:
        """A job on an entity of about `total` rows begins, `done` of them from an earlier run."""

    def advance(self, rows: float) -> None:
        """So many more rows are done, or parts of one that takes long."""

    def end(self) -> None:
        """The job that was begun last is done."""

    def note(self, text: str) -> None:
        """Something a watching person wants to know."""


class Quiet(Progress):
    """Shows nothing, but keeps the gauges."""

    def __init__(self, metrics: Metrics | None = None) -> None:
        self._metrics = metrics
        self._job = self._entity = ""
        self._done = 0.0

    @override
    def begin(self, job: str, entity: str, total: int, done: int = 0) -> None:
        self._job, self._entity, self._done = job, entity, done
        if self._metrics:
            self._metrics.set(PROGRESS_TOTAL, job, entity, value=total)
            self._metrics.set(PROGRESS_ROWS, job, entity, value=done)

    @override
    def advance(self, rows: float) -> None:
        self._done += rows
        if self._metrics:
            self._metrics.set(PROGRESS_ROWS, self._job, self._entity, value=self._done)

    @override
    def end(self) -> None:
        pass

    @override
    def note(self, text: str) -> None:
        pass
