"""What is done at most once in a while."""

from __future__ import annotations

import pytest

from repos.rules.throttle import INTERVAL, Throttle

NOW = 1_700_000_000.0


def test_one_passes_in_each_interval_for_each_id() -> None:
    throttle = Throttle(10.0)
    assert [throttle.passes("a", NOW + seconds) for seconds in (0, 9.9, 10, 19, 20.5)] == [
        True,
        False,
        True,
        False,
        True,
    ]
    assert throttle.passes("A", NOW)


@pytest.mark.parametrize(
    ("setting", "second"), [(None, True), ("0", True), ("nonsense", True), ("5.5", False), ("inf", False)]
)
def test_the_setting_is_open_webuis(setting: str | None, second: bool) -> None:
    throttle = Throttle.from_environment({} if setting is None else {INTERVAL: setting})
    throttle.passes("a", NOW)
    assert throttle.passes("a", NOW + 1) is second


def test_ids_are_forgotten_once_their_interval_is_over() -> None:
    throttle = Throttle(1.0)
    for number in range(25_000):
        assert throttle.passes(str(number), NOW + number)
    assert len(throttle._last) <= 10_000
