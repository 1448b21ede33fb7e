"""Pauses of writes, read from the history of the phase."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dualwrite.freezes import End, Freeze, freezes
from dualwrite.phase import Phase, Transition
from dualwrite.switch import CUTOVER, ROLLBACK

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def changes(*steps: tuple[float, Phase, Phase]) -> list[Transition]:
    return [Transition(at(seconds), "me", source, target, "") for seconds, source, target in steps]


def test_a_switch_done_one_called_off_and_the_way_back() -> None:
    history = changes(
        (0, Phase.SQL_ONLY, Phase.DUAL),
        (10, Phase.DUAL, Phase.FROZEN),
        (11, Phase.FROZEN, Phase.DUAL),
        (20, Phase.DUAL, Phase.FROZEN),
        (22, Phase.FROZEN, Phase.FROZEN),
        (23, Phase.FROZEN, Phase.PB_ONLY),
        (30, Phase.PB_ONLY, Phase.FROZEN),
        (37, Phase.FROZEN, Phase.DUAL),
    )
    found = freezes(reversed(history))
    assert found == [
        Freeze(CUTOVER, at(10), at(11), End.CALLED_OFF),
        Freeze(CUTOVER, at(20), at(23), End.DONE),
        Freeze(ROLLBACK, at(30), at(37), End.DONE),
    ]
    assert [freeze.seconds(at(99)) for freeze in found] == [1, 3, 7]


def test_a_pause_that_goes_on_grows_with_time() -> None:
    (freeze,) = freezes(changes((5, Phase.PB_ONLY, Phase.FROZEN), (6, Phase.FROZEN, Phase.FROZEN)))
    assert (freeze.course, freeze.end, freeze.seconds(at(9))) == (ROLLBACK, None, 4)


def test_a_history_that_begins_in_a_pause_says_nothing_of_it() -> None:
    assert freezes(changes((5, Phase.FROZEN, Phase.PB_ONLY))) == []
