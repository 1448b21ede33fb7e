"""A probe asks every read method on both sides and says what it could not ask."""

from __future__ import annotations

from dualwrite.breaker import Breaker
from dualwrite.comparisons import Comparisons
from dualwrite.observation import Outcome
from dualwrite.probe import Asked, Probe, Probed
from dualwrite.shadow import Shadow
from tests.domain import NOTES, INotes, NotesPocketBase, NotesSQL, note
from tests.fakes import FakeJournal, FakeMetrics, FakeStore, one_by_one, unavailable

ALL: list[Asked] = [("notes", "get", ("a",)), ("notes", "all", ()), ("notes", "get", ("nobody",))]


class Lab:
    def __init__(self) -> None:
        self.sql_store, self.pb_store, journal, metrics = (
            FakeStore(),
            FakeStore(),
            FakeJournal(),
            FakeMetrics(),
        )
        self.pocketbase = NotesPocketBase(self.pb_store)
        self.comparisons = Comparisons(metrics)
        sql = {"notes": NotesSQL(self.sql_store, journal)}
        shadow = Shadow(
            sql,
            {"notes": self.pocketbase},
            journal,
            (NOTES.name,),
            breaker=Breaker(failures=1, rest=60.0),
            comparisons=self.comparisons,
            metrics=metrics,
            together=one_by_one,
            pause=0.0,
        )
        self.probe = Probe({"notes": INotes}, sql, shadow)
        for store in (self.sql_store, self.pb_store):
            store.put(NOTES, [note("a", "one")])

    def run(self, questions: list[Asked]) -> Probed:
        return self.probe.run(questions)


def test_equal_answers_to_every_read_method_are_clean() -> None:
    lab = Lab()
    probed = lab.run(ALL)
    assert probed.clean
    assert probed.counts == {("notes", "get"): {Outcome.EQUAL: 2}, ("notes", "all"): {Outcome.EQUAL: 1}}
    assert sum(one["equal"] for one in lab.comparisons.summary()) == 3


def test_a_read_method_without_a_question_is_named() -> None:
    probed = Lab().run(ALL[:1])
    assert not probed.clean
    assert probed.never_asked == ["notes.all"]


def test_a_difference_is_asked_again_and_kept_with_its_path() -> None:
    lab = Lab()
    lab.pb_store.put(NOTES, [note("a", "another")])
    probed = lab.run(ALL)
    assert not probed.clean
    assert {(one.method, one.kind) for one in probed.mismatches} == {("get", "value"), ("all", "value")}


def test_what_pocketbase_does_not_answer_is_not_clean() -> None:
    lab = Lab()
    lab.pocketbase.failing = unavailable()
    probed = lab.run(ALL)
    assert not probed.clean
    assert probed.skipped == 2, "after the first failure it is given a rest"
