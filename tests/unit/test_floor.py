"""Where a claimer begins to look."""

from __future__ import annotations

from dualwrite.sql.floor import EVERY, SHORT, Floor
from tests.fakes import Clock


def behind_a_long_head(clock: Clock) -> Floor:
    floor = Floor(clock)
    floor.rise(SHORT + 100)
    floor.looked(1)
    return floor


def test_it_begins_at_the_beginning() -> None:
    assert Floor(Clock()).now() == 0


def test_a_short_head_is_passed_each_time() -> None:
    floor = Floor(Clock())
    floor.rise(SHORT)
    floor.looked(1)
    assert floor.now() == 0


def test_a_long_head_is_passed_now_and_then() -> None:
    clock = Clock()
    floor = behind_a_long_head(clock)
    assert floor.now() == SHORT + 100
    clock.advance(EVERY)
    assert floor.now() == 0


def test_once_the_head_is_paid_nothing_is_passed_over() -> None:
    floor = behind_a_long_head(Clock())
    floor.looked(SHORT + 50)
    assert floor.now() == 0


def test_what_is_given_back_soon_is_looked_for_soon() -> None:
    clock = Clock()
    floor = behind_a_long_head(clock)
    floor.lower([3], 1.0)
    assert floor.now() > 0
    clock.advance(1.0)
    assert floor.now() == 0


def test_it_never_sinks_but_for_a_look_from_the_beginning() -> None:
    floor = behind_a_long_head(Clock())
    floor.rise(7)
    assert floor.now() == SHORT + 100
