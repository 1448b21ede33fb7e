"""The transitional repository: who is asked in which phase, and what a caller can feel of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

import pytest
from typing_extensions import override

from dualwrite.applier import Job
from dualwrite.call import current_call
from dualwrite.comparisons import Comparisons
from dualwrite.errors import Fenced, Frozen, Unavailable
from dualwrite.kept import Keeper
from dualwrite.metrics.catalogue import ERRORS, LATENCY, SHADOW
from dualwrite.phase import ControlState, Phase, Reads
from dualwrite.sampler import Sampler
from dualwrite.shadow import Question
from dualwrite.transitional import Behind, transitional
from dualwrite.watch import PhaseWatch
from tests.domain import NOTES, INotes, NotesPocketBase, NotesSQL, note
from tests.fakes import FakeControl, FakeJournal, FakeMetrics, FakeStore, unavailable


class Forgetful(PhaseWatch):
    """Looks at every call."""

    @override
    def renew(self) -> ControlState:
        state = super().renew()
        self.fresh_until = 0.0
        return state


class Scene(Behind):
    """A repository and everything behind it; what is handed on is only kept."""

    def __init__(self, phase: Phase, reads: Reads = Reads.SQL, *, rate: float = 1.0) -> None:
        self.control = FakeControl(phase, reads)
        self.metrics = FakeMetrics()
        self.freeze_wait = 0.03
        self.give_up = 5.0
        self.willing: float | None = 5.0
        self.sampler = Sampler(rate, Comparisons(self.metrics).count, metrics=self.metrics)
        self.keeper = Keeper()
        self.watch = Forgetful(self.control, every=1.0)
        self.jobs: list[Job] = []
        self.questions: list[Question] = []
        self.fence: Callable[[], None] = lambda: None
        self.journal = FakeJournal()
        self.sql_store, self.pb_store = FakeStore(), FakeStore()
        self.sql = NotesSQL(self.sql_store, self.journal, fence=lambda: self.fence())
        self.pocketbase = NotesPocketBase(self.pb_store)
        self.notes: INotes = transitional("notes", INotes, self.sql, self.pocketbase, self)

    @override
    def thawed(self) -> None:
        self.watch.wait_while_frozen(self.freeze_wait)

    @override
    def hold(self) -> float | None:
        return self.willing

    @override
    def apply(self, job: Job) -> None:
        self.jobs.append(job)

    @override
    def ask(self, question: Question) -> None:
        self.questions.append(question)

    def move(self, to: Phase, reads: Reads = Reads.SQL) -> None:
        self.control.change(expect=self.control.state.phase, to=to, reads=reads, actor="a test", why="")


@pytest.mark.parametrize(
    ("phase", "reads", "answers", "written", "handed_on", "compared"),
    [
        (Phase.SQL_ONLY, Reads.SQL, "sql", "sql", 0, 0),
        (Phase.DUAL, Reads.SQL, "sql", "sql", 1, 1),
        (Phase.FROZEN, Reads.SQL, "sql", None, 0, 0),
        (Phase.FROZEN, Reads.POCKETBASE, "pocketbase", None, 0, 0),
        (Phase.PB_ONLY, Reads.POCKETBASE, "pocketbase", "pocketbase", 0, 0),
    ],
)
def test_who_is_asked(
    phase: Phase, reads: Reads, answers: str, written: str | None, handed_on: int, compared: int
) -> None:
    scene = Scene(phase, reads)
    scene.notes.get("a")
    assert [method for method, _ in getattr(scene, answers).asked] == ["get"]
    assert len(scene.questions) == compared
    if written is None:
        with pytest.raises(Frozen):
            scene.notes.add("hello")
    else:
        scene.notes.add("hello")
        store = scene.sql_store if written == "sql" else scene.pb_store
        assert len(store.rows["notes"]) == 1
    assert len(scene.sql_store.rows["notes"]) + len(scene.pb_store.rows["notes"]) == (written is not None)
    assert len(scene.jobs) == handed_on


def test_a_job_carries_the_obligations_the_stamp_and_the_answer() -> None:
    scene = Scene(Phase.DUAL)
    added = scene.notes.add("hello")
    (job,) = scene.jobs
    assert added is not None
    assert job.stamp.again().id("note") == added.id
    assert [owed.key for owed in job.obligations] == [(added.id,)]
    assert (job.answer.take(), job.arguments.take()) == (added, (("hello",), {}))
    assert job.answer.take() is not added


def test_while_pocketbase_is_not_to_be_asked_a_write_is_left_to_the_relay() -> None:
    scene = Scene(Phase.DUAL)
    scene.willing = None
    assert scene.notes.add("hello") is not None
    assert scene.jobs == []
    assert len(scene.journal.claim("relay", limit=1, lease_seconds=1.0)) == 1
    assert scene.metrics.count(SHADOW, "write", "skipped") == 1


def test_a_write_that_is_handed_on_is_held() -> None:
    scene = Scene(Phase.DUAL)
    scene.notes.add("hello")
    assert len(scene.journal.open) == 1
    assert scene.journal.claim("relay", limit=1, lease_seconds=1.0) == []


def test_what_the_caller_changes_afterwards_is_in_no_job() -> None:
    scene = Scene(Phase.DUAL)
    scene.sql_store.put(NOTES, [note("a")])
    tags = ["one"]
    (edited,) = scene.notes.edit("a", "text", tags)
    tags.append("two")
    edited.text = "spoilt"
    (job,) = scene.jobs
    assert job.arguments.take() == (("a", "text", ["one"]), {})
    assert job.answer.take()[0].text == "text one"


def test_an_error_of_sql_reaches_the_caller_and_nothing_is_handed_on() -> None:
    scene = Scene(Phase.DUAL)
    scene.sql.failing = unavailable()
    with pytest.raises(Unavailable):
        scene.notes.add("hello")
    assert scene.jobs == []
    with pytest.raises(Unavailable):
        scene.notes.get("a")
    assert scene.questions[0].error == "Unavailable"
    assert scene.metrics.count(ERRORS, "notes", "add", "sql", "Unavailable") == 1
    assert len(scene.metrics.seen[LATENCY.name, "notes", "add", "sql"]) == 1, (
        "a call that failed took its time too"
    )


def test_a_write_refused_by_sql_answers_as_declared_and_is_compared() -> None:
    scene = Scene(Phase.DUAL)
    assert scene.notes.add("taken") is None
    assert scene.jobs[0].answer.take() is None


def test_what_is_not_sampled_is_not_compared() -> None:
    scene = Scene(Phase.DUAL, rate=0.0)
    scene.notes.get("a")
    assert scene.questions == []


def test_a_write_fenced_in_the_middle_goes_on_in_the_new_phase() -> None:
    scene = Scene(Phase.DUAL)

    def fence() -> None:
        scene.move(Phase.FROZEN)
        scene.move(Phase.FROZEN, Reads.POCKETBASE)
        scene.move(Phase.PB_ONLY, Reads.POCKETBASE)
        raise Fenced("the phase forbids it")

    scene.fence = fence
    added = scene.notes.add("hello")
    assert added is not None
    assert scene.sql_store.rows["notes"] == {}
    assert scene.pb_store.rows["notes"].keys() == {(added.id,)}
    assert scene.jobs == []


def test_a_write_waits_while_frozen_and_goes_on_when_thawed() -> None:
    scene = Scene(Phase.FROZEN)
    scene.freeze_wait = 5.0
    timer = threading.Timer(0.03, scene.move, (Phase.DUAL,))
    timer.start()
    assert scene.notes.add("hello") is not None
    timer.join()
    assert len(scene.jobs) == 1


def test_pocketbase_is_not_touched_on_the_callers_way() -> None:
    scene = Scene(Phase.DUAL)
    scene.pocketbase.failing = ZeroDivisionError("must not be asked")
    scene.notes.add("hello")
    scene.notes.all()
    scene.notes.remove("nobody")
    assert scene.pocketbase.asked == []


def test_arguments_that_cannot_be_copied_do_not_fail_what_sql_can_do() -> None:
    scene = Scene(Phase.DUAL)
    scene.sql_store.put(NOTES, [note("a")])
    tags = (tag for tag in ["one"])
    (edited,) = scene.notes.edit("a", "text", tags)  # type: ignore[arg-type]
    assert edited.text == "text one"
    assert len(scene.journal.open) == 1, "the relay will do it"
    assert scene.jobs == []
    assert scene.metrics.count(SHADOW, "write", "uncopied") == 1


def test_an_answer_that_cannot_be_compared_does_not_fail_the_caller() -> None:
    scene = Scene(Phase.DUAL)
    strange = threading.Lock()
    scene.sql.get = lambda _: strange  # type: ignore[method-assign,assignment,return-value]
    notes = transitional("notes", INotes, scene.sql, scene.pocketbase, scene)
    assert notes.get("a") is strange
    assert scene.questions == []
    assert scene.metrics.count(SHADOW, "read", "uncopied") == 1


def test_a_write_to_pocketbase_alone_has_a_deadline_that_counts_from_before_the_look_at_the_phase() -> None:
    """A rollback waits for as long, and then nobody is told any more that such a write is done."""
    scene = Scene(Phase.PB_ONLY, Reads.POCKETBASE)
    deadlines: list[float | None] = []

    def noting(text: str) -> None:
        call = current_call()
        deadlines.append(call.deadline if call else None)

    scene.pocketbase.add = noting  # type: ignore[method-assign,assignment]
    notes = transitional("notes", INotes, scene.sql, scene.pocketbase, scene)
    looked: list[float] = []
    scene.control.faults.before["read_state"] = lambda: looked.append(monotonic())
    before = monotonic()
    notes.add("hello")
    (deadline,) = deadlines
    assert deadline is not None
    assert before + scene.give_up <= deadline <= looked[-1] + scene.give_up
