"""Pauses of writes, as the recorded changes of phase tell them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dualwrite.phase import Phase, Transition
from tests.faults.pauses import Paused, pauses

DUAL, FROZEN, ALONE = Phase.DUAL, Phase.FROZEN, Phase.PB_ONLY


def changes(*steps: tuple[float, Phase, Phase]) -> list[Transition]:
    """Newest first, as the control table gives them."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    made = [
        Transition(begin + timedelta(seconds=at), "test", source, target, "") for at, source, target in steps
    ]
    return made[::-1]


def test_a_pause_lasts_from_the_freeze_to_the_next_phase_in_which_writes_go_on() -> None:
    there = ((1, DUAL, FROZEN), (2, FROZEN, FROZEN), (2.5, FROZEN, ALONE))
    back = ((10, ALONE, FROZEN), (16, FROZEN, FROZEN), (16.5, FROZEN, DUAL))
    assert pauses(changes((0, Phase.SQL_ONLY, DUAL), *there, *back)) == [
        Paused(DUAL, ALONE, 1.5),
        Paused(ALONE, DUAL, 6.5),
    ]


def test_one_that_was_called_off_is_a_pause_and_no_switch() -> None:
    (found,) = pauses(changes((1, DUAL, FROZEN), (4, FROZEN, FROZEN), (4.5, FROZEN, DUAL)))
    assert found == Paused(DUAL, DUAL, 3.5)
    assert not found.switched


def test_one_that_goes_on_is_not_counted_yet() -> None:
    assert pauses(changes((1, DUAL, FROZEN), (2, FROZEN, FROZEN))) == []
