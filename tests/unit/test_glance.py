"""A glance: fresh enough is enough, one looks at a time, and nobody waits for longer than the budget."""

from __future__ import annotations

import threading
from time import monotonic, sleep

from dualwrite.errors import Unavailable
from dualwrite.metrics.glance import Glance


def test_it_looks_once_for_many_and_again_when_that_is_old() -> None:
    looks: list[int] = []
    glance = Glance("test", lambda: looks.append(1) or len(looks), fresh=0.2)
    assert [glance.take() for _ in range(5)] == [1] * 5
    sleep(0.25)
    assert glance.take() == 2


def test_what_fails_is_unknown_and_no_exception() -> None:
    def fail() -> int:
        raise error

    error: Exception = Unavailable("gone")
    assert Glance("test", fail).take() is None
    error = ZeroDivisionError()
    assert Glance("test", fail).take() is None


def test_whoever_asks_waits_for_the_budget_and_gets_what_was_seen_last() -> None:
    go, looks = threading.Event(), iter([1, 2, 3])

    def look() -> int:
        found = next(looks)
        if found == 2:
            go.wait(5)
        return found

    glance = Glance("test", look, fresh=0.0, budget=0.1, kept=5.0)
    assert glance.take() == 1
    begun = monotonic()
    assert [glance.take(), glance.take()] == [1, 1], "the second look goes on, and no third beside it"
    assert monotonic() - begun < 1.0
    go.set()
    sleep(0.1)
    assert glance.take() == 3


def test_what_was_seen_too_long_ago_is_unknown() -> None:
    first = iter([True])
    stop = threading.Event()

    def look() -> int:
        if not next(first, False):
            stop.wait(5)
        return 1

    glance = Glance("test", look, fresh=0.0, budget=0.05, kept=0.15)
    assert glance.take() == 1
    sleep(0.2)
    assert glance.take() is None
    stop.set()
