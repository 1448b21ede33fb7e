"""The judge of histories: what one register could have answered passes, and everything else is named with the calls that show it."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.history import Call, Kind, Outcome, calls_of
from tests.faults.register import Wrong, contradicted, judge

UNKNOWN, REFUSED = Outcome.UNKNOWN, Outcome.REFUSED


def w(value: str | None, asked: float, answered: float = math.inf, outcome: Outcome | None = None) -> Call:
    """A write; one without an answer is of unknown outcome."""
    outcome = outcome or (UNKNOWN if answered == math.inf else Outcome.DONE)
    return Call("writer", Kind.WRITE, "key", value, asked, answered, outcome)


def r(value: str | None, asked: float, answered: float) -> Call:
    return Call("reader", Kind.READ, "key", value, asked, answered)


FINE = {
    "nothing was asked": [],
    "nothing was there": [r(None, 1, 2)],
    "one after the other": [w("a", 1, 2), r("a", 3, 4), w("b", 5, 6), r("b", 7, 8)],
    "a read beside a write may see it or not": [w("a", 1, 5), r(None, 2, 3), r("a", 2, 4)],
    "two reads beside a write see it one after the other": [w("a", 1, 9), r(None, 2, 3), r("a", 4, 5)],
    "of two writes at once either is the last": [w("a", 1, 5), w("b", 2, 4), r("a", 6, 7)],
    "a write that was never answered took effect": [w("a", 1, 2), w("b", 3), r("b", 4, 5)],
    "a write that was never answered did not": [w("a", 1, 2), w("b", 3), r("a", 4, 5), r("a", 6, 7)],
    "a write that was never answered took effect late": [
        w("a", 1, 2),
        w("b", 3),
        r("a", 4, 5),
        w("c", 6, 7),
        r("c", 8, 9),
        r("b", 10, 11),
    ],
    "a write that was refused did not": [w("a", 1, 2), w("b", 3, 4, REFUSED), r("a", 5, 6)],
    "removed": [w("a", 1, 2), w(None, 3, 4), r(None, 5, 6)],
    "of two removals without an answer each took effect once": [
        w(None, 1),
        w(None, 2),
        w("a", 3, 4),
        r(None, 5, 6),
        w("b", 7, 8),
        r(None, 9, 10),
    ],
    "a removal without an answer, where it was empty at first as well": [
        r(None, 1, 2),
        w("a", 3, 4),
        w(None, 5),
        r("a", 6, 7),
    ],
    "an answer at the moment of the next question": [w("a", 1, 2), r(None, 2, 3)],
}

WRONG = {
    "a write lost for good": (
        [w("a", 1, 2), w("b", 3, 4), r("b", 5, 6), r("a", 7, 8), r("a", 9, 10)],
        Wrong.LOST,
        [w("a", 1, 2), w("b", 3, 4), r("a", 7, 8)],
    ),
    "a write that was never there": ([w("a", 1, 2), r(None, 3, 4)], Wrong.LOST, None),
    "the past after the write": (
        [w("a", 1, 2), w("b", 3, 4), r("a", 5, 6), r("b", 7, 8)],
        Wrong.STALE,
        None,
    ),
    "the past after another reader saw the write": (
        [w("a", 1, 2), w("b", 3, 9), r("b", 4, 5), r("a", 6, 7), r("b", 8, 10)],
        Wrong.STALE,
        [w("a", 1, 2), w("b", 3, 9), r("b", 4, 5), r("a", 6, 7)],
    ),
    "a write without an answer that took effect twice": (
        [w("a", 1), r("a", 2, 3), w("b", 4, 5), r("a", 6, 7), r("b", 8, 9)],
        Wrong.STALE,
        None,
    ),
    "a removal without an answer that took effect twice": (
        [w(None, 1), w("a", 2, 3), r(None, 4, 5), w("b", 6, 7), r(None, 8, 9)],
        Wrong.LOST,
        None,
    ),
    "a write that took effect after its answer": (
        [w("a", 1, 2), r(None, 3, 4), r("a", 5, 6)],
        Wrong.STALE,
        None,
    ),
    "a write that took effect before it was asked for": ([r("a", 1, 2), w("a", 3, 4)], Wrong.LOST, None),
    "what was refused is there": (
        [w("a", 1, 2), w("b", 3, 4, REFUSED), r("b", 5, 6)],
        Wrong.REFUSED,
        [w("b", 3, 4, REFUSED), r("b", 5, 6)],
    ),
    "what nobody wrote": ([w("a", 1, 2), r("x", 3, 4)], Wrong.UNWRITTEN, [r("x", 3, 4)]),
    "two readers who saw two writes in two orders": (
        [w("a", 1, 20), w("b", 1, 20), r("a", 2, 3), r("b", 4, 5), r("a", 6, 7)],
        Wrong.LOST,
        None,
    ),
}


@pytest.mark.parametrize("name", FINE)
def test_what_a_register_can_answer_passes(name: str) -> None:
    assert judge(FINE[name]) == []


@pytest.mark.parametrize("name", WRONG)
def test_what_it_cannot_answer_is_named_with_the_calls_that_show_it(name: str) -> None:
    history, wrong, core = WRONG[name]
    (found,) = judge(history)
    assert found.wrong is wrong
    if core is not None:
        assert list(found.calls) == core
    assert set(found.calls) <= set(history)
    assert len(found.calls) <= 5, "whoever reads it must see it"


def test_each_key_is_a_register_of_its_own() -> None:
    fine = [w("a", 1, 2), r("a", 3, 4)]
    other = Call("reader", Kind.READ, "other", "a", 3, 4)
    (found,) = judge([*fine, other])
    assert found.key == "other"
    assert judge([*fine, other], {"other": "a"}) == []


def test_of_thousands_of_calls_the_few_are_shown_that_contradict_each_other() -> None:
    history = _lived(Random(3), writers=4, calls=4_000)
    assert judge(history) == []
    older = next(call for call in history if call.kind is Kind.WRITE and call.value is not None)
    end = max(call.answered for call in history if call.answered < math.inf)
    (found,) = judge([*history, r(older.value, end + 1, end + 2)])
    assert found.wrong is Wrong.LOST
    assert len(found.calls) <= 3
    assert found.calls[-1] == r(older.value, end + 1, end + 2)


def test_a_contradiction_says_who_was_answered_what_and_when() -> None:
    (found,) = judge([w("a", 1, 2), w("b", 3, 4), r("a", 5, 6)])
    assert str(found).splitlines() == [
        "key: lost write; it held None at first, and no order explains",
        "    1.000000 to 2.000000  writer: write 'a', done",
        "    3.000000 to 4.000000  writer: write 'b', done",
        "    5.000000 to 6.000000  reader: read 'a', done",
    ]


def _lived(random: Random, *, writers: int, calls: int) -> list[Call]:
    """Calls on a real register: each took effect at a moment between its ends, or never where its answer was lost."""
    moments: list[tuple[float, int, Call]] = []
    clocks = [random.random() for _ in range(writers)]
    for number in range(calls):
        who = number % writers
        asked = clocks[who] + random.random()
        effect = asked + random.expovariate(1.0)
        answered = effect + random.expovariate(1.0)
        clocks[who] = answered
        kind = random.choice(list(Kind))
        value = None if random.random() < 0.1 else str(number)
        call = Call(str(who), kind, "key", value, asked, answered)
        if kind is Kind.WRITE and random.random() < 0.02:
            effect += random.choice((0.0, 5.0, math.inf))
            call = Call(str(who), kind, "key", value, asked, math.inf, UNKNOWN)
        moments.append((effect, number, call))
    value, lived = None, []
    for effect, _, call in sorted(moments):
        if call.kind is Kind.WRITE:
            value = call.value if effect < math.inf else value
            lived.append(call)
        else:
            lived.append(Call(call.who, call.kind, "key", value, call.asked, call.answered))
    return lived


@pytest.mark.parametrize("seed", range(30))
def test_what_a_real_register_has_answered_passes(seed: int) -> None:
    assert judge(_lived(Random(seed), writers=1 + seed % 6, calls=300)) == []


@st.composite
def histories(draw: st.DrawFn) -> list[Call]:
    calls = []
    for _ in range(draw(st.integers(1, 7))):
        asked = draw(st.integers(0, 9))
        answered = asked + draw(st.integers(0, 6))
        value = draw(st.sampled_from([None, "a", "b", "c"]))
        if draw(st.booleans()):
            calls.append(r(value, asked, answered))
        else:
            outcome = draw(st.sampled_from(list(Outcome)))
            calls.append(w(value, asked, math.inf if outcome is UNKNOWN else answered, outcome))
    return calls


def _in_some_order(calls: list[Call], value: str | None = None) -> bool:
    """Every order, tried one after the other; what is unknown may be left out."""
    if all(call.outcome is UNKNOWN for call in calls):
        return True
    for at, call in enumerate(calls):
        rest = calls[:at] + calls[at + 1 :]
        is_next = not any(other.answered < call.asked for other in rest)
        if is_next and (call.kind is Kind.WRITE or call.value == value) and _in_some_order(rest, call.value):
            return True
    return False


@settings(max_examples=500, deadline=None)
@given(histories())
def test_the_judge_agrees_with_whoever_tries_every_order(history: list[Call]) -> None:
    accepted = [call for call in history if call.outcome is not REFUSED]
    assert (contradicted(history, None) is None) is _in_some_order(accepted)


def test_a_history_is_read_from_notes_with_calls_that_were_never_answered() -> None:
    events = [
        [1.0, "asked", 0, "write", "k", "a"],
        [2.0, "done", 0, "a"],
        [3.0, "asked", 1, "read", "k", None],
        [3.5, "asked", 2, "write", "k", None],
        [4.0, "done", 1, "a"],
        [4.5, "phase", "dual"],
        [5.0, "refused", 2, None, "Frozen()"],
        [6.0, "asked", 3, "read", "k", None],
        [6.0, "asked", 4, "write", "k", "b"],
        [7.0, "unknown", 4, None, "AnswerLost()"],
        [8.0, "asked", 5, "write", "k", "c"],
    ]
    assert list(calls_of("one", events)) == [
        Call("one", Kind.WRITE, "k", "a", 1.0, 2.0),
        Call("one", Kind.READ, "k", "a", 3.0, 4.0),
        Call("one", Kind.WRITE, "k", None, 3.5, 5.0, REFUSED),
        Call("one", Kind.WRITE, "k", "b", 6.0, math.inf, UNKNOWN),
        Call("one", Kind.WRITE, "k", "c", 8.0, math.inf, UNKNOWN),
    ]
