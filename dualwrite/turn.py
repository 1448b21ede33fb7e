"""Backfill (of rows or of content), cutover, rollback and retire take turns: one at a time, held by a lease in the control table."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from time import monotonic

from typing_extensions import override

from dualwrite.errors import ConfigurationError
from dualwrite.ports import Control
from dualwrite.progress import Progress

LEASE = "turn"
LEASE_SECONDS = 60.0
"""Of a long job. A switch holds it for less, since whoever is killed must not stop writes for long."""


class Hold(ABC):
    """A right to be at work, that ends by itself."""

    @property
    @abstractmethod
    def ends(self) -> float:
        """Until when (of `time.monotonic`) it surely is ours."""

    @abstractmethod
    def keep(self) -> None:
        """See to it that it goes on. Raises `ConfigurationError` where it is ours no more."""

    @abstractmethod
    def renew(self) -> None:
        """As `keep`, so that it goes on for as long as it may from now."""

    def sleep(self, seconds: float) -> None:
        """Wait without losing it."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            self.keep()
            time.sleep(min(left, max(0.01, (self.ends - monotonic()) / 4)))


class Turn(Hold):
    """The right to be at work, under a name. Whoever is killed keeps it for `seconds` at most.

    `unbroken` says that once it has run out it is over, also where nobody has it: somebody may have had it in between, and changed
    what the work stands on.
    """

    def __init__(
        self, control: Control, owner: str, *, seconds: float, name: str = LEASE, unbroken: bool = False
    ) -> None:
        self._control = control
        self._owner = owner
        self._seconds = seconds
        self._name = name
        self._unbroken = unbroken
        self._ends = 0.0
        self._over = False

    @property
    @override
    def ends(self) -> float:
        return self._ends

    def take(self, *, wait: float = 0.0, progress: Progress | None = None) -> None:
        """Take it, or take over what has run out.

        Raises:
            ConfigurationError: another is still at work after `wait` seconds.
        """
        self._over = False
        deadline = monotonic() + wait
        noted = progress is None
        while not self._renew(self._seconds):
            if monotonic() >= deadline:
                raise ConfigurationError(
                    "another backfill, cutover or rollback is at work; if it was killed or interrupted, its lease ends "
                    "by itself within a minute: try again then"
                )
            if progress is not None and not noted:
                progress.note("another backfill, cutover or rollback is at work; waiting for its end")
                noted = True
            time.sleep(0.1)

    @override
    def keep(self) -> None:
        """Renew it, where a third of it has gone."""
        if self._over or self.ends - monotonic() <= self._seconds * 2 / 3:
            self.renew()

    @override
    def renew(self) -> None:
        lapsed = self._unbroken and monotonic() > self._ends
        if self._over or lapsed or not self._renew(self._seconds):
            raise ConfigurationError("another has taken over: this one was silent for too long")

    def leave(self, seconds: float) -> None:
        """Go, and let nobody in for `seconds`: a request of ours may land until then."""
        self._over = True
        self._renew(seconds)

    def give_back(self) -> None:
        """Let the next one in."""
        self._over = True
        self._control.unlock(self._name, self._owner)

    def _renew(self, seconds: float) -> bool:
        asked = monotonic()
        if not self._control.lock(self._name, self._owner, seconds=seconds):
            return False
        self._ends = asked + seconds
        return True


class Lent(Hold):
    """A turn that another process holds and renews, as the control table shows it: looked at, and never taken."""

    def __init__(self, control: Control, owner: str) -> None:
        self._control = control
        self._owner = owner
        self._ends = 0.0

    @property
    @override
    def ends(self) -> float:
        return self._ends

    @override
    def keep(self) -> None:
        self.renew()

    @override
    def renew(self) -> None:
        asked = monotonic()
        left = self._control.held(LEASE, self._owner)
        if left <= 0:
            raise ConfigurationError("the backfill that this is a part of has lost its turn, or is over")
        self._ends = asked + left


class Both(Hold):
    """Two rights, of which neither is enough."""

    def __init__(self, one: Hold, other: Hold) -> None:
        self._holds = (one, other)

    @property
    @override
    def ends(self) -> float:
        return min(hold.ends for hold in self._holds)

    @override
    def keep(self) -> None:
        for hold in self._holds:
            hold.keep()

    @override
    def renew(self) -> None:
        for hold in self._holds:
            hold.renew()
