"""The phase as this process knows it: read often, trusted for `PHASE_TTL` seconds, never longer."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from time import perf_counter

from dualwrite.errors import DualwriteError, Frozen
from dualwrite.phase import ControlState, Phase, Reads
from dualwrite.ports import Control
from dualwrite.timing import PHASE_TTL

log = logging.getLogger(__name__)

LOOK_EVERY = 0.02
"""Seconds between two looks of a process whose callers wait for a switch to end."""
UNKNOWN = ControlState(Phase.FROZEN, Reads.SQL, -1, datetime.fromtimestamp(0, UTC))
"""Before the first look."""


class PhaseWatch:
    """Knows the stored phase. A background thread renews it; where that is late, the caller reads it itself.

    `known` may be trusted while `time.perf_counter()` is below `fresh_until`; `current` is that rule.
    """

    def __init__(self, control: Control, *, every: float) -> None:
        self._control = control
        self._every = every
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.known = UNKNOWN
        self.fresh_until = float("-inf")
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
        # In this order: what is known by then is no older than the moment that was looked at.
        return self.known if perf_counter() < self.fresh_until else self.renew()

    def renew(self) -> ControlState:
        """Read the phase now. Its age counts from before the read, so a slow read cannot make it look young."""
        asked = perf_counter()
        state = self._control.read()
        with self._lock:
            if state.epoch < self.known.epoch:
                return self.known  # this read was overtaken by another thread's
            self.known = state
            self._asked = max(self._asked, asked)
            self.fresh_until = self._asked + PHASE_TTL
        return state

    def wait_while_frozen(self, seconds: float) -> None:
        """Wait until writes are accepted again. Raises `Frozen` after `seconds`.

        All that wait in this process look together: were each to look by itself, many of them would keep the database, and with
        it the switch, from its work.
        """
        since = perf_counter()
        deadline = since + seconds
        while self._seen_since(since).phase is Phase.FROZEN:
            if perf_counter() > deadline:
                raise Frozen(
                    f"writes have been paused for the switch for more than {seconds:g} s; see `dualwrite status`"
                )
            self._stop.wait(LOOK_EVERY)
            since = perf_counter() - LOOK_EVERY

    def _seen_since(self, moment: float) -> ControlState:
        """The phase as somebody in this process has read it since then, or as it is now."""
        with self._looking:
            if self._asked >= moment:
                return self.known
            return self.renew()

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.renew()
            except DualwriteError as error:
                # The callers' own reads of the phase will say the same, to somebody who can act on it.
                log.debug("the phase could not be read: %s", error)
