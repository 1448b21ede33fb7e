"""Which reads are compared.

Comparing has a budget: a share of the time of a few threads, and a queue in front of them. As that fills, ever fewer of the methods
that have been compared often are, so that there is room for the others.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from dualwrite.metrics import Metrics
from dualwrite.metrics.catalogue import SHADOW

AT_ONCE = 0.1
"""The share of the queue that reads may take at a moment, since they come in lots, without there being too many."""


def pressure_of(fullness: float) -> float:
    """How hard it is to keep up, 0 to 1, where so much of the queue is taken."""
    return max(0.0, fullness - AT_ONCE) / (1.0 - AT_ONCE)


class Sampler:
    """The first `always` of each method, then a share of `rate`, and less under `pressure`, 0 to 1.
    `count` tells how often a method of a repository has been compared. What only the pressure kept out is counted."""

    def __init__(
        self,
        rate: float,
        count: Callable[[str, str], int],
        *,
        metrics: Metrics,
        pressure: Callable[[], float] = lambda: 0.0,
        always: int = 20,
    ) -> None:
        self._rate = rate
        self.share = rate
        """Of the calls; 0 while nothing is compared."""
        self._count = count
        self._metrics = metrics
        self._pressure = pressure
        self._always = always
        self._paused = False
        self._random = random.Random()  # noqa: S311 - a sample, not a secret

    @property
    def paused(self) -> bool:
        """Whether nothing is to be compared for now."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        self.share = 0.0 if paused else self._rate

    def wants(self, repository: str, method: str) -> bool:
        """Whether this call is to be compared. None is while `paused`."""
        share = self.share
        if not share:
            return False
        if self._count(repository, method) < self._always:
            return True
        drawn = self._random.random()
        if drawn >= share:
            return False
        if drawn < share * (1.0 - self._pressure()):
            return True
        self._metrics.add(SHADOW, "read", "spared")
        return False
