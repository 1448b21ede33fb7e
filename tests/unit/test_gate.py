"""When the switch may happen: every condition, its figure, and what may be waived."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dualwrite.backfill import Backfill
from dualwrite.compare import Difference, Kind
from dualwrite.comparisons import Comparisons
from dualwrite.decisions import decisions
from dualwrite.errors import ConfigurationError
from dualwrite.gate import (
    CONDITIONS,
    Compared,
    Condition,
    Grounds,
    forget_evidence,
    gate,
    gather,
    method_names,
    save_verified,
)
from dualwrite.metrics import NoMetrics
from dualwrite.observation import Comparison, Outcome
from dualwrite.phase import Phase
from dualwrite.places import load_copying
from dualwrite.verify import Verified
from dualwrite.waivers import Waiver, check_waivable, load_waivers, save_waiver, withdraw
from tests.domain import NOTES, INotes, note
from tests.fakes import FakeControl, FakeJournal, FakeStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
READY = Grounds(
    phase=Phase.DUAL,
    verified_at=NOW - timedelta(minutes=5),
    methods=(Compared("notes.add", 20), Compared("notes.get", 900)),
)
METHODS = ["notes.add", "notes.edit", "notes.remove", "notes.get", "notes.all"]


def judged(grounds: Grounds) -> dict[str, Condition]:
    found = gate(grounds, now=NOW, newer_than=timedelta(minutes=10), at_least=20)
    assert [condition.name for condition in found] == list(CONDITIONS)
    return {condition.name: condition for condition in found}


def failing(grounds: Grounds) -> dict[str, str]:
    return {name: condition.figure for name, condition in judged(grounds).items() if not condition.passes}


def mismatched(method: str, minutes: int) -> Compared:
    return Compared(method, 100, 4, NOW - timedelta(minutes=minutes))


def waiver(name: str) -> Waiver:
    return Waiver(name, "ada", NOW.isoformat(), "nobody calls it")


def test_the_gate_opens_when_all_holds() -> None:
    assert failing(READY) == {}
    assert judged(READY)["comparisons"].figure == "2 of 2 methods"


def test_writes_under_way_do_not_keep_the_gate_shut() -> None:
    busy = replace(READY, open_obligations=40, oldest_seconds=9.0)
    assert failing(busy) == {}
    assert judged(busy)["obligations"].figure == "40 open, the oldest for 9 s"


@pytest.mark.parametrize(
    ("change", "name", "figure"),
    [
        ({"phase": Phase.SQL_ONLY}, "phase", "sql_only"),
        ({"phase": Phase.FROZEN}, "phase", "frozen"),
        ({"not_copied": ("notes", "tags")}, "backfill", "missing: notes, tags"),
        ({"open_obligations": 3, "oldest_seconds": 11.0}, "obligations", "3 open, the oldest for 11 s"),
        ({"stuck_keys": 2}, "stuck", "2 stuck"),
        ({"verified_at": None}, "verified", "never"),
        ({"verified_at": NOW - timedelta(minutes=11)}, "verified", "660 s ago"),
        ({"differing": 1}, "differences", "1 differing"),
        (
            {"methods": (Compared("notes.add", 19), Compared("notes.get", 20), Compared("notes.all"))},
            "comparisons",
            "1 of 3 methods; never: notes.all; too seldom: notes.add (19)",
        ),
        (
            {"methods": (mismatched("notes.get", 2), mismatched("notes.add", 20))},
            "mismatches",
            "notes.get: 4 confirmed, the last 120 s ago",
        ),
        ({"problems": ("no route", "old schema")}, "pocketbase", "no route; old schema"),
    ],
)
def test_the_gate_names_the_one_condition_that_fails(change: dict, name: str, figure: str) -> None:
    assert failing(replace(READY, **change)) == {name: figure}


def test_a_mismatch_of_long_ago_is_shown_and_does_not_close_the_gate() -> None:
    old = judged(replace(READY, methods=(mismatched("notes.get", 20),)))["mismatches"]
    assert old.holds
    assert old.figure == "notes.get: 4 confirmed, the last 1200 s ago"


def test_a_waived_method_is_not_asked_for_and_is_counted() -> None:
    methods = (Compared("notes.add", 20), mismatched("notes.get", 1), Compared("notes.all"))
    waived = {name: waiver(name) for name in ("notes.get", "notes.all")}
    assert failing(replace(READY, methods=methods)).keys() == {"comparisons", "mismatches"}
    found = judged(replace(READY, methods=methods, waivers=waived))
    assert found["comparisons"].figure == "1 of 1 methods; 2 waived"
    assert all(condition.holds for condition in found.values())


@pytest.mark.parametrize("name", CONDITIONS)
def test_only_what_puts_no_row_at_risk_can_be_waived(name: str) -> None:
    bad = Grounds(
        Phase.SQL_ONLY, ("notes",), 1, 1, None, 1, (Compared("notes.all"), mismatched("notes.get", 1)), ("x",)
    )
    bad = replace(bad, oldest_seconds=60.0)
    assert failing(bad).keys() == set(CONDITIONS)
    condition = judged(replace(bad, waivers={name: waiver(name)}))[name]
    assert not condition.holds
    assert condition.passes is CONDITIONS[name]
    if condition.passes:
        assert condition.said == f"{condition.figure} (waived by ada: nobody calls it)"
        check_waivable(name, conditions=CONDITIONS, methods=METHODS)
    else:
        with pytest.raises(ConfigurationError, match=f"{name} is never waived"):
            check_waivable(name, conditions=CONDITIONS, methods=METHODS)


def test_nothing_unknown_can_be_waived() -> None:
    check_waivable("notes.get", conditions=CONDITIONS, methods=METHODS)
    with pytest.raises(ConfigurationError, match=r"'notes\.got'.*known: comparisons, mismatches"):
        check_waivable("notes.got", conditions=CONDITIONS, methods=METHODS)


def test_a_waiver_is_kept_replaced_and_taken_back() -> None:
    control = FakeControl()
    save_waiver(control, waiver("notes.get"))
    later = Waiver.now("notes.get", who="bob", reason="tried by hand")
    save_waiver(control, later)
    save_waiver(control, waiver("mismatches"))
    assert load_waivers(control) == {"notes.get": later, "mismatches": waiver("mismatches")}
    withdraw(control, "notes.get", who="carol", why="compared by now")
    assert load_waivers(control).keys() == {"mismatches"}
    with pytest.raises(ConfigurationError, match=r"'notes.get' \(given: mismatches\)"):
        withdraw(control, "notes.get", who="carol")
    assert [(each.who, each.what, each.why) for each in decisions(control)] == [
        ("carol", "withdrew the waiver of notes.get", "compared by now"),
        ("ada", "waived mismatches", "nobody calls it"),
        ("bob", "waived notes.get", "tried by hand"),
        ("ada", "waived notes.get", "nobody calls it"),
    ]


def test_the_evidence_is_gathered_from_what_is_stored_and_can_be_forgotten() -> None:
    control, journal, sql = FakeControl(), FakeJournal(), FakeStore()
    sql.rows["notes"]["1",] = note("1")

    def gathered() -> Grounds:
        return gather(control, journal, [NOTES], {"notes": INotes}, problems=("old hooks",))

    assert method_names({"notes": INotes}) == METHODS
    nothing = tuple(map(Compared, METHODS))
    assert gathered() == Grounds(Phase.DUAL, ("notes",), methods=nothing, problems=("old hooks",))
    Backfill(sql, FakeStore(), journal, control, owner="one").run([NOTES])
    save_verified(control, [Verified("notes", sql_rows=5, differing=3, repaired=1)], begun=NOW)
    journal.trigger("notes", [("1",)])
    for process in ("one", "two"):
        comparisons = Comparisons(NoMetrics())
        for outcome in Outcome:
            found = (Difference((), Kind.VALUE, 1, 2),) if outcome is Outcome.CONFIRMED else ()
            comparisons.add(Comparison("notes", "get", outcome, found))
        comparisons.save(control, process)
    save_waiver(control, waiver("notes.all"))
    seen = gathered()
    compared = next(one for one in seen.methods if one.method == "notes.get")
    assert (compared.judged, compared.confirmed) == (8, 2), "lag and failures prove nothing"
    assert compared.last_mismatch is not None
    assert replace(seen, methods=(), oldest_seconds=0.0) == Grounds(
        Phase.DUAL, (), 1, 0, NOW, 2, (), ("old hooks",), {"notes.all": waiver("notes.all")}
    )
    forget_evidence(control, [NOTES])
    assert not load_copying(control, NOTES).done
    assert replace(gathered(), open_obligations=0, oldest_seconds=0.0, waivers={}) == Grounds(
        Phase.DUAL, ("notes",), methods=nothing, problems=("old hooks",)
    )
    assert load_waivers(control).keys() == {"notes.all"}, "a waiver is somebody's decision"
