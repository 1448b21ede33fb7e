"""Work behind the caller: a bounded queue and its threads. A full queue sheds, it never makes a caller wait."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Generic, TypeVar

from dualwrite.metrics import Metrics
from dualwrite.metrics.catalogue import QUEUE, SHADOW
from dualwrite.trail import trail

log = logging.getLogger(__name__)
Item = TypeVar("Item")
MOST_BYTES = 64_000_000
"""What a queue keeps in memory: a thousand chats of 300 KB would be a third of a gigabyte."""
STRETCH = 0.02
"""Seconds of work at a stretch, until there is a rest: work in small pieces would leave no caller a processor with anything at hand."""
MOST_REST = 0.5
"""Seconds that a worker rests at most, however long its work took."""
LAST = 1.0
"""Seconds that the item in hand has to end when nothing will come of it."""


def each(handle: Callable[[Item], object]) -> Callable[[list[Item]], None]:
    """Handles what a worker hands over one by one."""

    def all_of(items: list[Item]) -> None:
        for item in items:
            handle(item)

    return all_of


class Worker(Generic[Item]):
    """Hands items to `handle`, in order, and with one thread never two lots at a time: one by one, or up to `most` of those that wait. The
    first after a rest waits `window` seconds for
    others, so that a caller that asks again at once does not find every answer competing with what the last one left to do. Each
    thread is at work for `share` of the time at most, unless somebody waits for it.

    An error in `handle` is logged and what comes next taken: whatever was lost is still owed in the journal.
    """

    def __init__(
        self,
        name: str,
        handle: Callable[[list[Item]], object],
        *,
        most: int = 1,
        size: int,
        metrics: Metrics,
        window: float = 0.0,
        share: float = 1.0,
        threads: int = 1,
        hopeless: Callable[[], bool] = lambda: False,
        weigh: Callable[[Item], int] = lambda item: 0,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._name = name
        self._handle = handle
        self._most = most
        self._window = window
        self._rest = 1.0 / share - 1.0
        self._hopeless = hopeless
        self._weigh = weigh
        self._most_bytes = most_bytes
        self._bytes = 0
        self._lock = threading.Lock()
        self._metrics = metrics
        self._items: queue.Queue[Item | None] = queue.Queue(size)
        self._size = size
        self._threads = [
            threading.Thread(target=self._run, name=f"dualwrite-{name}", daemon=True) for _ in range(threads)
        ]
        self._abandon = False
        self._busy = 0
        self._hurry = threading.Event()

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def offer(self, item: Item) -> bool:
        """Queue an item; False, and counted, where the queue is full: by number, or by what its items weigh."""
        weight = self._weigh(item)
        with self._lock:
            fits = not self._bytes or self._bytes + weight <= self._most_bytes
            if fits:
                self._bytes += weight
        if fits:
            try:
                self._items.put_nowait(item)
            except queue.Full:
                self._lighter(weight)
                fits = False
        self._metrics.add(SHADOW, self._name, "queued" if fits else "shed")
        return fits

    def _lighter(self, weight: int) -> None:
        with self._lock:
            self._bytes -= weight

    def now(self, item: Item) -> None:
        """Handle an item on the caller's own thread, under the same containment."""
        self._contained([item])

    def _contained(self, items: list[Item]) -> None:
        try:
            self._handle(items)
        except Exception as error:  # noqa: BLE001
            # The boundary that contains the secondary store: none of its faults may end the worker's thread, or make a
            # caller's write, which is done, seem to have failed.
            log.error(  # noqa: TRY400 - no traceback: the texts in it may be of somebody's row
                "%s: work behind the caller failed (%s); the journal still holds what it owes",
                self._name,
                trail(error),
            )

    @property
    def depth(self) -> int:
        """How many items wait or are being handled."""
        return self._items.qsize() + self._busy

    @property
    def fullness(self) -> float:
        """The share of the queue that is taken, 0 to 1."""
        return min(1.0, self._items.qsize() / self._size)

    def drain(self, seconds: float) -> bool:
        """Wait until nothing is left; False where `seconds` were not enough, or nothing will come of it."""
        deadline = monotonic() + seconds
        self._hurry.set()
        try:
            while self._items.unfinished_tasks:
                if monotonic() > deadline or self._hopeless():
                    return False
                threading.Event().wait(0.005)
        finally:
            self._hurry.clear()
        return True

    def close(self, seconds: float) -> bool:
        """Finish what is queued within `seconds`, leave the rest to the journal, and end the thread.

        False where an item in hand was not waited for: its thread ends when that has come to its end.
        """
        deadline = monotonic() + seconds
        self.drain(seconds)
        self._abandon = True
        self._hurry.set()
        self._empty()
        self._end()
        deadline = monotonic() + LAST if self._hopeless() else max(deadline, monotonic() + LAST)
        for thread in self._threads:
            thread.join(timeout=max(0.0, deadline - monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _end(self) -> None:
        """Say so to one thread, who says it to the next: a queue may have less room than there are threads. Where it has none,
        since callers go on, what wakes them is there already."""
        with suppress(queue.Full):
            self._items.put_nowait(None)

    def _empty(self) -> None:
        """Take out what is queued, since a full queue has no room for the end."""
        while True:
            try:
                self._items.get_nowait()
            except queue.Empty:
                return
            self._items.task_done()

    def _next(self) -> list[Item]:
        """What waits, up to `most`; nothing at the end."""
        alone = self._items.empty()
        first = self._items.get()
        if first is None:
            return []
        if alone:
            self._hurry.wait(self._window)
        items = [first]
        with suppress(queue.Empty):
            while len(items) < self._most:
                item = self._items.get_nowait()
                if item is None:
                    self._end()  # for whoever looks next
                    break
                items.append(item)
        return items

    def _run(self) -> None:
        owed = 0.0  # seconds of rest
        while True:
            idle = monotonic()
            if not (items := self._next()):
                break
            owed = max(0.0, owed - (monotonic() - idle))
            with self._lock:
                self._busy += len(items)
            try:
                if not self._abandon:
                    begin = monotonic()
                    self._contained(items)
                    owed += self._rest * (monotonic() - begin)
                    if owed > self._rest * STRETCH:
                        self._hurry.wait(min(MOST_REST, owed))
                        owed = 0.0
            finally:
                self._lighter(sum(map(self._weigh, items)))
                with self._lock:
                    self._busy -= len(items)
                for _ in items:
                    self._items.task_done()
                self._metrics.set(QUEUE, self._name, value=self._items.qsize())
            if self._abandon:
                break
        self._end()
