"""The work of a rollback: what it waits for, what it does not trust, and that it can be stopped anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest
from typing_extensions import override

from dualwrite.chunks import ChunkSize
from dualwrite.entity import Entity, Key, Row
from dualwrite.errors import ConfigurationError, Refused, Unavailable
from dualwrite.phase import Phase, Reads
from dualwrite.rollback import Rollback, SqlTarget
from dualwrite.switch import Switch
from dualwrite.timing import PHASE_TTL
from tests.domain import NOTES, note
from tests.fakes import FakeControl, FakeStore, Faults, unavailable

WRITES_END = 6.0


class FakeSql(FakeStore, SqlTarget):
    """SQL as the copy back sees it: a store that has room for any row."""

    @override
    def misfit(self, entity: Entity, row: Row) -> tuple[str, str] | None:
        return None

    @override
    def exchange(self, entity: Entity, rows: Sequence[Row]) -> dict[Key, Refused]:
        self.put(entity, rows)
        return {}


class Stage:
    """Two stores that differ in every way, in `pb_only`. `sleeping` is done while the last writes are waited for."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.sql, self.pocketbase = FakeSql(faults=self.faults), FakeStore(faults=self.faults)
        self.control = FakeControl(Phase.PB_ONLY, Reads.POCKETBASE, faults=self.faults)
        self.control.saved["verify"] = {"at": "before the cutover", "differing": 0}
        self.sql.rows["notes"].update({(f"{n}",): note(f"{n}") for n in range(6)})
        self.pocketbase.rows["notes"].update({(f"{n}",): note(f"{n}", "new" * (n % 2)) for n in range(3, 9)})
        self.epochs: list[int] = []
        self.slept: list[float] = []
        self.sleeping: Callable[[], None] = lambda: None

    def _target(self, epoch: int) -> FakeSql:
        self.epochs.append(epoch)
        return self.sql

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        with self.faults.around("sleep"):
            self.sleeping()

    def run(self, *, deadline: float = 30.0) -> int:
        work = Rollback(
            self.control,
            self.pocketbase,
            self._target,
            [NOTES],
            writes_end=WRITES_END,
            deadline=deadline,
            sleep=self._sleep,
            chunk=ChunkSize(most_rows=2),
        )
        switch = Switch(
            self.control, owner="one", actor="a test", deadline=deadline, sleep=lambda seconds: None
        )
        return switch.run(work).rows

    @property
    def where(self) -> tuple[Phase, Reads]:
        return self.control.state.phase, self.control.state.reads

    @property
    def equal(self) -> bool:
        return self.sql.rows["notes"] == self.pocketbase.rows["notes"]


def calls_of_one_run() -> int:
    stage = Stage()
    stage.run()
    return stage.faults.total


def test_sql_is_what_pocketbase_is_and_answers() -> None:
    stage = Stage()
    assert stage.run() == 6
    assert stage.equal
    assert stage.where == (Phase.DUAL, Reads.SQL)
    assert stage.control.load("verify") is None, "what was verified before says nothing now"
    assert stage.epochs == [1, 1, 2, 2], "the mark of each phase is another"


def test_it_waits_for_writes_that_began_before_the_freeze() -> None:
    stage = Stage()
    stage.sleeping = lambda: stage.pocketbase.rows["notes"].update({("late",): note("late")})
    assert stage.run() == 7
    assert stage.equal
    assert sum(stage.slept) == pytest.approx(PHASE_TTL + WRITES_END, abs=0.3)


@pytest.mark.parametrize("number", range(1, calls_of_one_run()))
def test_stopped_at_any_call_it_is_pb_only_again_and_can_be_run_again(number: int) -> None:
    stage = Stage()
    before = dict(stage.pocketbase.rows["notes"])
    stage.faults.at_any_call = (number, unavailable())
    with pytest.raises(Unavailable):
        stage.run()
    assert stage.where == (Phase.PB_ONLY, Reads.POCKETBASE)
    assert stage.pocketbase.rows["notes"] == before, "PocketBase is never written"
    stage.faults.at_any_call = None
    stage.pocketbase.rows["notes"].pop(("4",))
    assert stage.run() == 5
    assert stage.equal


def test_somebody_who_goes_on_writing_is_noticed() -> None:
    stage = Stage()
    count = iter(range(10_000))

    def write() -> None:
        if stage.control.state.phase is Phase.FROZEN:
            stage.pocketbase.rows["notes"]["0",] = note("0", str(next(count)))

    stage.faults.before["scan"] = write
    with pytest.raises(ConfigurationError, match="PocketBase changes although writes are paused"):
        stage.run()
    assert stage.where == (Phase.PB_ONLY, Reads.POCKETBASE)


def test_a_deadline_too_short_for_the_comparison_is_refused_before_writes_pause() -> None:
    stage = Stage()
    stage.faults.before["scan"] = lambda: time.sleep(0.01)
    with pytest.raises(ConfigurationError, match="give --deadline 8"):
        stage.run(deadline=6.0)
    assert stage.control.history() == []
