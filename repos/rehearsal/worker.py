"""One thread of traffic: picks, paces, times and counts calls."""

from __future__ import annotations

import time
from collections.abc import Sequence
from random import Random
from threading import Event

from repos.rehearsal.callers.action import Action
from repos.rehearsal.tally import Tally

ROUND_EVERY = 5
"""One of so many calls is the next of the round, each kind in its turn, so that the rarest comes too; the others go by
weight."""
_CATCH_UP_SECONDS = 1.0  # a caller that waited longer does not send all it missed at once


class Worker:
    """Runs actions until it is told to stop. `every` is the seconds between two starts, 0 for no pause; `turn` is the
    action at which its round begins, `opening` what it does once before everything else."""

    def __init__(
        self,
        actions: Sequence[Action],
        rng: Random,
        *,
        every: float,
        first: float,
        turn: int = 0,
        opening: Sequence[Action] = (),
    ) -> None:
        self.tally = Tally()
        self._actions = actions
        self._weights = [action.weight for action in actions]
        self._rng = rng
        self._every = every
        self._first = first
        self._turn = turn
        self._opening = opening
        self._made = 0

    def run(self, stop: Event) -> None:
        """Returns once `stop` is set and the call under way has ended."""
        for action in self._opening:
            self.make(action)
        due = time.monotonic() + self._first
        while not stop.is_set():
            if self._every and stop.wait(max(0.0, due - time.monotonic())):
                return
            self.step()
            due = max(due + self._every, time.monotonic() - _CATCH_UP_SECONDS)

    def step(self) -> None:
        """One call."""
        self.make(self._next())

    def _next(self) -> Action:
        self._made += 1
        if self._made % ROUND_EVERY == 0:
            self._turn += 1
            return self._actions[(self._turn - 1) % len(self._actions)]
        (action,) = self._rng.choices(self._actions, self._weights)
        return action

    def make(self, action: Action) -> None:
        """This call."""
        began = time.perf_counter()
        try:
            action.run()
        except Exception as error:  # noqa: BLE001 — what the code under rehearsal raises, whatever it is, is the finding
            self.tally.errors[type(error).__name__] += 1
        finally:
            self.tally.milliseconds[action.kind].append((time.perf_counter() - began) * 1000)
            self.tally.writes += action.write
