"""The work of a cutover: what is owed is paid, what differs stops it, and `dual` is left behind then."""

from __future__ import annotations

from time import monotonic

import pytest

from dualwrite.breaker import Breaker
from dualwrite.cutover import Cutover
from dualwrite.errors import ConfigurationError, Unavailable
from dualwrite.metrics import NoMetrics
from dualwrite.phase import Phase
from dualwrite.relay import Relay
from dualwrite.settle import Settler
from dualwrite.switch import Switch
from dualwrite.timing import Timing
from dualwrite.verify import Verify
from tests.domain import NOTES, note
from tests.fakes import FakeControl, FakeJournal, FakeStore, Faults, refusal, unavailable


class Stage:
    """Two equal stores in `dual`."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.sql, self.pocketbase = FakeStore(faults=self.faults), FakeStore(faults=self.faults)
        self.journal = FakeJournal(faults=self.faults)
        self.control = FakeControl(faults=self.faults)
        for store in (self.sql, self.pocketbase):
            store.rows["notes"].update({(f"{n}",): note(f"{n}") for n in range(5)})

    def run(self, *, verify: bool = False, deadline: float = 5.0) -> int:
        settler = Settler(self.sql, self.pocketbase, self.journal)
        relay = Relay(
            self.journal,
            settler,
            {NOTES.name: NOTES},
            owner="switch",
            breaker=Breaker(),
            metrics=NoMetrics(),
            timing=Timing(),
        )
        work = Cutover(
            self.control,
            self.journal,
            relay,
            self.sql,
            self.pocketbase,
            [NOTES],
            verify=Verify(self.sql, self.pocketbase, self.journal, self.control, pause=0.0)
            if verify
            else None,
        )
        switch = Switch(
            self.control, owner="switch", actor="a test", deadline=deadline, sleep=lambda seconds: None
        )
        return switch.run(work).rows


def calls_of_one_run(verify: bool) -> int:
    stage = Stage()
    assert stage.run(verify=verify) == 5
    assert stage.control.state.phase is Phase.PB_ONLY
    return stage.faults.total


def test_obligations_are_settled_before_the_last_look() -> None:
    stage = Stage()
    stage.sql.rows["notes"]["9",] = note("9")
    stage.journal.trigger("notes", [("9",)])
    assert stage.run() == 6
    assert stage.sql.rows == stage.pocketbase.rows


@pytest.mark.parametrize(
    ("verify", "number"),
    [(verify, n) for verify in (False, True) for n in range(1, calls_of_one_run(verify))],
)
def test_whatever_fails_it_is_dual_again_or_done(verify: bool, number: int) -> None:
    stage = Stage()
    stage.faults.at_any_call = (number, unavailable())
    with pytest.raises(Unavailable):
        stage.run(verify=verify)
    assert stage.control.state.phase is Phase.DUAL


@pytest.mark.parametrize("verify", [False, True])
def test_a_row_that_is_missing_stops_it(verify: bool) -> None:
    stage = Stage()
    del stage.pocketbase.rows["notes"]["3",]
    with pytest.raises(ConfigurationError, match="dualwrite verify"):
        stage.run(verify=verify)
    assert stage.control.state.phase is Phase.DUAL


def test_a_stuck_key_stops_it_at_once() -> None:
    stage = Stage()
    stage.pocketbase.refuses["3",] = refusal()
    stage.journal.trigger("notes", [("3",), ("3",)])
    stage.journal.postpone([owed.seq for owed in stage.journal.open], seconds=9, error="Invalid", stuck=True)
    begin = monotonic()
    with pytest.raises(ConfigurationError, match="refuses 1 keys"):
        stage.run()
    assert monotonic() - begin < 2.5
    assert stage.control.state.phase is Phase.DUAL


def test_a_pause_too_short_for_the_writers_under_way_takes_no_debt_of_theirs() -> None:
    stage = Stage()
    stage.journal.trigger("notes", [("3",)], hold=5.0)
    with pytest.raises(ConfigurationError, match="1 obligations are still open"):
        stage.run(deadline=0.1)
    assert stage.pocketbase.puts == []
