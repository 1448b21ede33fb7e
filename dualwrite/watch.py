"""The phase as this process knows it: read often, trusted for `PHASE_TTL` seconds, never longer."""

from __future__ import annotations

import logging
import threading
from time import monotonic

from dualwrite.errors import DualwriteError, Frozen
from dualwrite.phase import ControlState, Phase
from dualwrite.ports import Control
from dualwrite.timing import PHASE_TTL

log = logging.getLogger(__name__)

LOOK_EVERY = 0.02
"""Seconds between two looks of a process whose callers wait for a switch to end."""


class PhaseWatch:
    """Knows the stored phase. A background thread renews it; where that is late, the caller reads it itself."""

    def __init__(self, control: Control, *, every: float) -> None:
        self._control = control
        self._every = every
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._state: ControlState | None = None
        self._fresh_until = 0.0
        self._asked = 0.0
        self._looking = threading.Lock()

    def start(self) -> None:
        """Begin to renew in the background."""
        self.renew()
        self._thread = threading.Thread(target=self._run, name="dualwrite-phase", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop renewing."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def current(self) -> ControlState:
        """The phase, at most `PHASE_TTL` seconds old. Raises what reading the control table raises."""
        state = self._state
        if state is not None and monotonic() < self._fresh_until:
            return state
        return self.renew()

    def renew(self) -> ControlState:
        """Read the phase now. Its age counts from before the read, so a slow read cannot make it look young."""
        asked = monotonic()
        state = self._control.read()
        with self._lock:
            known = self._state
            if known is not None and state.epoch < known.epoch:
                return known  # this read was overtaken by another thread's
            self._state = state
            self._asked = max(self._asked, asked)
            self._fresh_until = self._asked + PHASE_TTL
        return state

    def wait_while_frozen(self, seconds: float) -> None:
        """Wait until writes are accepted again. Raises `Frozen` after `seconds`.

        All that wait in this process look together: were each to look by itself, many of them would keep the database, and with
        it the switch, from its work.
        """
        since = monotonic()
        deadline = since + seconds
        while self._seen_since(since).phase is Phase.FROZEN:
            if monotonic() > deadline:
                raise Frozen(
                    f"writes have been paused for the switch for more than {seconds:g} s; see `dualwrite status`"
                )
            self._stop.wait(LOOK_EVERY)
            since = monotonic() - LOOK_EVERY

    def _seen_since(self, moment: float) -> ControlState:
        """The phase as somebody in this process has read it since then, or as it is now."""
        with self._looking:
            if self._state is not None and self._asked >= moment:
                return self._state
            return self.renew()

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.renew()
            except DualwriteError as error:
                # The callers' own reads of the phase will say the same, to somebody who can act on it.
                log.debug("the phase could not be read: %s", error)
