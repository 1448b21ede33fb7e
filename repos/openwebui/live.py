"""The repositories of this process: opened when they are first asked for, closed at the end, and never shared with a fork."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any


class Live:
    """Opens what `opening` gives, once for each process that asks. Threads and connections begin with the first question, so
    that a server may fork its workers after everything was imported."""

    def __init__(self, opening: Callable[[], AbstractContextManager[Mapping[str, Any]]]) -> None:
        self._opening = opening
        self._lock = threading.Lock()
        self._opened: AbstractContextManager[Mapping[str, Any]] | None = None
        self._repositories: Mapping[str, Any] | None = None
        atexit.register(self.close)
        os.register_at_fork(after_in_child=self._forget)

    def repositories(self) -> Mapping[str, Any]:
        """By name. Raises `ConfigurationError` where they cannot be opened; the next call tries again."""
        return self._repositories or self._open()

    def close(self) -> None:
        """Finish what is queued, within the drain limit, and stop. Whoever asks again opens them again."""
        with self._lock:
            opened, self._opened, self._repositories = self._opened, None, None
            if opened is not None:
                opened.__exit__(None, None, None)

    def _open(self) -> Mapping[str, Any]:
        with self._lock:
            if self._repositories is None:
                opened = self._opening()
                self._repositories = opened.__enter__()
                self._opened = opened
            return self._repositories

    def _forget(self) -> None:
        """In a child: the threads are not there, and the connections are the parent's. Nothing is closed."""
        self._lock = threading.Lock()
        self._opened = self._repositories = None
