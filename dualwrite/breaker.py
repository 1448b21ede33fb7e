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

    @property
    def is_open(self) -> bool:
        """Whether calls are being refused just now."""
        return self._open_until is not None

    def allows(self) -> bool:
        """Whether a call may go ahead. After a rest exactly one caller gets True until that call is reported."""
        if not self.is_open:
            return True
        with self._lock:
            now = self._clock()
            if now < (self._open_until or 0.0):
                return False
            self._open_until = now + self._rest
            return True

    def succeeded(self) -> None:
        """A call reached PocketBase and was answered."""
        if self._failures or self._open_until is not None:
            with self._lock:
                self._failures, self._rest, self._open_until = 0, self._first_rest, None

    def failed(self) -> None:
        """A call did not reach PocketBase, or was not answered."""
        with self._lock:
            self._failures += 1
            if self._failures < self._allowed_failures:
                return
            if self._open_until is not None:
                self._rest = min(self._most, self._rest * 2)
            self._open_until = self._clock() + self._rest
