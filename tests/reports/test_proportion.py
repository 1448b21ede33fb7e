"""Wilson's interval against published figures and against what every interval must be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualwrite.proportion import wilson


def test_known_figures() -> None:
    """Newcombe 1998, table I: 81/263, 15/148, 0/20 and 1/29, method 3."""
    for hits, trials, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(hits, trials) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 10**9).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_holds_the_rate_and_stays_a_share(figures: tuple[int, int]) -> None:
    hits, trials = figures
    low, high = wilson(hits, trials)
    assert 0 <= low <= high <= 1
    if trials:
        assert low <= hits / trials <= high


@pytest.mark.parametrize(("hits", "trials"), [(2, 1), (-1, 5)])
def test_refuses_nonsense(hits: int, trials: int) -> None:
    with pytest.raises(ValueError, match="hits"):
        wilson(hits, trials)
