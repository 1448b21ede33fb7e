"""How sure one can be of a rate that was seen in a sample."""

from __future__ import annotations

from math import sqrt

Z_95 = 1.959963984540054
"""The two-sided 95% point of the normal distribution."""


def wilson(hits: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """The Wilson score interval of a proportion (Wilson 1927), as shares from 0 to 1.

    It stays honest where the plain normal interval does not: 0 hits in 400 trials leave a rate of up to 0.0095
    possible, and without any trial everything is.

    Raises:
        ValueError: there are more hits than trials, or fewer than none.
    """
    if not 0 <= hits <= trials:
        raise ValueError(f"{hits} hits in {trials} trials")
    if not trials:
        return 0.0, 1.0
    share = hits / trials
    spread = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    middle, scale = share + z * z / (2 * trials), 1 + z * z / trials
    # At the ends the exact bound is 0 or 1; floating point leaves 1e-18 beside it.
    low = 0.0 if hits == 0 else max(0.0, (middle - spread) / scale)
    high = 1.0 if hits == trials else min(1.0, (middle + spread) / scale)
    return low, high
