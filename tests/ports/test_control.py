"""What the core relies on in every `Control`. An implementation begins in `dual`."""

from __future__ import annotations

import pytest

from dualwrite.errors import ConfigurationError
from dualwrite.phase import Phase, Reads
from dualwrite.ports import Control
from tests.ports.implementations import Stores


def change(control: Control, expect: Phase, to: Phase, reads: Reads = Reads.SQL) -> int:
    return control.change(expect=expect, to=to, reads=reads, actor="a test", why="because").epoch


def test_every_change_raises_the_epoch_and_is_read_back(control: Control) -> None:
    before = control.read()
    frozen = change(control, Phase.DUAL, Phase.FROZEN)
    moved = change(control, Phase.FROZEN, Phase.FROZEN, Reads.POCKETBASE)
    assert before.epoch < frozen < moved
    now = control.read()
    assert (now.phase, now.reads, now.epoch) == (Phase.FROZEN, Reads.POCKETBASE, moved)
    assert now.since.tzinfo is not None


def test_whoever_expects_another_phase_is_refused_and_changes_nothing(control: Control) -> None:
    before = control.read()
    with pytest.raises(ConfigurationError):
        change(control, Phase.FROZEN, Phase.PB_ONLY, Reads.POCKETBASE)
    assert control.read() == before


def test_whoever_goes_on_from_another_epoch_is_refused_although_the_phase_is_the_same(
    control: Control,
) -> None:
    old = change(control, Phase.DUAL, Phase.FROZEN)
    change(control, Phase.FROZEN, Phase.DUAL)
    now = change(control, Phase.DUAL, Phase.FROZEN)

    def finish(epoch: int) -> None:
        reads = Reads.POCKETBASE
        control.change(
            expect=Phase.FROZEN, to=Phase.PB_ONLY, reads=reads, actor="a test", why="because", epoch=epoch
        )

    with pytest.raises(ConfigurationError):
        finish(old)
    assert control.read().epoch == now
    finish(now)


def test_history_names_every_change_newest_first(control: Control) -> None:
    change(control, Phase.DUAL, Phase.FROZEN)
    change(control, Phase.FROZEN, Phase.DUAL)
    newest, older = control.history()[:2]
    assert (newest.source, newest.target) == (Phase.FROZEN, Phase.DUAL)
    assert (older.source, older.target) == (Phase.DUAL, Phase.FROZEN)
    assert (newest.actor, newest.why) == ("a test", "because")
    assert len(control.history(1)) == 1


def test_a_saved_value_is_loaded_and_an_unknown_name_is_none(control: Control) -> None:
    assert control.load("verify") is None
    control.save("verify", {"at": "now", "keys": [["a", "b"]], "none": None})
    assert control.load("verify") == {"at": "now", "keys": [["a", "b"]], "none": None}
    control.save("verify", None)
    assert control.load("verify") is None


def test_a_lease_is_one_owners_until_it_ends_or_is_given_back(stores: Stores, control: Control) -> None:
    assert control.lock("backfill", "one", seconds=5.0)
    assert control.lock("backfill", "one", seconds=5.0)
    assert not control.lock("backfill", "two", seconds=5.0)
    assert control.lock("another", "two", seconds=5.0)
    control.unlock("backfill", "two")
    assert not control.lock("backfill", "two", seconds=5.0)
    stores.wait(5.5)
    assert control.lock("backfill", "two", seconds=5.0)
    control.unlock("backfill", "two")
    assert control.lock("backfill", "one", seconds=5.0)


def test_how_long_a_lease_still_runs_is_told_for_its_owner_alone(stores: Stores, control: Control) -> None:
    assert control.held("turn", "one") == 0.0
    assert control.lock("turn", "one", seconds=5.0)
    assert 4.0 < control.held("turn", "one") <= 5.0
    assert control.held("turn", "two") == 0.0
    assert control.held("another", "one") == 0.0
    stores.wait(5.5)
    assert control.held("turn", "one") == 0.0, "what has run out is nobody's"
