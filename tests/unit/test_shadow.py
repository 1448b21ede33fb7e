"""Shadow reads: when a difference counts."""

from __future__ import annotations

from time import monotonic

import pytest

from dualwrite.breaker import Breaker
from dualwrite.compare import digest
from dualwrite.comparisons import Comparisons
from dualwrite.contract import methods_of
from dualwrite.errors import Missing
from dualwrite.kept import Keeper
from dualwrite.metrics.catalogue import COMPARISONS, LATENCY, SHADOW
from dualwrite.observation import Comparison, Outcome
from dualwrite.sampler import Sampler, pressure_of
from dualwrite.shadow import Question, Shadow
from tests.domain import NOTES, INotes, NotesPocketBase, NotesSQL, note
from tests.fakes import FakeJournal, FakeMetrics, FakeStore, one_by_one, unavailable


class Room:
    def __init__(self, *, tries: int = 3) -> None:
        self.journal, self.metrics = FakeJournal(), FakeMetrics()
        self.sql_store, self.pb_store = FakeStore(), FakeStore()
        self.sql, self.pocketbase = (
            NotesSQL(self.sql_store, self.journal),
            NotesPocketBase(self.pb_store),
        )
        self.breaker, self.comparisons = Breaker(failures=2), Comparisons(self.metrics)
        self.shadow = Shadow(
            {"notes": self.sql},
            {"notes": self.pocketbase},
            self.journal,
            (NOTES.name,),
            breaker=self.breaker,
            comparisons=self.comparisons,
            metrics=self.metrics,
            together=one_by_one,
            tries=tries,
            pause=0.0,
        )

    def both(self, *rows: dict) -> None:
        self.sql_store.put(NOTES, list(rows))
        self.pb_store.put(NOTES, list(rows))

    def question(self, method: str, *args: object) -> Question:
        declared = methods_of(INotes)[method]
        return Question(
            "notes",
            declared,
            Keeper().call(args, {}),
            digest(getattr(self.sql, method)(*args), declared.order),
        )

    def ask(self, method: str, *args: object) -> Comparison:
        answer = self.shadow.ask(self.question(method, *args))
        assert answer is not None
        return answer


def test_equal_by_digest_asks_sql_nothing_more() -> None:
    room = Room()
    room.both(note("a"))
    question = room.question("get", "a")
    asked = len(room.sql.asked)
    assert room.shadow.ask(question) == Comparison("notes", "get", Outcome.EQUAL)
    assert len(room.sql.asked) == asked


def test_another_order_where_none_is_promised_is_ignored() -> None:
    room = Room()
    room.sql_store.put(NOTES, [note("a"), note("b")])
    room.pb_store.put(NOTES, [note("b"), note("a")])
    assert room.ask("all").outcome is Outcome.IGNORED
    room.pb_store.rows["notes"] = dict(room.sql_store.rows["notes"])
    assert room.ask("all").outcome is Outcome.EQUAL
    assert room.metrics.count(COMPARISONS, "notes", "all", "ignored", "") == 1


def test_a_difference_that_is_gone_when_asked_again_is_transient() -> None:
    room = Room()
    room.both(note("a", "new"))
    question = Question(
        "notes", methods_of(INotes)["get"], Keeper().call(("a",), {}), digest("the answer before")
    )
    answer = room.shadow.ask(question)
    assert answer is not None
    assert answer.outcome is Outcome.TRANSIENT


def test_a_difference_while_something_is_owed_is_lag() -> None:
    room = Room()
    room.sql_store.put(NOTES, [note("a")])
    room.journal.trigger("notes", [("a",)])
    answer = room.ask("get", "a")
    assert (answer.outcome, answer.differences) == (Outcome.LAG, ())


@pytest.mark.parametrize(("same", "outcome"), [(True, Outcome.CONFIRMED), (False, Outcome.LAG)])
def test_on_a_busy_system_only_the_very_same_difference_is_confirmed(same: bool, outcome: Outcome) -> None:
    room = Room()
    room.journal.clock = monotonic
    room.shadow._pause = 0.04
    room.sql_store.put(NOTES, [note("a", "one")])
    room.pb_store.put(NOTES, [note("a", "two")])
    values = iter(range(100))

    def write_something_else() -> None:
        room.journal.pay([owed.seq for owed in room.journal.open])
        room.journal.trigger("notes", [("another",)])
        if not same:
            room.pb_store.rows["notes"]["a",] = note("a", f"differs as {next(values)}")

    room.journal.faults.before["open_for"] = write_something_else
    assert room.ask("get", "a").outcome is outcome


def test_a_difference_that_nothing_explains_is_confirmed_with_its_kind() -> None:
    room = Room()
    room.sql_store.put(NOTES, [note("a", "one")])
    room.pb_store.put(NOTES, [note("a", "two")])
    answer = room.ask("get", "a")
    assert (answer.outcome, answer.kind) == (Outcome.CONFIRMED, "value")
    assert answer.differences[0].path == ("text",)
    assert room.metrics.count(COMPARISONS, "notes", "get", "confirmed", "value") == 1


def test_a_write_that_commits_after_the_look_at_the_journal_is_lag() -> None:
    room = Room(tries=1)
    room.both(note("a", "old"))
    room.journal.faults.before["open_for"] = lambda: room.sql_store.rows["notes"].update(
        {("a",): note("a", "new")}
    )
    stale = Question(
        "notes", methods_of(INotes)["get"], Keeper().call(("a",), {}), digest("the answer before")
    )
    answer = room.shadow.ask(stale)
    assert answer is not None
    assert answer.outcome is Outcome.LAG


def test_pocketbase_down_is_failed_and_then_given_a_rest() -> None:
    room = Room()
    room.both(note("a"))
    room.pocketbase.failing = unavailable()
    assert room.ask("get", "a").outcome is Outcome.FAILED
    assert room.ask("get", "a").outcome is Outcome.FAILED
    assert room.shadow.ask(room.question("get", "a")) is None
    assert room.metrics.count(SHADOW, "read", "skipped") == 1


def test_pocketbase_going_down_between_two_askings_is_failed() -> None:
    room = Room()
    room.sql_store.put(NOTES, [note("a")])

    def die() -> None:
        room.pocketbase.failing = unavailable()

    room.journal.faults.before["open_for"] = die
    assert room.ask("get", "a").outcome is Outcome.FAILED


def test_the_same_error_on_both_sides_is_equal_and_one_side_only_is_not() -> None:
    room = Room()
    room.sql.failing = room.pocketbase.failing = Missing("gone")
    question = Question("notes", methods_of(INotes)["get"], Keeper().call(("a",), {}), None, "Missing")
    answer = room.shadow.ask(question)
    assert answer is not None
    assert answer.outcome is Outcome.EQUAL
    room.pocketbase.failing = None
    answer = room.shadow.ask(question)
    assert answer is not None
    assert answer.kind == "error"


def test_several_are_judged_each_by_itself_and_one_of_them_is_timed() -> None:
    room = Room()
    room.both(*[note(f"{at}", "same") for at in range(8)])
    room.sql_store.put(NOTES, [note("3", "another")])
    room.shadow.ask_all([room.question("get", f"{at}") for at in range(8)])
    assert room.comparisons.totals() == {"equal": 7, "confirmed": 1}
    # One that is asked alone, and the one that differs three times more.
    assert len(room.metrics.seen[LATENCY.name, "notes", "get", "pocketbase"]) == 1 + 3


def test_the_one_that_is_timed_is_drawn_by_lot() -> None:
    timed = set()
    for seed in range(40):
        room = Room()
        room.shadow._random.seed(seed)
        room.both(note("a"))
        room.shadow.ask_all([room.question("get", "a"), room.question("all")])
        timed |= {
            name for name in ("get", "all") if room.metrics.seen[LATENCY.name, "notes", name, "pocketbase"]
        }
    assert timed == {"get", "all"}


def test_several_where_pocketbase_is_down_fail_until_the_breaker_opens_and_the_rest_are_skipped() -> None:
    room = Room()  # its breaker opens with the second failure
    room.pocketbase.failing = unavailable()
    room.shadow.ask_all([room.question("all") for _ in range(6)])
    assert room.comparisons.totals() == {"failed": 2}
    assert room.breaker.is_open
    room.shadow.ask_all([room.question("all") for _ in range(5)])
    assert room.comparisons.totals() == {"failed": 2}
    assert room.metrics.count(SHADOW, "read", "skipped") == 4 + 5


def test_several_of_which_the_first_is_answered_and_the_others_are_not() -> None:
    room = Room()
    room.both(note("a"))
    answered = room.pocketbase.all

    def once() -> object:
        room.pocketbase.all = die  # type: ignore[method-assign]
        return answered()

    def die() -> object:
        raise unavailable()

    questions = [room.question("all") for _ in range(4)]
    room.pocketbase.all = once  # type: ignore[method-assign]
    room.shadow.ask_all(questions)
    assert room.comparisons.totals() == {"equal": 1, "failed": 3}
    assert room.breaker.is_open


@pytest.mark.parametrize(
    ("rate", "compared", "wanted"),
    [(0.0, 0, False), (1.0, 1000, True), (0.0001, 0, True), (0.0001, 19, True)],
)
def test_the_sampler_decides(rate: float, compared: int, wanted: bool) -> None:
    sampler = Sampler(rate, lambda repository, method: compared, metrics=FakeMetrics())
    assert sampler.wants("notes", "get") is wanted


def test_the_sampler_takes_about_its_share_once_a_method_is_known() -> None:
    sampler = Sampler(0.2, lambda repository, method: 20, metrics=FakeMetrics())
    sampler._random.seed(36)
    assert 150 < sum(sampler.wants("notes", "get") for _ in range(1000)) < 250


def test_the_fuller_the_queue_the_less_is_compared_but_for_what_seldom_was_and_that_is_counted() -> None:
    compared = {"get": 20, "list": 19}
    metrics, pressure = FakeMetrics(), 0.0
    sampler = Sampler(
        1.0, lambda repository, method: compared[method], metrics=metrics, pressure=lambda: pressure
    )
    sampler._random.seed(36)
    taken = {}
    for pressure in (0.0, 0.5, 0.9, 1.0):
        taken[pressure] = sum(sampler.wants("notes", "get") for _ in range(1000))
        assert all(sampler.wants("notes", "list") for _ in range(100))
    assert taken[0.0] == 1000
    assert 450 < taken[0.5] < 550
    assert 70 < taken[0.9] < 130
    assert taken[1.0] == 0
    assert metrics.count(SHADOW, "read", "spared") == sum(1000 - wanted for wanted in taken.values())


@pytest.mark.parametrize(("fullness", "pressure"), [(0.0, 0.0), (0.1, 0.0), (0.55, 0.5), (1.0, 1.0)])
def test_what_comes_in_one_lot_is_no_pressure(fullness: float, pressure: float) -> None:
    assert pressure_of(fullness) == pytest.approx(pressure)


def test_a_confirmed_mismatch_is_kept_and_logged_without_values(caplog: pytest.LogCaptureFixture) -> None:
    room = Room()
    room.sql_store.put(NOTES, [note("a", "a secret")])
    room.pb_store.put(NOTES, [note("a", "another secret")])
    room.ask("get", "a")
    (example,) = room.comparisons.examples()
    assert example["differences"][0]["path"] == "$.text"
    assert "secret" not in str(example) + caplog.text
    assert "notes.get differs" in caplog.text
