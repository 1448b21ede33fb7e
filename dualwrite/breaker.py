"""The breaker: after several failures in a row, or one long silence, PocketBase is given a rest; then one call tries again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic


class Breaker:
    """Thread-safe. Closed until `failures` failures in a row; then open for `rest` seconds, doubled up to `most` while
    the one trial call after each rest fails.

    A server that accepts and says nothing would take five calls of several seconds each to be found out. So it counts as open
    while any call under way has had no answer for `silence` seconds, and a call that fails after so long opens it at once.
    """

    def __init__(
        self,
        *,
        failures: int = 5,
        rest: float = 0.5,
        most: float = 10.0,
        silence: float = 1.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._allowed_failures = failures
        self._first_rest = rest
        self._most = most
        self._silence = silence
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._rest = rest
        self._open_until: float | None = None
        self._trying = False
        self._asked: dict[object, float] = {}
        self._waiting_since = float("inf")

    @property
    def is_open(self) -> bool:
        """Whether calls are being refused just now."""
        return self._open_until is not None or self._clock() > self._waiting_since + self._silence

    @contextmanager
    def asking(self) -> Iterator[None]:
        """A call is under way inside."""
        call = object()
        with self._lock:
            self._asked[call] = self._clock()
            self._waiting_since = min(self._asked.values())
        try:
            yield
        finally:
            with self._lock:
                del self._asked[call]
                self._waiting_since = min(self._asked.values(), default=float("inf"))

    def allows(self) -> bool:
        """Whether a call may go ahead. After a rest exactly one caller gets True until that call is reported."""
        if not self.is_open:
            return True
        with self._lock:
            if self._open_until is None:
                return self._clock() <= self._waiting_since + self._silence  # or closed since we looked
            now = self._clock()
            if now < self._open_until:
                return False
            self._open_until, self._trying = now + self._rest, True
            return True

    def unused(self) -> None:
        """A call that was allowed had nothing to do: if it was the trial, the next caller may try."""
        with self._lock:
            if self._trying:
                self._open_until, self._trying = self._clock(), False

    def succeeded(self) -> None:
        """A call reached PocketBase and was answered."""
        if self._failures or self._open_until is not None:
            with self._lock:
                self._failures, self._rest, self._open_until = 0, self._first_rest, None
                self._trying = False

    def failed(self, *, after: float = 0.0) -> None:
        """A call did not reach PocketBase, or was not answered; that was seen after so many seconds."""
        with self._lock:
            self._failures += self._allowed_failures if after > self._silence else 1
            if self._failures < self._allowed_failures:
                return
            if self._open_until is not None:
                if not self._trying:
                    return  # under way since before it opened: says nothing new
                self._rest = min(self._most, self._rest * 2)
            self._trying = False
            self._open_until = self._clock() + self._rest
