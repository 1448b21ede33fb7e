"""How far a long job is: told to whoever wants to show it."""

from __future__ import annotations

from typing import Protocol

from typing_extensions import override


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
    """Shows nothing."""

    @override
    def begin(self, job: str, entity: str, total: int, done: int = 0) -> None:
        pass

    @override
    def advance(self, rows: float) -> None:
        pass

    @override
    def end(self) -> None:
        pass

    @override
    def note(self, text: str) -> None:
        pass
