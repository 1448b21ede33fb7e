"""The breaker: after several failures in a row PocketBase is given a rest, then one call tries again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic


class Breaker:
    """Thread-safe. Closed until `failures` failures in a row; then open for `rest` seconds, doubled up to `most` while
    the one trial call after each rest fails."""

    def __init__(
        self,
        *,
        failures: int = 5,
        rest: float = 0.5,
        most: float = 10.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._allowed_failures = failures
        self._first_rest = rest
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._rest = rest
        self._open_until: float | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether calls are being refused just now."""
        return self._open_until is not None

    def allows(self) -> bool:
        """Whether a call may go ahead. After a rest exactly one caller gets True until that call is reported."""
        if not self.is_open:
            return True
        with self._lock:
            if self._open_until is None:
                return True  # closed since we looked
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

    def failed(self) -> None:
        """A call did not reach PocketBase, or was not answered."""
        with self._lock:
            self._failures += 1
            if self._failures < self._allowed_failures:
                return
            if self._open_until is not None:
                if not self._trying:
                    return  # under way since before it opened: says nothing new
                self._rest = min(self._most, self._rest * 2)
            self._trying = False
            self._open_until = self._clock() + self._rest
