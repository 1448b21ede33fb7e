"""The steps of a switch, one way and the other: they end at the goal or at the origin, and never in between."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from typing_extensions import override

from dualwrite.errors import ConfigurationError, Unavailable
from dualwrite.phase import Phase, Reads, reads_of
from dualwrite.switch import (
    CUTOVER,
    LEASE_SECONDS,
    ROLLBACK,
    Course,
    Pause,
    Switch,
    Switched,
    Work,
    bring_back,
    end_overdue,
)
from dualwrite.timing import PHASE_TTL
from dualwrite.turn import LEASE
from tests.fakes import Clock, FakeControl, Faults, unavailable

COURSES = pytest.mark.parametrize("course", [CUTOVER, ROLLBACK], ids=lambda course: course.name)


class Stop(BaseException):
    """Ctrl-C, or anything else that is no ordinary error."""


class Noted(Work):
    """Work that does nothing but note what stands while it is done. `meanwhile` is done in its midst."""

    def __init__(self, stage: Stage, course: Course) -> None:
        self._stage, self._course = stage, course
        self.meanwhile: Callable[[], None] = lambda: None

    @property
    @override
    def course(self) -> Course:
        return self._course

    @override
    def prepare(self, epoch: int) -> None:
        self._stage.note("prepare")
        assert epoch == self._stage.control.state.epoch

    @override
    def finish(self, pause: Pause, epoch: int) -> int:
        self._stage.note("finish")
        assert epoch == self._stage.control.state.epoch
        self.meanwhile()
        return 5


class Stage:
    """A control table at the origin of a course. What is said, slept and worked counts with the calls of the port."""

    def __init__(self, course: Course) -> None:
        self.faults, self.clock = Faults(), Clock()
        self.control = FakeControl(
            course.origin, reads_of(course.origin), clock=self.clock, faults=self.faults
        )
        self.noted: list[tuple[str, Phase, Reads]] = []
        self.work = Noted(self, course)
        self.course = course

    def note(self, what: str) -> None:
        with self.faults.around(what):
            self.noted.append((what, *self.where))

    def switch(self, owner: str = "one", deadline: float = 30.0) -> Switch:
        return Switch(
            self.control,
            owner=owner,
            actor="a test",
            deadline=deadline,
            say=lambda text: self.note("say"),
            sleep=lambda seconds: self.note(f"sleep {seconds:g}"),
        )

    def run(self, owner: str = "one", deadline: float = 30.0) -> Switched:
        return self.switch(owner, deadline).run(self.work)

    def bring_back(self) -> None:
        bring_back(
            self.control, actor="a test", why="", sleep=lambda seconds: self.note(f"sleep {seconds:g}")
        )

    def killed(self, after_changes: int) -> None:
        """A switch that is gone once the phase has changed so often; nobody calls it off."""
        self.control.lock(LEASE, "dead", seconds=LEASE_SECONDS)
        origin, goal = (reads_of(phase) for phase in (self.course.origin, self.course.goal))
        for reads in (origin, goal)[:after_changes]:
            self.control.change(
                expect=self.control.state.phase, to=Phase.FROZEN, reads=reads, actor="dead", why=""
            )

    @property
    def where(self) -> tuple[Phase, Reads]:
        return self.control.state.phase, self.control.state.reads


def at(phase: Phase) -> tuple[Phase, Reads]:
    return phase, reads_of(phase)


def calls_of_one_run(course: Course) -> int:
    stage = Stage(course)
    stage.run()
    return stage.faults.total


@COURSES
def test_it_prepares_freezes_works_moves_the_reads_waits_and_goes_on(course: Course) -> None:
    stage = Stage(course)
    assert stage.run().rows == 5
    before, after = reads_of(course.origin), reads_of(course.goal)
    assert stage.noted == [
        ("prepare", course.origin, before),
        ("say", Phase.FROZEN, before),
        ("finish", Phase.FROZEN, before),
        ("say", Phase.FROZEN, after),
        (f"sleep {PHASE_TTL:g}", Phase.FROZEN, after),
        ("say", course.goal, after),
    ]
    assert [(change.actor, change.target) for change in reversed(stage.control.history())] == [
        ("a test", Phase.FROZEN),
        ("a test", Phase.FROZEN),
        ("a test", course.goal),
    ]
    assert all(change.why.startswith(course.name) for change in stage.control.history())
    assert stage.control.lock(LEASE, "the next one", seconds=1.0), "its turn is over"


@COURSES
@pytest.mark.parametrize("error", [unavailable(), Stop()], ids=["an error", "an interrupt"])
@pytest.mark.parametrize("number", range(1, calls_of_one_run(CUTOVER) + 1))
def test_stopped_at_any_call_it_is_at_its_origin_or_its_goal(
    number: int, error: BaseException, course: Course
) -> None:
    stage = Stage(course)
    stage.faults.at_any_call = (number, error)
    try:
        stage.run()
    except (Unavailable, Stop):
        pass
    else:
        assert number == calls_of_one_run(course), "the turn that could not be given back ends by itself"
    flipped = stage.control.state.epoch == 4
    assert stage.where == at(course.goal if flipped else course.origin)


@COURSES
def test_after_the_reads_have_moved_they_move_back_and_are_waited_for(course: Course) -> None:
    stage = Stage(course)
    stage.faults.plan(f"sleep {PHASE_TTL:g}", 1, unavailable())
    with pytest.raises(Unavailable):
        stage.run()
    assert stage.noted[-1] == (f"sleep {PHASE_TTL:g}", Phase.FROZEN, reads_of(course.origin))
    assert stage.where == at(course.origin)


@COURSES
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_change_whose_answer_was_lost_leaves_the_origin_or_the_goal(number: int, course: Course) -> None:
    stage = Stage(course)
    stage.faults.plan("change", number, unavailable(), done=True)
    with pytest.raises(Unavailable):
        stage.run()
    assert stage.where == at(course.goal if number == 3 else course.origin)


def test_calling_off_is_tried_again_while_the_control_table_is_away() -> None:
    stage = Stage(CUTOVER)
    stage.faults.plan("finish", 1, unavailable())
    stage.faults.plan("history", 1, unavailable())
    stage.faults.plan("lock", 2, unavailable())
    stage.faults.plan("change", 2, unavailable())
    with pytest.raises(Unavailable):
        stage.run()
    assert stage.where == at(Phase.DUAL)


def test_where_it_cannot_be_called_off_the_error_says_so_and_another_may() -> None:
    stage = Stage(CUTOVER)
    stage.faults.plan("finish", 1, unavailable())
    for number in range(1, 20):
        stage.faults.plan("history", number, unavailable())
    with pytest.raises(Unavailable) as error:
        stage.run()
    assert "writes stay paused" in error.value.__notes__[0]
    stage.faults.planned.clear()
    end_overdue(stage.control, "another")
    assert stage.where == at(Phase.DUAL)


@COURSES
def test_a_switch_that_takes_too_long_is_called_off(course: Course) -> None:
    stage = Stage(course)
    stage.work.meanwhile = lambda: time.sleep(0.03)
    with pytest.raises(ConfigurationError, match=r"not done within the 0\.02 s"):
        stage.run(deadline=0.02)
    assert stage.where == at(course.origin)


@COURSES
def test_it_is_for_one_phase_only(course: Course) -> None:
    for phase in {*Phase} - {course.origin, Phase.FROZEN}:
        stage = Stage(course)
        stage.control = FakeControl(phase, reads_of(phase), clock=stage.clock)
        with pytest.raises(ConfigurationError, match=f"{course.name} is for the phase {course.origin}"):
            stage.run()
        assert stage.where == at(phase)
        assert stage.control.lock(LEASE, "the next one", seconds=1.0)


@COURSES
@pytest.mark.parametrize("changes", [1, 2])
def test_what_a_killed_switch_left_is_ended_by_anybody_once_its_turn_is_over(
    changes: int, course: Course
) -> None:
    stage = Stage(course)
    stage.killed(changes)
    left = stage.where
    end_overdue(stage.control, "another")
    assert stage.where == left, "it may be alive"
    with pytest.raises(ConfigurationError, match="another backfill, cutover or rollback is at work"):
        stage.run()
    stage.clock.advance(LEASE_SECONDS)
    end_overdue(stage.control, "another")
    assert stage.where == at(course.origin)
    assert stage.control.history(1)[0].actor == "another"
    end_overdue(stage.control, "another")
    assert stage.run().rows == 5


@COURSES
def test_the_next_switch_clears_up_after_a_killed_one(course: Course) -> None:
    stage = Stage(course)
    stage.killed(2)
    stage.clock.advance(LEASE_SECONDS)
    stage.run()
    assert stage.where == at(course.goal)


@COURSES
@pytest.mark.parametrize("number", range(1, 8))
def test_bringing_back_can_be_killed_anywhere_and_done_again(number: int, course: Course) -> None:
    stage = Stage(course)
    stage.killed(2)
    stage.faults.total, stage.faults.at_any_call = 0, (number, Stop())
    try:
        stage.bring_back()
    except Stop:
        stage.faults.at_any_call = None
        stage.noted.clear()
        stage.bring_back()
        assert stage.noted == [(f"sleep {PHASE_TTL:g}", Phase.FROZEN, reads_of(course.origin))], (
            "nobody knows how long the reads have been back"
        )
    assert stage.where == at(course.origin)


@COURSES
def test_a_switch_that_slept_too_long_changes_nothing_in_the_freeze_of_another(course: Course) -> None:
    stage = Stage(course)
    other: list[int] = []

    def taken_over() -> None:
        stage.clock.advance(LEASE_SECONDS)
        end_overdue(stage.control, "a process that takes part")
        stage.control.lock(LEASE, "two", seconds=LEASE_SECONDS)
        reads = reads_of(course.origin)
        state = stage.control.change(expect=course.origin, to=Phase.FROZEN, reads=reads, actor="two", why="")
        other.append(state.epoch)

    stage.work.meanwhile = taken_over
    with pytest.raises(ConfigurationError):
        stage.run()
    assert stage.control.state.epoch == other[0]
    assert stage.where == (Phase.FROZEN, reads_of(course.origin))
