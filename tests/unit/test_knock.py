"""Whether PocketBase is back, found out without staking anything on it."""

from __future__ import annotations

from typing import Any

import pytest

from dualwrite.breaker import Breaker
from dualwrite.call import current_call
from dualwrite.errors import ConfigurationError, Unauthorised
from dualwrite.knock import SECONDS, Knock
from tests.domain import NOTES
from tests.fakes import Clock, FakeStore, lost, refusal, unavailable

ANSWERS: dict[str, tuple[Any, bool]] = {
    "an answer": (None, True),
    "not there": (unavailable(), False),
    "no answer": (lost(), False),
    "locked out": (Unauthorised("no"), False),
    "it refuses": (refusal(), True),
    "to be mended": (ConfigurationError("the collection does not exist"), True),
}


@pytest.mark.parametrize(("error", "answered"), ANSWERS.values(), ids=ANSWERS)
def test_whatever_it_says_is_an_answer(error: Exception | None, answered: bool) -> None:
    store = FakeStore()
    if error is not None:
        store.faults.plan("read", 1, error)
    assert Knock(store, {"notes": NOTES}).answered() is answered
    assert store.puts == store.deletes == []


def test_it_is_given_up_soon() -> None:
    store, left = FakeStore(), list[float | None]()

    def note() -> None:
        call = current_call()
        left.append(call.deadline if call else None)

    store.faults.before["read"] = note
    Knock(store, {"notes": NOTES}).answered()
    assert left[0] is not None
    assert SECONDS <= 3.0


def test_it_closes_a_breaker_whose_rest_is_over_and_leaves_others_alone() -> None:
    clock, store = Clock(), FakeStore()
    breaker = Breaker(failures=1, rest=1.0, clock=clock)
    knock = Knock(store, {"notes": NOTES})
    knock.try_for(breaker)
    assert store.faults.calls["read"] == 0, "closed: nothing to find out"
    breaker.failed()
    knock.try_for(breaker)
    assert store.faults.calls["read"] == 0, "it has its rest"
    clock.advance(1.0)
    store.faults.plan("read", 1, unavailable())
    knock.try_for(breaker)
    assert breaker.is_open
    clock.advance(2.0)
    knock.try_for(breaker)
    assert not breaker.is_open
