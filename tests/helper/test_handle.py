"""The application's side of the helper: what waits to be handed over, and what is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

from dualwrite.contract import methods_of
from dualwrite.helper import Helper
from dualwrite.helper.channel import Sender, pair, received
from dualwrite.helper.handle import MOST_QUESTIONS
from dualwrite.helper.messages import question_of
from dualwrite.kept import Keeper
from dualwrite.metrics.catalogue import SHADOW
from dualwrite.parts import Parts
from dualwrite.settings import Settings
from dualwrite.shadow import Question
from tests.domain import INotes
from tests.fakes import FakeJournal, FakeMetrics

SETTINGS = Settings.load(
    sql_url="sqlite://", pb_url="http://127.0.0.1:1", pb_identity="nobody", pb_password="none"
)


def question(of: object) -> Question:
    return Question("notes", methods_of(INotes)["get"], Keeper().call((of,), {}), b"digest")


@contextmanager
def helper(sender: Sender | None = None) -> Iterator[tuple[Helper, FakeMetrics]]:
    """One whose process is not started, with somebody who hears it or nobody."""
    metrics = FakeMetrics()
    parts = SimpleNamespace(
        settings=SETTINGS, metrics=metrics, journal=FakeJournal(), migration=SimpleNamespace(foreign=())
    )
    helper = Helper(cast(Parts, parts))
    helper._sender = sender
    yield helper, metrics


def test_reads_are_handed_over_together_in_their_order() -> None:
    ours, theirs = pair()
    with ours, theirs, helper(Sender(ours)) as (asking, metrics):
        asked = [question(f"{number}") for number in range(20)]
        for each in asked:
            asking.ask(each)
        theirs.setblocking(False)
        assert not _readable(theirs)
        asking._hand_over()
        theirs.setblocking(True)
        messages = received(theirs)
        assert [question_of(next(messages), {"notes": INotes}) for _ in asked] == asked
        assert metrics.count(SHADOW, "read", "shed") == 0


def test_one_that_cannot_travel_is_counted_and_keeps_none_of_the_others_back() -> None:
    class Unknown(str):
        """Of a class that no other process finds."""

    ours, theirs = pair()
    with ours, theirs, helper(Sender(ours)) as (asking, metrics):
        for of in ("a", Unknown("x"), "b"):
            asking.ask(question(of))
        asking._hand_over()
        messages = received(theirs)
        found = [question_of(next(messages), {"notes": INotes}) for _ in range(2)]
        assert found == [question("a"), question("b")]
        assert metrics.count(SHADOW, "read", "uncopied") == 1


def test_no_more_wait_than_a_bound_and_what_nobody_takes_is_counted() -> None:
    with helper() as (asking, metrics):
        for number in range(3 * MOST_QUESTIONS):
            asking.ask(question(number))
            assert len(asking._questions) <= MOST_QUESTIONS
        asking._hand_over()
        assert not asking._questions
        assert metrics.count(SHADOW, "read", "shed") == 3 * MOST_QUESTIONS


def _readable(end: Any) -> bool:
    try:
        return bool(end.recv(1))
    except BlockingIOError:
        return False
