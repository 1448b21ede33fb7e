"""A deterministic scheduler: actors of a play run one at a time, and who takes the next step is drawn from its seed.

Some actors of a play are drawn far more often than others: that one stands still while others run from end to end is what most
faults need, and is seldom drawn where all are alike.

Code under test calls `step()` before whatever others could come between, or `ask()` where many plays can do that together;
outside a stage both do at once what they say. Plays know nothing of each other, so that many are on the stage at a time: each
round one actor of every play takes a step, and what they ask for is done for all of them in one go.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Self

Together = Callable[[list[Any]], Sequence[Any]]
"""Does the same for many: one result for each argument, in their order."""


class Crash(BaseException):
    """The process died here: nothing that contains errors may contain this."""


@dataclass(frozen=True)
class Play:
    """Scripts with the number of steps that each survives (None: all of them), and what draws their order."""

    random: Random
    scripts: Sequence[tuple[Callable[[], None], int | None]]


class Actor:
    """One script on its thread."""

    def __init__(self, back: threading.Lock) -> None:
        self._go, self._back = threading.Lock(), back
        self._go.acquire()
        self._script: Callable[[], None] | None = None
        self._left: int | None = None
        self._result: Any = None
        self.wanted: tuple[Together, Any] | None = None
        self.done = True
        self.weight = 1.0
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="actor", daemon=True)
        self._thread.start()

    def cast(self, script: Callable[[], None], dies_after: int | None) -> None:
        """Give it a script; its first step is the script's beginning."""
        self._script, self._left, self.done, self.error = script, dies_after, False, None
        self.wanted = None

    @property
    def dies(self) -> bool:
        """Whether its next step is its last, and is not taken."""
        return self._left == 0

    def advance(self, result: Any = None) -> None:
        """Run it to its next step, or to its end, with what it asked for."""
        self._result = result
        self._go.release()
        self._back.acquire()

    def pause(self, wanted: tuple[Together, Any] | None = None) -> Any:
        """A step: somebody else may go first. Raises `Crash` where this actor's life ends."""
        self.wanted = wanted
        self._back.release()
        self._go.acquire()
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise Crash
        return self._result

    def close(self) -> None:
        """End the thread."""
        self._script = None
        self._go.release()
        self._thread.join()

    def _run(self) -> None:
        _here.actor = self
        while True:
            self._go.acquire()
            if self._script is None:
                return
            try:
                self._script()
            except Crash:
                pass
            except BaseException as error:  # noqa: BLE001 - handed on to the test's own thread
                self.error = error
            self.done = True
            self._back.release()


class _Here(threading.local):
    actor: Actor | None = None


_here = _Here()


def step() -> None:
    """Somebody else may go first here."""
    if _here.actor is not None:
        _here.actor.pause()


def ask(together: Together, argument: Any) -> Any:
    """A step, and then what `together` does for this argument and those of other plays."""
    if _here.actor is None:
        return together([argument])[0]
    return _here.actor.pause((together, argument))


class Stage:
    """A context manager that keeps its threads from play to play: `wide` plays at a time, of `most` actors each."""

    def __init__(self, *, wide: int, most: int) -> None:
        self._back = threading.Lock()
        self._back.acquire()
        self._casts = [[Actor(self._back) for _ in range(most)] for _ in range(wide)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for actors in self._casts:
            for actor in actors:
                actor.close()

    def perform(self, plays: Iterable[Play]) -> None:
        """Run every script of every play to its end or its death. Raises what a script raised."""
        coming = iter(plays)
        idle = list(self._casts)
        running: list[tuple[Random, list[Actor]]] = []
        while True:
            while idle and (play := next(coming, None)) is not None:
                actors = idle.pop()
                for actor, script in zip(actors, play.scripts, strict=False):
                    actor.cast(*script)
                    actor.weight = 10.0 ** play.random.uniform(0.0, 2.0)
                running.append((play.random, actors))
            if not running:
                return
            self._round([_drawn(random, actors) for random, actors in running])
            over = [actors for _, actors in running if all(actor.done for actor in actors)]
            idle += over
            running = [(random, actors) for random, actors in running if actors not in over]

    def _round(self, chosen: Sequence[Actor]) -> None:
        wanted: dict[Together, list[Actor]] = defaultdict(list)
        for actor in chosen:
            if actor.wanted is not None and not actor.dies:
                wanted[actor.wanted[0]].append(actor)
        results: dict[Actor, Any] = {}
        for together, actors in wanted.items():
            arguments = [actor.wanted[1] for actor in actors if actor.wanted is not None]
            results |= zip(actors, together(arguments), strict=True)
        for actor in chosen:
            actor.advance(results.get(actor))
            if actor.error is not None:
                raise actor.error


def _drawn(random: Random, actors: Sequence[Actor]) -> Actor:
    waiting = [actor for actor in actors if not actor.done]
    return random.choices(waiting, [actor.weight for actor in waiting])[0]
