"""A deterministic scheduler: actors run one at a time, and which one takes the next step is drawn from a seed.

Code under test calls `step()` before whatever others could come between; outside a stage that does nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from random import Random
from typing import Self


class Crash(BaseException):
    """The process died here: nothing that contains errors may contain this."""


class Actor:
    """One script on its thread, and how many steps it may take before it dies (None: all of them)."""

    def __init__(self, back: threading.Lock) -> None:
        self._go, self._back = threading.Lock(), back
        self._go.acquire()
        self._script: Callable[[], None] | None = None
        self._left: int | None = None
        self.done = True
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="actor", daemon=True)
        self._thread.start()

    def cast(self, script: Callable[[], None], dies_after: int | None) -> None:
        """Give it a script; its first step is the script's beginning."""
        self._script, self._left, self.done, self.error = script, dies_after, False, None

    def advance(self) -> None:
        """Run it to its next step, or to its end."""
        self._go.release()
        self._back.acquire()

    def pause(self) -> None:
        """A step: somebody else may go first. Raises `Crash` where this actor's life ends."""
        self._back.release()
        self._go.acquire()
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise Crash

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


class Stage:
    """A context manager that keeps its threads from play to play."""

    def __init__(self, most: int) -> None:
        self._back = threading.Lock()
        self._back.acquire()
        self._actors = [Actor(self._back) for _ in range(most)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for actor in self._actors:
            actor.close()

    def play(self, random: Random, scripts: Sequence[tuple[Callable[[], None], int | None]]) -> None:
        """Run every script to its end or its death, given with each as the number of steps it survives.

        Raises what a script raised.
        """
        actors = self._actors[: len(scripts)]
        for actor, (script, dies_after) in zip(actors, scripts, strict=True):
            actor.cast(script, dies_after)
        while waiting := [actor for actor in actors if not actor.done]:
            random.choice(waiting).advance()
        for actor in actors:
            if actor.error is not None:
                raise actor.error
