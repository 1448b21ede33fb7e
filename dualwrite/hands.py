"""Hands: who works on ranges. This thread alone, or as many as a `concurrent.futures.Executor` has.

Threads work with this process's own connections. Workers of other processes, on this machine or on others, are handed a `Setup`
as the helper is, and open connections of their own, once.
"""

from __future__ import annotations

import pickle
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from typing_extensions import override

from dualwrite.errors import ConfigurationError, DualwriteError
from dualwrite.metrics import Metrics, NoMetrics
from dualwrite.ports import Control, Journal, Mirror, Origin
from dualwrite.progress import Progress, Quiet
from dualwrite.turn import Hold

if TYPE_CHECKING:
    from dualwrite.helper.messages import Setup

BEAT = 1.0
"""Seconds between two looks at the turn, while others work."""
MOST_BREAKS = 3
"""So often workers may die without having finished anything in between."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a range is worked on with. `turn` is the right to write, where this process has it; None: another holds it."""

    source: Origin
    target: Mirror
    journal: Journal
    control: Control
    metrics: Metrics = field(default_factory=NoMetrics)
    progress: Progress = field(default_factory=Quiet)
    turn: Hold | None = None


class Part(Protocol):
    """What came of a range."""

    @property
    def rows(self) -> int:
        """How many rows were looked at."""


Came = TypeVar("Came", bound=Part, covariant=True)


class Work(Protocol[Came]):
    """Work on one range: plain data, that can be sent to another process. Doing it twice is the same as doing it once."""

    def do(self, bench: Bench) -> Came:
        """What comes of it."""


class Hands(ABC):
    """Who works, until they are closed."""

    @abstractmethod
    def each(
        self, works: Mapping[int, Work[Came]], bench: Bench, beat: Callable[[], None]
    ) -> Iterator[tuple[int, Came]]:
        """What comes of each, by its number, in whatever order. `beat` is called about every `BEAT` seconds while others
        work. Raises what a piece of work raises, once no other is at work any more."""

    @property
    @abstractmethod
    def working(self) -> bool:
        """Whether somebody may still be at work, although `each` has ended."""

    @abstractmethod
    def close(self) -> None:
        """Let them go: what is not begun never will be, and what is under way is waited for."""


class ThisThread(Hands):
    """One after another, here."""

    @property
    @override
    def working(self) -> bool:
        return False

    @override
    def each(
        self, works: Mapping[int, Work[Came]], bench: Bench, beat: Callable[[], None]
    ) -> Iterator[tuple[int, Came]]:
        for number, work in works.items():
            yield number, work.do(bench)

    @override
    def close(self) -> None:
        return


class Many(Hands):
    """The workers of an executor. `opened` gives one whenever it is entered: at first, and after its workers have died.

    With a `setup` they are other processes; without, threads of this one.
    """

    def __init__(
        self, opened: Callable[[], AbstractContextManager[Executor]], setup: Setup | None = None
    ) -> None:
        self._opened = opened
        self._setup = pickle.dumps(setup) if setup is not None else None
        self._context: AbstractContextManager[Executor] | None = None
        self._executor: Executor | None = None
        self._running: set[Future[Any]] = set()

    @property
    @override
    def working(self) -> bool:
        return any(not future.done() for future in self._running)

    @override
    def each(
        self, works: Mapping[int, Work[Came]], bench: Bench, beat: Callable[[], None]
    ) -> Iterator[tuple[int, Came]]:
        left = dict(works)
        breaks = 0
        while left:
            try:
                for number, part in self._each(left, bench, beat):
                    breaks = 0
                    del left[number]
                    yield number, part
            except BrokenExecutor as error:
                # Whoever does its range again waits for the lease of the dead: their last request may land until then.
                breaks += 1
                if breaks == MOST_BREAKS:
                    raise ConfigurationError(
                        "worker processes die, one after another (out of memory?): try fewer, or none"
                    ) from error
                bench.progress.note("a worker process died; its ranges are done again")
                self.close()

    def _each(
        self, works: Mapping[int, Work[Came]], bench: Bench, beat: Callable[[], None]
    ) -> Iterator[tuple[int, Came]]:
        posted = _Posted()
        executor = self._open()
        numbers = {
            self._submit(executor, work, replace(bench, progress=posted)): n for n, work in works.items()
        }
        self._running = set(numbers)
        try:
            while self._running:
                done, self._running = wait(self._running, BEAT, FIRST_COMPLETED)
                beat()
                posted.pass_on(bench.progress)
                for future in done:
                    yield numbers[future], self._came(future, bench)
        except DualwriteError:
            # The others finish what they have begun, so that nobody has to look at it again.
            for future in self._running:
                future.cancel()
            while self.working:
                wait(self._running, BEAT)
                beat()
            raise
        finally:
            for future in self._running:
                future.cancel()

    def _submit(self, executor: Executor, work: Work[Came], bench: Bench) -> Future[Any]:
        if self._setup is None:
            return executor.submit(work.do, bench)
        from dualwrite.hired import do

        return executor.submit(do, self._setup, work)

    def _came(self, future: Future[Any], bench: Bench) -> Any:
        if self._setup is None:
            return future.result()
        part, figures = future.result()
        figures.tell(bench.metrics)
        bench.progress.advance(part.rows)
        return part

    def _open(self) -> Executor:
        if self._executor is None:
            self._context = self._opened()
            self._executor = self._context.__enter__()
        return self._executor

    @override
    def close(self) -> None:
        context, self._context, self._executor = self._context, None, None
        if context is not None:
            context.__exit__(None, None, None)


class _Posted(Progress):
    """Told by any thread, passed on by one."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[tuple[float, str]] = SimpleQueue()

    @override
    def begin(self, job: str, entity: str, total: int, done: int = 0) -> None:
        raise TypeError("a range is a part of a job")

    @override
    def advance(self, rows: float) -> None:
        self._queue.put((rows, ""))

    @override
    def end(self) -> None:
        raise TypeError("a range is a part of a job")

    @override
    def note(self, text: str) -> None:
        self._queue.put((0, text))

    def pass_on(self, progress: Progress) -> None:
        """Tell it everything so far."""
        while True:
            try:
                rows, text = self._queue.get_nowait()
            except Empty:
                return
            if text:
                progress.note(text)
            else:
                progress.advance(rows)
