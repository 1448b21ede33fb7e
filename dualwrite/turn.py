"""Backfill (of rows or of content), cutover, rollback and retire take turns: one at a time, held by a lease in the control table."""

from __future__ import annotations

import time
from time import monotonic

from dualwrite.errors import ConfigurationError
from dualwrite.ports import Control
from dualwrite.progress import Progress

LEASE = "turn"
LEASE_SECONDS = 60.0
"""Of a long job. A switch holds it for less, since whoever is killed must not stop writes for long."""


class Turn:
    """The right to be at work. Whoever is killed keeps it for `seconds` at most. `ends` (of `time.monotonic`) is until when it
    surely is ours."""

    def __init__(self, control: Control, owner: str, *, seconds: float) -> None:
        self._control = control
        self._owner = owner
        self._seconds = seconds
        self.ends = 0.0

    def take(self, *, wait: float = 0.0, progress: Progress | None = None) -> None:
        """Take it, or take over what has run out.

        Raises:
            ConfigurationError: another is still at work after `wait` seconds.
        """
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

    def keep(self) -> None:
        """Renew it, where a third of it has gone.

        Raises:
            ConfigurationError: it had run out, and another has it now.
        """
        if self.ends - monotonic() <= self._seconds * 2 / 3:
            self.renew()

    def renew(self) -> None:
        """Renew it now. Raises `ConfigurationError` as `keep` does."""
        if not self._renew(self._seconds):
            raise ConfigurationError("another has taken over: this one was silent for too long")

    def sleep(self, seconds: float) -> None:
        """Wait without losing it."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            self.keep()
            time.sleep(min(left, self._seconds / 4))

    def leave(self, seconds: float) -> None:
        """Go, and let nobody in for `seconds`: a request of ours may land until then."""
        self._renew(seconds)

    def give_back(self) -> None:
        """Let the next one in."""
        self._control.unlock(LEASE, self._owner)

    def _renew(self, seconds: float) -> bool:
        asked = monotonic()
        if not self._control.lock(LEASE, self._owner, seconds=seconds):
            return False
        self.ends = asked + seconds
        return True
