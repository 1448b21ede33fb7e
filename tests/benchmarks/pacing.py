"""Calls at a pace, the sides taking turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from random import Random

Call = Callable[[str, str], object]
"""Of a key and a text."""
KEYS = 500
STRETCH = 4.0
"""Seconds of calls at a pace before it is the other side's turn. What is left to do behind a call is done within half a second: of much
shorter blocks the other side would pay for it."""


def paced(
    sides: Mapping[str, Call],
    *,
    repeats: int,
    pace: float,
    calls: int,
    blocks: int = 10,
    settle: float = 0.0,
    seed: int = 1,
) -> dict[str, list[list[float]]]:
    """Seconds of each call, by side and repeat: of `calls` in a repeat, `calls / blocks` at a time, the sides in a drawn order. Each side is
    called a little beforehand, and then left alone for `settle` seconds."""
    random = Random(seed)
    for call in sides.values():
        block(call, pace, 5 * calls // blocks)
    time.sleep(settle)
    taken: dict[str, list[list[float]]] = {name: [[] for _ in range(repeats)] for name in sides}
    for repeat in range(repeats):
        for _ in range(blocks):
            for name in random.sample(list(sides), len(sides)):
                taken[name][repeat] += block(sides[name], pace, calls // blocks)
    return taken


def block(call: Call, pace: float, calls: int) -> list[float]:
    """Seconds of each of so many calls, one begun every `pace` seconds."""
    taken: list[float] = []
    due = time.perf_counter()
    for number in range(calls):
        text = str(time.time_ns())  # SQLite skips a write that changes nothing
        if (left := due - time.perf_counter()) > 0:
            time.sleep(left)
        begin = time.perf_counter()
        call(f"key-{number % KEYS}", text)
        taken.append(time.perf_counter() - begin)
        due = max(due + pace, begin)
    return taken
