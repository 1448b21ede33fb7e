"""The switch, one way and the other: the same steps, each of which is undone where a later one fails.

    cutover    dual    ─▶ frozen, SQL answers        ─▶ work ─▶ frozen, PocketBase answers ─▶ wait ─▶ pb_only
    rollback   pb_only ─▶ frozen, PocketBase answers ─▶ work ─▶ frozen, SQL answers        ─▶ wait ─▶ dual

The reads move while nobody may write, and every process is given `PHASE_TTL` to notice before the first write goes to the
other store: no reader can see the old store after a write to the new one. On the way back from a switch that was called off
the reads move back in the same manner.

Every change names the epoch it goes on from, so a switch that was brought back behind its back can do nothing any more. Whoever
is at work holds the turn and renews it; a freeze whose turn has run out is ended by any process that takes part.
`tests/model/switch.py` explores why nothing less is enough.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from dualwrite.errors import ConfigurationError, DualwriteError
from dualwrite.periodic import Periodic
from dualwrite.phase import ControlState, Phase, reads_of
from dualwrite.ports import Control
from dualwrite.timing import PHASE_TTL
from dualwrite.turn import Turn

LEASE_SECONDS = 5.0
"""How long a switch that was killed stands in the way."""
DEADLINE = 30.0
TRIES = 6


@dataclass(frozen=True, slots=True)
class Course:
    """A way that a switch can go."""

    name: str
    origin: Phase
    goal: Phase


CUTOVER = Course("cutover", Phase.DUAL, Phase.PB_ONLY)
ROLLBACK = Course("rollback", Phase.PB_ONLY, Phase.DUAL)


@dataclass(frozen=True, slots=True)
class Switched:
    """What the switch took: how long writes were paused, in seconds, and how many rows there were."""

    paused: float
    rows: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Nobody may write. `begun` and `ends` are of `time.monotonic`."""

    begun: float
    ends: float

    @property
    def left(self) -> float:
        """Seconds until it must be over."""
        return max(0.0, self.ends - monotonic())

    def check(self) -> None:
        """Raises `ConfigurationError` where it has lasted too long."""
        if monotonic() > self.ends:
            raise ConfigurationError(
                f"not done within the {self.ends - self.begun:g} s that writes may be paused"
            )


class Work(Protocol):
    """What makes both stores equal. `epoch` is that of the phase it is done in."""

    @property
    def course(self) -> Course:
        """Which way this leads."""

    def prepare(self, epoch: int) -> None:
        """Done before writes pause: it may take long, and others write meanwhile. Raises where the switch would fail."""

    def finish(self, pause: Pause, epoch: int) -> int:
        """Done while writes are paused; returns how many rows there are. Raises where both stores are not equal then."""


class Switch:
    """Carries out one switch at a time. `say` is told what happens; `deadline` is how long writes may be paused, in seconds."""

    def __init__(
        self,
        control: Control,
        *,
        owner: str,
        actor: str,
        deadline: float = DEADLINE,
        say: Callable[[str], None] = lambda text: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._control = control
        self._owner = owner
        self._actor = actor
        self._deadline = deadline
        self._say = say
        self._sleep = sleep

    def run(self, work: Work) -> Switched:
        """From the course's origin to its goal, or not at all.

        Raises:
            ConfigurationError: it could not be done; the phase is its origin again and the text says why.
        """
        turn = Turn(self._control, self._owner, seconds=LEASE_SECONDS)
        turn.take()
        heart = Periodic("turn", turn.keep, every=LEASE_SECONDS / 5)
        heart.start()
        try:
            state = self._origin(work.course)
            work.prepare(state.epoch)
            return self._paused(work, state, heart)
        finally:
            heart.close()
            with suppress(DualwriteError):  # it runs out by itself
                turn.give_back()

    def _origin(self, course: Course) -> ControlState:
        state = self._control.read()
        if state.phase is Phase.FROZEN:
            # The turn is ours, so whoever began this is dead.
            state = bring_back(
                self._control, actor=self._actor, why="an unfinished switch is called off", sleep=self._sleep
            )
        if state.phase is not course.origin:
            raise ConfigurationError(
                f"{course.name} is for the phase {course.origin}, and the phase is {state.phase}"
            )
        return state

    def _paused(self, work: Work, state: ControlState, heart: Periodic) -> Switched:
        course = work.course
        pause = Pause(begun := monotonic(), begun + self._deadline)
        heart.until(pause.ends)
        try:
            state = self._change(state, Phase.FROZEN, course.origin, f"{course.name}: writes pause")
            rows = work.finish(pause, state.epoch)
            pause.check()
            state = self._change(state, Phase.FROZEN, course.goal, f"{course.name}: reads move")
            self._sleep(PHASE_TTL)
            pause.check()
            self._change(state, course.goal, course.goal, f"{course.name}: done")
        except BaseException as error:
            self._call_off(course, error)
            raise
        return Switched(monotonic() - begun, rows)

    def _change(self, state: ControlState, to: Phase, answering: Phase, why: str) -> ControlState:
        changed = self._control.change(
            expect=state.phase,
            to=to,
            reads=reads_of(answering),
            actor=self._actor,
            why=why,
            epoch=state.epoch,
        )
        self._say(f"{state.phase} → {to}, reads from {changed.reads}: {why}")
        return changed

    def _call_off(self, course: Course, error: BaseException) -> None:
        """Back to the origin, unless there is no freeze (the answer of a change may have been lost), or it is not ours."""
        # Our own errors say it in one line that holds no value of anybody's.
        said = f": {error}" if isinstance(error, DualwriteError) else ""
        why = f"{course.name} called off: {type(error).__name__}{said}"
        for attempt in range(TRIES):
            try:
                mine = Turn(self._control, self._owner, seconds=LEASE_SECONDS)
                mine.take()
            except ConfigurationError:
                return  # whoever has the turn now brings it back, or has
            except DualwriteError:
                self._sleep(0.1 * 2**attempt)
                continue
            try:
                bring_back(self._control, actor=self._actor, why=why, sleep=self._sleep)
            except DualwriteError:
                self._sleep(0.1 * 2**attempt)
            else:
                return
        error.add_note(
            "The phase could not be set back: writes stay paused until a process that takes part can do it. See `dualwrite "
            "status`."
        )


def origin_of_freeze(control: Control) -> Phase:
    """The phase that the freeze in force, or the last one, began in."""
    return next(
        (change.source for change in control.history() if change.source is not Phase.FROZEN), Phase.DUAL
    )


def bring_back(
    control: Control, *, actor: str, why: str, sleep: Callable[[float], None] = time.sleep
) -> ControlState:
    """End a freeze that will not be finished: back to the phase it began in. Where nothing is frozen, nothing happens.

    It may itself be killed and done again by another.

    Raises:
        ConfigurationError: the phase was changed meanwhile.
    """
    state = control.read()
    if state.phase is not Phase.FROZEN:
        return state
    newest = control.history(1)
    origin = origin_of_freeze(control)
    reads = reads_of(origin)

    def change(to: Phase) -> ControlState:
        return control.change(
            expect=Phase.FROZEN, to=to, reads=reads, actor=actor, why=why, epoch=state.epoch
        )

    if state.reads is not reads:
        state = change(Phase.FROZEN)
    if newest and newest[0].source is Phase.FROZEN:
        # The reads have moved, or moved back, in this freeze, and somebody may not have noticed yet.
        sleep(PHASE_TTL)
    return change(origin)


def end_overdue(control: Control, owner: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """End the freeze of a switch that is dead or too slow: one whose turn has run out. Any process may try, at any time.

    Raises:
        StoreError, ConfigurationError: it could not be done; try again a little later.
    """
    if control.read().phase is not Phase.FROZEN:
        return
    turn = Turn(control, owner, seconds=LEASE_SECONDS)
    try:
        turn.take()
    except ConfigurationError:
        return
    try:
        bring_back(control, actor=owner, why="the switch ended without finishing", sleep=sleep)
    finally:
        turn.give_back()
