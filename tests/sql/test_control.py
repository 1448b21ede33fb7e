"""The control table: state, history, kept values and named leases."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from dualwrite.errors import ConfigurationError
from dualwrite.phase import Phase, Reads, Transition
from dualwrite.sql import Database, SqlControl
from tests.sql.notes import go


def test_before_init(database: Database) -> None:
    with pytest.raises(ConfigurationError, match="dualwrite init"):
        SqlControl(database).read()


def test_the_first_state(installed: Database) -> None:
    state = SqlControl(installed).read()
    assert (state.phase, state.reads, state.epoch) == (Phase.SQL_ONLY, Reads.SQL, 1)
    assert abs(datetime.now(UTC) - state.since) < timedelta(minutes=1)


def test_every_change_is_recorded(installed: Database) -> None:
    control = SqlControl(installed)
    go(installed, Phase.DUAL, Phase.FROZEN)
    control.change(
        expect=Phase.FROZEN, to=Phase.FROZEN, reads=Reads.POCKETBASE, actor="ann", why="reads move over"
    )
    state = control.read()
    assert (state.phase, state.reads, state.epoch) == (Phase.FROZEN, Reads.POCKETBASE, 4)
    newest, *others = control.history()
    assert newest == Transition(newest.at, "ann", Phase.FROZEN, Phase.FROZEN, "reads move over")
    assert newest.at >= others[0].at
    assert [(old.source, old.target) for old in others] == [
        (Phase.DUAL, Phase.FROZEN),
        (Phase.SQL_ONLY, Phase.DUAL),
    ]
    assert control.history(limit=1) == [newest]


@pytest.mark.parametrize("value", [None, 0, "ü", [1, 2.5], {"a": {"b": [None, True]}}])
def test_values_are_kept(installed: Database, value: object) -> None:
    control = SqlControl(installed)
    control.save("name", "before")
    control.save("name", value)
    assert control.load("name") == value
    assert control.load("another") is None


def test_a_lease(installed: Database) -> None:
    control = SqlControl(installed)
    assert control.lock("backfill", "a", seconds=60)
    assert control.lock("backfill", "a", seconds=0.05)
    assert not control.lock("backfill", "b", seconds=60)
    assert control.lock("verify", "b", seconds=60)
    time.sleep(0.1)
    assert control.lock("backfill", "b", seconds=60)
    assert not control.lock("backfill", "a", seconds=60)
    control.unlock("backfill", "a")
    assert not control.lock("backfill", "a", seconds=60)
    control.unlock("backfill", "b")
    assert control.lock("backfill", "a", seconds=60)
