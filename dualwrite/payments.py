"""Paid obligations, deleted together: one small transaction for many writes instead of one each.

On SQLite every deletion takes the write lock that the callers need. What is not deleted when the process dies is looked at
once more by a relay, which does no harm.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from time import monotonic

from dualwrite.ports import Journal


class Payments:
    """Collects what writers pay; never what a relay has claimed. Thread-safe."""

    def __init__(self, journal: Journal, *, most: int = 200, seconds: float = 0.1) -> None:
        self._journal = journal
        self._most = most
        self._seconds = seconds
        self._lock = threading.Lock()
        self._seqs: list[int] = []
        self._since = 0.0

    def add(self, seqs: Collection[int]) -> None:
        """These are paid. Deletes them, and the others, once there are many or the first has waited long enough."""
        with self._lock:
            if not self._seqs:
                self._since = monotonic()
            self._seqs += seqs
            due = len(self._seqs) >= self._most or monotonic() - self._since >= self._seconds
        if due:
            self.flush()

    def flush(self) -> None:
        """Delete all of them now. What a failing journal keeps is forgotten here and found by a relay."""
        with self._lock:
            seqs, self._seqs = self._seqs, []
        if seqs:
            self._journal.pay(seqs, owner=None)
