"""Every HTTP answer of the wired application is the untouched application's, ids and clocks aside."""

from __future__ import annotations

import pytest

from tests.e2e.deployment import move_tables_away
from tests.e2e.stage import (
    Stage,
    assert_nothing_confirmed,
    assert_same,
    assert_same_through_a_cutover,
    played,
)

pytestmark = pytest.mark.e2e


def test_the_scenario_is_answered_in_every_way(stage: Stage) -> None:
    assert {exchange.status for exchange in stage.untouched("sqlite")} >= {200, 400, 401, 403, 404}


def test_sql_only(stage: Stage) -> None:
    with stage.deployment("sqlite", "sql_only", wired=True) as deployment:
        assert_same(stage.untouched("sqlite"), played(deployment))


def test_dual(stage: Stage) -> None:
    with stage.deployment("sqlite", "dual", wired=True) as deployment:
        deployment.go("dual")
        assert_same(stage.untouched("sqlite"), played(deployment))
        assert_nothing_confirmed(deployment)


def test_pb_only(stage: Stage) -> None:
    with stage.deployment("sqlite", "pb_only", wired=True) as deployment:
        deployment.go("pb_only")
        assert_same(stage.untouched("sqlite"), played(deployment))


def test_pb_only_with_the_nine_tables_moved_away(stage: Stage) -> None:
    with stage.deployment("sqlite", "moved", wired=True) as deployment:
        deployment.go("pb_only")
        move_tables_away(deployment.database_url)
        assert_same(stage.untouched("sqlite"), played(deployment))


def test_a_live_cutover_in_the_middle(stage: Stage) -> None:
    assert_same_through_a_cutover(stage, "sqlite")
