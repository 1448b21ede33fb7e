"""Which reads are compared."""

from __future__ import annotations

import random
from collections.abc import Callable


class Sampler:
    """The first `always` of each method, then a share of `rate`. `count` tells how often a method of a repository has been compared."""

    def __init__(self, rate: float, count: Callable[[str, str], int], *, always: int = 20) -> None:
        self._rate = rate
        self._count = count
        self._always = always
        self._random = random.Random()  # noqa: S311 - a sample, not a secret
        self.paused = False

    def wants(self, repository: str, method: str) -> bool:
        """Whether this call is to be compared. None is while `paused`."""
        if self.paused:
            return False
        if self._rate >= 1.0:
            return True
        if self._rate > 0.0 and self._count(repository, method) < self._always:
            return True
        return self._random.random() < self._rate
