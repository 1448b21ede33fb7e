"""The breaker as a table: events in order, and what each must answer."""

from __future__ import annotations

import pytest

from dualwrite.breaker import Breaker
from tests.fakes import Clock

FAIL, OK, ASK, REFUSED, UNUSED = "fail", "ok", "asks: yes", "asks: no", "unused"
OPENED = [FAIL] * 3

TABLE: dict[str, list[str | float]] = {
    "closed lets everybody through": [ASK, ASK, ASK],
    "fewer failures than allowed do not open": [FAIL, FAIL, ASK],
    "a success in between starts the count anew": [FAIL, FAIL, OK, FAIL, FAIL, ASK],
    "so many in a row open": [*OPENED, REFUSED],
    "after the rest exactly one may try": [*OPENED, 1.0, ASK, REFUSED, REFUSED],
    "just before the end of the rest nobody may": [*OPENED, 0.99, REFUSED],
    "a trial that succeeds closes": [*OPENED, 1.0, ASK, OK, ASK, ASK],
    "a trial that fails doubles the rest": [*OPENED, 1.0, ASK, FAIL, 1.99, REFUSED, 0.01, ASK],
    "the rest grows to its limit": [*OPENED, 1.0, ASK, FAIL, 2.0, ASK, FAIL, 4.0, ASK, FAIL, 4.0, ASK],
    "a success forgets the doubled rest": [*OPENED, 1.0, ASK, FAIL, 2.0, ASK, OK, *OPENED, 1.0, ASK],
    "stragglers do not lengthen the rest": [*OPENED, FAIL, FAIL, FAIL, 1.0, ASK],
    "a trial that had nothing to do is given back": [*OPENED, 1.0, ASK, REFUSED, UNUSED, ASK, REFUSED],
    "giving back without a trial changes nothing": [*OPENED, UNUSED, REFUSED],
    "a trial never reported is granted again after a rest": [*OPENED, 1.0, ASK, 1.0, ASK, REFUSED],
}


@pytest.mark.parametrize("events", TABLE.values(), ids=TABLE)
def test_breaker(events: list[str | float]) -> None:
    clock = Clock()
    breaker = Breaker(failures=3, rest=1.0, most=4.0, clock=clock)
    for number, event in enumerate(events):
        match event:
            case "fail":
                breaker.failed()
            case "ok":
                breaker.succeeded()
            case "unused":
                breaker.unused()
            case float():
                clock.advance(event)
            case _:
                assert breaker.allows() is (event == ASK), f"event {number} of {events}"


def test_a_call_without_an_answer_counts_as_open_until_it_has_one() -> None:
    clock = Clock()
    breaker = Breaker(silence=1.0, clock=clock)
    with breaker.asking():
        clock.advance(1.0)
        assert breaker.allows()
        clock.advance(0.1)
        assert breaker.is_open
        assert not breaker.allows()
    assert breaker.allows(), "it was slow, and is answered"


def test_the_oldest_call_under_way_decides() -> None:
    clock = Clock()
    breaker = Breaker(silence=1.0, clock=clock)
    with breaker.asking():
        clock.advance(0.9)
        with breaker.asking():
            clock.advance(0.2)
            assert breaker.is_open
        assert breaker.is_open, "the first still waits"
    assert not breaker.is_open


def test_one_failure_after_a_long_silence_opens_at_once() -> None:
    breaker = Breaker(failures=5, silence=1.0, clock=Clock())
    breaker.failed(after=1.0)
    assert not breaker.is_open
    breaker.failed(after=1.1)
    assert breaker.is_open
