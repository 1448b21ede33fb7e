"""Where a claimer begins to look: behind what it has claimed already, and now and then at the very beginning.

What is held, postponed or stuck stays at the head of the journal, and PostgreSQL keeps paid rows there until it vacuums. A
look from the beginning passes all of them, so where they are many it is seldom.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from time import monotonic

SHORT = 5_000
"""So many seqs are passed each time without a thought."""
EVERY = 5.0
"""Seconds between two looks from the beginning where there are more."""


class Floor:
    """One claimer's. For threads that may come in each other's way: all they can lose is a look."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._floor = 0
        self._first = 0
        self._again = 0.0

    def now(self) -> int:
        """The seq to look from; 0 is the beginning."""
        short = self._floor - self._first <= SHORT
        return 0 if short or self._clock() >= self._again else self._floor

    def rise(self, floor: int) -> None:
        """Everything below was looked at."""
        self._floor = max(self._floor, floor)

    def looked(self, first: int | None) -> None:
        """That was a look from the beginning; the first open obligation is this one."""
        self._first = self._floor if first is None else first
        self._again = self._clock() + EVERY

    def lower(self, seqs: Collection[int], seconds: float) -> None:
        """These are given back, to be claimed again after so many seconds."""
        if seconds < EVERY and seqs:
            self._again = min(self._again, self._clock() + seconds)
