"""The switch: that it leaves `dual` or `pb_only` behind and nothing in between."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import pytest

from dualwrite.breaker import Breaker
from dualwrite.cutover import Cutover
from dualwrite.errors import ConfigurationError, Unavailable
from dualwrite.metrics import NoMetrics
from dualwrite.phase import Phase, Reads
from dualwrite.relay import Relay
from dualwrite.settle import Settler
from dualwrite.timing import PHASE_TTL, Timing
from dualwrite.verify import Verify
from tests.domain import NOTES, note
from tests.fakes import FakeControl, FakeJournal, FakeStore, Faults, refusal, unavailable


class Stop(BaseException):
    """Ctrl-C, or anything else that is no ordinary error."""


class Stage:
    """Two equal stores in `dual`. `say` and `sleep` are counted with the calls of the ports."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.sql, self.pocketbase = FakeStore(faults=self.faults), FakeStore(faults=self.faults)
        self.journal = FakeJournal(faults=self.faults)
        self.control = FakeControl(faults=self.faults)
        self.slept: list[float] = []
        self.phases: list[tuple[Phase, Reads]] = []
        for store in (self.sql, self.pocketbase):
            store.rows["notes"].update({(f"{n}",): note(f"{n}") for n in range(5)})

    def cutover(self, *, verify: bool = False) -> Cutover:
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
        return Cutover(
            self.control,
            self.journal,
            relay,
            self.sql,
            self.pocketbase,
            [NOTES],
            actor="a test",
            verify=Verify(self.sql, self.pocketbase, self.journal, pause=0.0) if verify else None,
            say=self.counted("say", lambda text: None),
            sleep=self.counted("sleep", self.slept.append),
        )

    def counted(self, operation: str, function: Callable) -> Callable:
        def call(argument: object) -> None:
            with self.faults.around(operation):
                self.phases.append((self.control.state.phase, self.control.state.reads))
                function(argument)

        return call

    def run(self, *, verify: bool = False, drain: float = 0.0) -> int:
        return self.cutover(verify=verify).run(drain_seconds=drain, settled_after=0.0).rows

    @property
    def where(self) -> tuple[Phase, Reads]:
        return self.control.state.phase, self.control.state.reads


def calls_of_one_run(verify: bool) -> int:
    stage = Stage()
    stage.run(verify=verify)
    return stage.faults.total


@pytest.mark.parametrize("verify", [False, True])
def test_it_freezes_looks_moves_the_reads_waits_and_flips(verify: bool) -> None:
    stage = Stage()
    assert stage.run(verify=verify) == 5
    assert stage.where == (Phase.PB_ONLY, Reads.POCKETBASE)
    assert stage.phases == [
        (Phase.FROZEN, Reads.SQL),
        (Phase.FROZEN, Reads.POCKETBASE),
        (Phase.FROZEN, Reads.POCKETBASE),
        (Phase.PB_ONLY, Reads.POCKETBASE),
    ]
    assert stage.slept == [PHASE_TTL]


def test_obligations_are_settled_before_the_last_look() -> None:
    stage = Stage()
    stage.sql.rows["notes"]["9",] = note("9")
    stage.journal.trigger("notes", [("9",)])
    assert stage.run(drain=1.0) == 6
    assert stage.sql.rows == stage.pocketbase.rows


@pytest.mark.parametrize("error", [unavailable(), Stop()], ids=["an error", "an interrupt"])
@pytest.mark.parametrize(
    ("verify", "number"),
    [(verify, n) for verify in (False, True) for n in range(1, calls_of_one_run(verify) + 1)],
)
def test_aborted_at_any_call_it_is_dual_again_or_done(
    verify: bool, number: int, error: BaseException
) -> None:
    stage = Stage()
    stage.faults.at_any_call = (number, error)
    with pytest.raises((Unavailable, Stop)):
        stage.run(verify=verify)
    flipped = number == calls_of_one_run(verify)
    assert stage.where == ((Phase.PB_ONLY, Reads.POCKETBASE) if flipped else (Phase.DUAL, Reads.SQL)), (
        "only after the flip, when it is being told, is there no way back"
    )


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_change_whose_answer_was_lost_leaves_dual_or_pb_only(number: int) -> None:
    stage = Stage()
    stage.faults.plan("change", number, unavailable(), done=True)
    with pytest.raises(Unavailable):
        stage.run()
    assert stage.where[0] is (Phase.PB_ONLY if number == 3 else Phase.DUAL)


def test_the_abort_is_tried_again_while_the_control_table_is_away() -> None:
    stage = Stage()
    stage.faults.plan("count", 1, unavailable())
    stage.faults.plan("history", 1, unavailable())
    stage.faults.plan("change", 2, unavailable())
    with pytest.raises(Unavailable):
        stage.run()
    assert stage.where == (Phase.DUAL, Reads.SQL)


def test_where_it_cannot_be_set_back_the_error_says_so() -> None:
    stage = Stage()
    stage.faults.plan("count", 1, unavailable())
    for number in range(1, 20):
        stage.faults.plan("history", number, unavailable())
    with pytest.raises(Unavailable) as error:
        stage.run()
    assert "writes are still paused" in error.value.__notes__[0]


def test_a_freeze_of_somebody_else_is_left_alone() -> None:
    stage = Stage()
    stage.control.change(
        expect=Phase.DUAL, to=Phase.FROZEN, reads=Reads.SQL, actor="another", why="their switch"
    )
    with pytest.raises(ConfigurationError):
        stage.run()
    assert stage.where == (Phase.FROZEN, Reads.SQL)


@pytest.mark.parametrize("verify", [False, True])
def test_a_row_that_is_missing_stops_it(verify: bool) -> None:
    stage = Stage()
    del stage.pocketbase.rows["notes"]["3",]
    with pytest.raises(ConfigurationError, match="dualwrite verify"):
        stage.run(verify=verify)
    assert stage.where == (Phase.DUAL, Reads.SQL)


def test_a_stuck_key_stops_it_at_once() -> None:
    stage = Stage()
    stage.pocketbase.refuses["3",] = refusal()
    stage.journal.trigger("notes", [("3",), ("3",)])
    stage.journal.postpone([owed.seq for owed in stage.journal.open], seconds=9, error="Invalid", stuck=True)
    begin = monotonic()
    with pytest.raises(ConfigurationError, match="refuses 1 keys"):
        stage.run(drain=5.0)
    assert monotonic() - begin < 2.5
    assert stage.where == (Phase.DUAL, Reads.SQL)


def test_a_pause_too_short_for_the_writers_under_way_takes_no_debt_of_theirs() -> None:
    stage = Stage()
    stage.journal.trigger("notes", [("3",)])
    with pytest.raises(ConfigurationError, match="1 obligations are still open"):
        stage.cutover().run(drain_seconds=0.0, settled_after=10.0)
    assert stage.pocketbase.puts == []
