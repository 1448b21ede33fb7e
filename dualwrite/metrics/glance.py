"""A look at something that may be slow or gone, for somebody who must not wait."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

from dualwrite.errors import DualwriteError
from dualwrite.trail import trail

log = logging.getLogger(__name__)
Seen = TypeVar("Seen")


class Glance(Generic[Seen]):
    """Looks in a thread of its own, once at a time, and at most every `fresh` seconds. Whoever asks waits for `budget` seconds
    at most, and gets what was seen last, unless that is older than `kept` seconds or the last look failed. Thread-safe."""

    def __init__(
        self,
        name: str,
        look: Callable[[], Seen],
        *,
        fresh: float = 1.0,
        budget: float = 2.0,
        kept: float = 30.0,
    ) -> None:
        self._name = name
        self._look = look
        self._fresh = fresh
        self._budget = budget
        self._kept = kept
        self._lock = threading.Lock()
        self._seen: Seen | None = None
        self._at = float("-inf")
        self._done: threading.Event | None = None

    def take(self) -> Seen | None:
        """What was seen; None where nothing is known."""
        with self._lock:
            if monotonic() - self._at <= self._fresh:
                return self._seen
            done = self._done
            if done is None:
                done = self._done = threading.Event()
                threading.Thread(
                    target=self._run, args=(done,), name=f"dualwrite-{self._name}", daemon=True
                ).start()
        done.wait(self._budget)
        with self._lock:
            return self._seen if monotonic() - self._at <= self._kept else None

    def _run(self, done: threading.Event) -> None:
        asked = monotonic()
        seen: Seen | None = None
        try:
            seen = self._look()
        except DualwriteError as error:
            log.warning("%s: %s", self._name, error)
        except Exception as error:  # noqa: BLE001
            # The boundary that contains the look: whoever asked gets an answer, whatever is broken.
            log.error("%s failed (%s)", self._name, trail(error))  # noqa: TRY400 - no traceback: its texts may be of a row
        with self._lock:
            # As old as its beginning: what it saw may have changed since.
            self._seen, self._at, self._done = seen, asked, None
        done.set()
