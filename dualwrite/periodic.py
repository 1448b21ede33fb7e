"""Something done again and again behind the callers, until it is told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic

from dualwrite.errors import DualwriteError

log = logging.getLogger(__name__)


class Periodic:
    """Calls `work` every so many seconds. An error of a store is logged, and the next turn tries again."""

    def __init__(self, name: str, work: Callable[[], None], *, every: float) -> None:
        self._name = name
        self._work = work
        self._every = every
        self._stop = threading.Event()
        self._until = float("inf")
        self._thread = threading.Thread(target=self._run, name=f"dualwrite-{name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def until(self, ends: float) -> None:
        """Do nothing more from then on (of `time.monotonic`)."""
        self._until = ends

    def close(self) -> None:
        """Stop after the turn in hand."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def turn(self) -> None:
        """Do it once, now."""
        try:
            self._work()
        except DualwriteError as error:
            log.warning("%s: %s", self._name, error)

    def _run(self) -> None:
        while not self._stop.wait(self._every) and monotonic() < self._until:
            self.turn()
