"""The diary: obligations over time and outages, kept small."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualwrite.breaker import Breaker
from dualwrite.diary import (
    MOST_OUTAGES,
    MOST_POINTS,
    Diary,
    Outage,
    Point,
    load_outages,
    load_points,
    noted,
    thinned,
)
from dualwrite.phase import Phase
from tests.fakes import Clock, FakeControl, FakeJournal

START = datetime(2026, 3, 1, tzinfo=UTC)


def point(minute: float, open: int = 0) -> Point:
    return Point(START + timedelta(minutes=minute), open, 0, 0.0)


def outage(minute: float, minutes: float, open: int = 0) -> Outage:
    return Outage(START + timedelta(minutes=minute), minutes * 60, open)


class Desk:
    """A diary of one process, with a clock that is turned by hand."""

    def __init__(
        self, phase: Phase = Phase.DUAL, control: FakeControl | None = None, owner: str = "one"
    ) -> None:
        self.clock = Clock()
        self.control = control or FakeControl(phase, clock=self.clock)
        self.journal = FakeJournal(self.clock)
        self.breaker = Breaker(failures=1)
        self.diary = self.of(owner)

    def of(self, owner: str) -> Diary:
        return Diary(
            self.control,
            self.journal,
            self.breaker,
            owner=owner,
            every=30.0,
            now=lambda: START + timedelta(seconds=self.clock()),
            clock=self.clock,
        )

    def wait(self, seconds: float, *, every: float = 1.0) -> None:
        for _ in range(int(seconds / every)):
            self.clock.advance(every)
            self.diary.keep()


@given(st.lists(st.integers(0, 10_000), max_size=700))
def test_of_any_number_of_points_few_are_kept_and_the_peak_is_among_them(opens: list[int]) -> None:
    points: list[Point] = []
    for minute, number in enumerate(opens):
        points = thinned([*points, point(minute, number)])
    assert len(points) <= MOST_POINTS
    assert [p.at for p in points] == sorted(p.at for p in points)
    assert max((p.open for p in points), default=0) == max(opens, default=0)
    assert points[-1:] == [point(minute, number) for minute, number in enumerate(opens)][-1:]


@pytest.mark.parametrize(
    ("before", "seen", "after"),
    [
        ([], outage(0, 1), [outage(0, 1)]),
        ([outage(0, 1, 5)], outage(0, 2, 3), [outage(0, 2, 5)]),
        ([outage(0, 1)], outage(1.25, 1), [outage(0, 2.25)]),
        ([outage(0, 1)], outage(1.75, 1), [outage(0, 1), outage(1.75, 1)]),
        ([outage(0, 1), outage(3, 1)], outage(1, 2), [outage(0, 4)]),
    ],
)
def test_what_touches_is_one_outage(before: list[Outage], seen: Outage, after: list[Outage]) -> None:
    assert noted(before, seen) == after


def test_the_last_outages_are_kept() -> None:
    kept: list[Outage] = []
    for number in range(MOST_OUTAGES + 5):
        kept = noted(kept, outage(number * 10, 1))
    assert len(kept) == MOST_OUTAGES
    assert kept[-1] == outage((MOST_OUTAGES + 4) * 10, 1)


def test_one_point_is_written_in_its_time_over_all_processes() -> None:
    desk = Desk()
    other = desk.of("two")
    for _ in range(91):
        desk.clock.advance(1.0)
        desk.diary.keep()
        other.keep()
    assert 3 <= len(load_points(desk.control)) <= 4


def test_a_point_is_what_the_journal_says() -> None:
    desk = Desk()
    first, *_ = desk.journal.trigger("notes", [("a",), ("b",)])
    desk.journal.postpone([first.seq], seconds=90, error="Invalid", stuck=True)
    desk.clock.advance(7.0)
    desk.diary.note()
    (kept,) = load_points(desk.control)
    assert (kept.open, kept.stuck, kept.oldest_seconds) == (2, 1, 7.0)


@pytest.mark.parametrize("phase", [Phase.SQL_ONLY, Phase.PB_ONLY])
def test_nothing_is_written_where_there_is_no_journal_to_speak_of(phase: Phase) -> None:
    desk = Desk(phase)
    desk.wait(100)
    assert load_points(desk.control) == []


def test_an_outage_is_written_while_it_lasts_and_at_its_end() -> None:
    desk = Desk()
    desk.breaker.failed()
    desk.journal.trigger("notes", [("a",), ("b",)])
    desk.wait(45)
    (so_far,) = load_outages(desk.control)
    assert 30 <= so_far.seconds <= 45
    desk.breaker.succeeded()
    desk.wait(2)
    (ended,) = load_outages(desk.control)
    assert 45 <= ended.seconds <= 47
    assert ended.open == 2
    desk.wait(100)
    assert load_outages(desk.control) == [ended]


def test_nothing_is_saved_where_nothing_is_wrong() -> None:
    desk = Desk()
    desk.wait(100)
    assert load_outages(desk.control) == []
