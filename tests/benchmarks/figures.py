"""Figures, their goals, and how things are measured side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from statistics import median


class Better(StrEnum):
    """Which way is good."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure is to come to. `unit` is `x` for a ratio. `possible` is what has been shown to be possible instead, where the goal
    is out of reach: see docs/performance.md. A check is held against that."""

    name: str
    what: str
    goal: float
    unit: str = "x"
    better: Better = Better.LOWER
    possible: float | None = None


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done: `quick` looks whether all is in order, otherwise the figures are to be kept."""

    quick: bool

    def of(self, full: int, quick: int) -> int:
        """How many."""
        return quick if self.quick else full


Values = Mapping[str, Sequence[float]]
"""By goal: one value of each repeat."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured under one name."""

    name: str
    run: Callable[[Effort], Values]
    goals: tuple[Goal, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """What came of one goal."""

    bench: str
    name: str
    what: str
    unit: str
    better: Better
    goal: float
    possible: float | None
    value: float
    low: float
    high: float
    repeats: int

    @classmethod
    def of(cls, bench: str, goal: Goal, values: Sequence[float]) -> Figure:
        """The median of the repeats, and their quartiles."""
        return cls(
            bench,
            goal.name,
            goal.what,
            goal.unit,
            goal.better,
            goal.goal,
            goal.possible,
            median(values),
            quantile(values, 0.25),
            quantile(values, 0.75),
            len(values),
        )

    @property
    def reached(self) -> bool:
        """Whether the goal is."""
        return self.value <= self.goal if self.better is Better.LOWER else self.value >= self.goal

    @property
    def far_off(self) -> bool:
        """Whether it is twice as far off as the goal, or as what is possible."""
        limit = self.goal if self.possible is None else self.possible
        return self.value > limit * 2 if self.better is Better.LOWER else self.value < limit / 2


def alternated(
    sides: Mapping[str, Callable[[], object]],
    *,
    repeats: int,
    rounds: int,
    calls: int,
    warm: int = 200,
    before: Callable[[], object] = lambda: None,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds of one call of each side, one figure per repeat: the median of `rounds` blocks of `calls` calls, the sides taking turns
    in a drawn order. Each side is called up to `warm` times beforehand; `before` runs before each block and is not measured."""
    random = Random(1)
    for call in sides.values():
        for _ in range(min(calls, warm)):
            before()
            call()
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repeats):
        blocks: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name in random.sample(list(sides), len(sides)):
                call = sides[name]
                before()
                begin = clock()
                for _ in range(calls):
                    call()
                blocks[name].append((clock() - begin) / calls)
        for name, seconds in blocks.items():
            taken[name].append(median(seconds))
    return taken


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """Of each repeat."""
    return [one / other for one, other in zip(over, under, strict=True)]


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
