"""On PostgreSQL too, every HTTP answer of the wired application is the untouched application's."""

from __future__ import annotations

import pytest

from tests.e2e.stage import (
    Stage,
    assert_nothing_confirmed,
    assert_same,
    assert_same_through_a_cutover,
    played,
)

pytestmark = pytest.mark.e2e


def test_dual(stage: Stage) -> None:
    with stage.deployment("postgresql", "dual", wired=True) as deployment:
        deployment.go("dual")
        assert_same(stage.untouched("postgresql"), played(deployment))
        assert_nothing_confirmed(deployment)


def test_a_live_cutover_in_the_middle(stage: Stage) -> None:
    assert_same_through_a_cutover(stage, "postgresql")
