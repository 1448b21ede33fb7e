"""How far a job is: kept now and then, for other processes to see."""

from __future__ import annotations

import logging

import pytest
from typing_extensions import override

from dualwrite.progress import Quiet
from dualwrite.underway import Kept, Underway, forget_underway, load_underway
from tests.fakes import Clock, FakeControl, unavailable


class Bars(Quiet):
    def __init__(self) -> None:
        self.told: list[object] = []

    @override
    def begin(self, job: str, entity: str, total: int, done: int = 0) -> None:
        self.told.append((job, entity, total, done))

    @override
    def advance(self, rows: float) -> None:
        self.told.append(rows)

    @override
    def end(self) -> None:
        self.told.append("end")

    @override
    def note(self, text: str) -> None:
        self.told.append(text)


def test_it_is_kept_when_it_begins_and_ends_and_once_a_second_between() -> None:
    control, clock, bars = FakeControl(), Clock(100.0), Bars()
    kept = Kept(control, bars, clock=clock)
    kept.begin("verify", "notes", 10, 4)
    assert load_underway(control) == [Underway("verify", "notes", 10, 4, 4, 100.0, 100.0)]
    clock.advance(0.5)
    kept.advance(1)
    assert load_underway(control)[0].done == 4, "not yet"
    clock.advance(0.5)
    kept.advance(1)
    (job,) = load_underway(control)
    assert (job.done, job.at) == (6, 101.0)
    assert (job.rate(101.0), job.left(101.0)) == (2.0, 2.0)
    kept.note("a word")
    kept.advance(3)
    kept.end()
    (job,) = load_underway(control)
    assert (job.done, job.total, job.ended) == (9, 9, True), "there were fewer rows than was thought"
    assert (job.rate(101.0), job.left(101.0)) == (0.0, 0.0)
    assert bars.told == [("verify", "notes", 10, 4), 1, 1, "a word", 3, "end"]


def test_a_job_that_says_nothing_any_more_has_no_rate() -> None:
    job = Underway("backfill", "notes", total=10, done=6, earlier=2, begun=100.0, at=102.0)
    assert (job.rate(161.0), job.left(161.0)) == (2.0, 2.0)
    assert (job.rate(163.0), job.left(163.0)) == (0.0, None)


def test_what_cannot_be_kept_costs_the_job_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Down(FakeControl):
        @override
        def save(self, name: str, value: object) -> None:
            raise unavailable()

    with caplog.at_level(logging.WARNING):
        kept = Kept(Down())
        kept.begin("verify", "notes", 10)
        kept.advance(10)
        kept.end()
    assert "how far the verify is could not be kept" in caplog.text


def test_it_is_forgotten_with_all_other_evidence() -> None:
    control = FakeControl()
    Kept(control).begin("verify", "notes", 10)
    forget_underway(control)
    assert load_underway(control) == []
