"""Callers: threads that write and read their own keys, know every right answer, and keep what they saw."""

from __future__ import annotations

import threading
import time
from collections import Counter
from random import Random
from statistics import median
from typing import Any, Self

from tests.faults.cells import ICells

PACE = 0.003  # seconds between two calls of one thread
ROUNDS, CALLS, WARM = 7, 11, 3
MEASURED_WRITES = ROUNDS * CALLS + WARM
"""How many writes `slowdown` makes on each side."""


class Traffic:
    """A context manager: runs while it is open. Afterwards `wrong` holds every answer that was not the right one."""

    def __init__(self, cells: ICells, *, threads: int, seed: int, keys: int = 20) -> None:
        self._cells = cells
        self._seed = seed
        self._keys = keys
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(threads)]
        self.wrong: list[str] = []
        self.calls: Counter[str] = Counter()
        self.slowest = 0.0  # seconds

    @property
    def writes(self) -> int:
        """How many writes were answered."""
        return self.calls.total() - self.calls["get"]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        random = Random(f"{self._seed}/{number}")
        truth: dict[str, str] = {}
        while not self._stop.is_set():
            key = f"{self._seed}-{number}-{random.randrange(self._keys)}"
            method = random.choices(("put", "change", "remove", "get"), (4, 3, 1, 2))[0]
            self._call(truth, method, key, f"text {random.random()}")
            self._stop.wait(PACE)

    def _call(self, truth: dict[str, str], method: str, key: str, text: str) -> None:
        known = key in truth
        arguments: tuple[str, ...] = (key, text) if method in ("put", "change") else (key,)
        expected: Any = {"put": True, "change": known, "remove": known, "get": truth.get(key)}[method]
        begin = time.perf_counter()
        try:
            answer = getattr(self._cells, method)(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever a caller sees is what this is about
            self.wrong.append(f"{method}: {error!r}")
            return
        self.slowest = max(self.slowest, time.perf_counter() - begin)
        self.calls[method] += 1
        if answer != expected:
            self.wrong.append(f"{method}: {answer!r} and not {expected!r}")
        if method == "put" or (method == "change" and known):
            truth[key] = text
        elif method == "remove":
            truth.pop(key, None)


def latency(cells: ICells, name: str, calls: int) -> float:
    """The median of `calls` writes, in seconds."""
    taken: list[float] = []
    for number in range(calls):
        text = str(time.time_ns())  # SQLite skips a write that changes nothing
        begin = time.perf_counter()
        cells.put(f"{name}-{number % 10}", text)
        taken.append(time.perf_counter() - begin)
    return median(taken)


def slowdown(slow: ICells, plain: ICells) -> tuple[float, float, float]:
    """How much slower writes to the first are, and both medians in seconds: measured in turn, so that what else the machine does meets both."""
    latency(slow, "warm", WARM)
    latency(plain, "warm", WARM)
    pairs = [(latency(slow, "paced", CALLS), latency(plain, "paced", CALLS)) for _ in range(ROUNDS)]
    return (
        median(first / second for first, second in pairs),
        median(first for first, _ in pairs),
        median(second for _, second in pairs),
    )
