"""What is done at most once in a while for each id, by this process."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

INTERVAL = "DATABASE_USER_ACTIVE_STATUS_UPDATE_INTERVAL"
"""Open WebUI's own setting, in seconds. Unset: never throttled; what is no number counts as 0."""

_MANY = 10_000  # ids, before those whose interval is over are forgotten


class Throttle:
    """Thread-safe. `interval` is in seconds; None lets everything pass."""

    def __init__(self, interval: float | None) -> None:
        self._interval = interval
        self._last: dict[str, float] = {}
        self._many = _MANY
        self._lock = threading.Lock()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Throttle:
        """As Open WebUI's setting says."""
        text = environment.get(INTERVAL)
        if text is None:
            return cls(None)
        try:
            return cls(float(text))
        except ValueError:
            return cls(0.0)

    def passes(self, id: str, now: float) -> bool:
        """Whether it may be done now (in seconds since the epoch). If so, the next one has to wait."""
        if self._interval is None:
            return True
        with self._lock:
            if now - self._last.get(id, 0.0) < self._interval:
                return False
            if len(self._last) >= self._many:
                since = now - self._interval
                self._last = {each: last for each, last in self._last.items() if last > since}
                self._many = max(_MANY, 2 * len(self._last))
            self._last[id] = now
            return True
