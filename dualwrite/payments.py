"""What writers are done with, paid or left to a relay, said to the journal together: one small transaction for many writes.

On SQLite each takes the write lock that the callers need. What is not said when the process dies is looked at once more by a
relay, and somewhat later, which does no harm.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from time import monotonic

from dualwrite.ports import Journal

PAY_EVERY = 0.2
"""Seconds between two such transactions. A cutover waits for what is not said yet, while writes are paused."""


class Payments:
    """Collects what writers pay; never what a relay has claimed. Thread-safe. Somebody calls `flush` every `PAY_EVERY` seconds."""

    def __init__(self, journal: Journal, *, most: int = 200, clock: Callable[[], float] = monotonic) -> None:
        self._journal = journal
        self._most = most
        self._lock = threading.Lock()
        self._clock = clock
        self._paid: dict[int, float] = {}  # when
        self._left: list[int] = []

    def add(self, seqs: Collection[int]) -> None:
        """These are paid. Says so, and of the others, once there are many."""
        now = self._clock()
        with self._lock:
            self._paid |= dict.fromkeys(seqs, now)
        self._flush_many()

    def unsaid(self, before: float) -> list[int]:
        """What was paid before this moment, and what the journal has not been told of yet."""
        with self._lock:
            return [seq for seq, when in self._paid.items() if when < before]

    def leave(self, seqs: Collection[int]) -> None:
        """Their writer sends nothing, so nothing of it can be under way: a relay need not wait until its hold is over, and a
        switch neither. Said with the others, like `add`."""
        with self._lock:
            self._left += seqs
        self._flush_many()

    def _flush_many(self) -> None:
        with self._lock:
            many = len(self._paid) + len(self._left) >= self._most
        if many:
            self.flush()

    def flush(self) -> None:
        """Say all of it now. What a failing journal keeps is forgotten here and found by a relay."""
        with self._lock:
            paid, left = list(self._paid), self._left.copy()
            self._paid.clear()
            self._left.clear()
        if paid:
            self._journal.pay(paid, owner=None)
        if left:
            self._journal.postpone(left, seconds=0.0, error=None)
