"""A named lease that a long job holds: one process at a time is at work on it."""

from __future__ import annotations

import time

from dualwrite.errors import ConfigurationError
from dualwrite.ports import Control
from dualwrite.progress import Progress

LEASE_SECONDS = 60.0


class Lease:
    """The lease called `name`, which is also the word for its holder in messages. Whoever is silent for `seconds` loses it."""

    def __init__(
        self, control: Control, name: str, owner: str, *, seconds: float = LEASE_SECONDS, wait: float = 0.0
    ) -> None:
        self._control = control
        self._name = name
        self._owner = owner
        self._seconds = seconds
        self._wait = wait
        self._renewed = 0.0

    def take(self, progress: Progress) -> None:
        """Take it. Whoever was killed holds it until it runs out, and its last request may land until then.

        Raises:
            ConfigurationError: another still has it after `wait` seconds.
        """
        deadline = time.monotonic() + self._wait
        noted = False
        while not self._control.lock(self._name, self._owner, seconds=self._seconds):
            if time.monotonic() >= deadline:
                raise ConfigurationError(
                    f"another {self._name} is at work; if it was killed or interrupted, its lease ends within "
                    f"{self._seconds:.0f} s"
                )
            if not noted:
                progress.note(f"another {self._name} holds the lease; waiting for its end")
                noted = True
            time.sleep(0.1)
        self._renewed = time.monotonic()

    def keep(self) -> None:
        """Renew it, if that is due. Raises `ConfigurationError` where another has taken over."""
        now = time.monotonic()
        if now - self._renewed < self._seconds / 3:
            return
        if not self._control.lock(self._name, self._owner, seconds=self._seconds):
            raise ConfigurationError(f"another {self._name} has taken over: this one was silent for too long")
        self._renewed = now

    def sleep(self, seconds: float) -> None:
        """Wait without losing it."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.keep()
            time.sleep(min(left, self._seconds / 4))

    def give_back(self, *, after: float = 0.0) -> None:
        """Let others have it, after so many seconds: a request of ours may still land until then."""
        if after > 0:
            self._control.lock(self._name, self._owner, seconds=after)
        else:
            self._control.unlock(self._name, self._owner)
