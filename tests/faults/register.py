"""Whether what clients were answered can be explained by one register for each key: linearizability, as Wing and Gong define it.

Each call must seem to take effect at one moment between its being asked and its being answered. A write whose outcome is unknown
may take effect at any one moment after it was asked, or never; a refused one has none.

The judge goes through the moments at which calls begin and end, and keeps every state that the register may be in then together
with the calls under way that have taken effect in it (just-in-time linearization, Lowe 2017). A call that ends must have taken effect
in each state that is kept. Where none is left, what was answered cannot be: of the calls so far the few are shown that contradict
each other.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tests.faults.history import Call, Kind, Outcome

_NOTHING: Mapping[str, str | None] = {}


class Wrong(StrEnum):
    """What clients would call it."""

    LOST = "lost write"  # what was answered later never shows it again
    STALE = "stale read"  # it does
    UNWRITTEN = "a value that nobody wrote"
    REFUSED = "a refused write that took effect"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Calls on one key that cannot all have been answered so, and without any one of which the others can."""

    key: str
    wrong: Wrong
    initial: str | None
    calls: tuple[Call, ...]

    def __str__(self) -> str:
        first = f"{self.key}: {self.wrong}; it held {self.initial!r} at first, and no order explains"
        return "\n    ".join([first, *map(str, self.calls)])


def judge(calls: Iterable[Call], initial: Mapping[str, str | None] = _NOTHING) -> list[Contradiction]:
    """The first contradiction of each key; none where every key is a register. A key not in `initial` holds None at first."""
    by_key: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        by_key[call.key].append(call)
    found: list[Contradiction] = []
    for key, history in sorted(by_key.items()):
        first = initial.get(key)
        until = contradicted(history, first)
        if until is not None:
            # What was asked after that moment has no part in it.
            before = {_as_of(call, until): call for call in history if call.asked <= until}
            core = [before[call] for call in _smallest([call for call in before if _says(call)], first)]
            found.append(_explained(key, core, history, first))
    return found


def contradicted(history: Sequence[Call], initial: str | None) -> float | None:
    """The moment of the first answer after which no order of these calls on one key explains them all; None where one does."""
    calls = list(_bounded(history, initial))
    # Of two at one moment the beginning comes first: they overlap, and nothing is concluded from their order.
    moments = sorted(
        [(call.asked, 0, at) for at, call in enumerate(calls)]
        + [(call.answered, 1, at) for at, call in enumerate(calls) if call.answered < math.inf]
    )
    states = {_State(initial, frozenset())}
    under_way: dict[int, Call] = {}
    for when, ends, at in moments:
        if not ends:
            under_way[at] = calls[at]
            states = {_with_reads(state, under_way) for state in states}
            continue
        states = {state.without(at) for state in _after(states, at, under_way)}
        del under_way[at]
        if not states:
            return when
    return None


@dataclass(frozen=True, slots=True)
class _State:
    """What the register may hold, and which of the calls under way have taken effect by then."""

    value: str | None
    effective: frozenset[int]

    def without(self, at: int) -> _State:
        return replace(self, effective=self.effective - {at})


def _with_reads(state: _State, under_way: Mapping[int, Call]) -> _State:
    """Reads that may take effect do so at once: it changes nothing, and waiting gains nothing."""
    more = {
        at for at, call in under_way.items() if call.kind is Kind.READ and call.value == state.value
    } - state.effective
    return replace(state, effective=state.effective | more) if more else state


def _after(states: set[_State], ending: int, under_way: Mapping[int, Call]) -> Iterator[_State]:
    """Every state in which this call has taken effect, whatever else took effect before it."""
    seen = set(states)
    waiting = list(states)
    while waiting:
        state = waiting.pop()
        if ending in state.effective:
            yield state
            continue
        for at in _writes_next(state, under_way):
            following = _State(under_way[at].value, state.effective | {at})
            following = _with_reads(following, under_way)
            if following not in seen:
                seen.add(following)
                waiting.append(following)


def _writes_next(state: _State, under_way: Mapping[int, Call]) -> Iterator[int]:
    """Writes that may take effect now. Of those that never end and write the same, the first stands for all."""
    endless: set[str | None] = set()
    for at, call in under_way.items():
        if call.kind is Kind.READ or at in state.effective:
            continue
        if call.answered == math.inf:
            if call.value in endless:
                continue
            endless.add(call.value)
        yield at


def _bounded(history: Sequence[Call], initial: str | None) -> Iterator[Call]:
    """The calls that matter, in the order in which they were asked. A write that was never answered, and whose value nothing else
    can explain, took effect before that was first seen; where it never was, it may as well never have."""
    writers = Counter(
        call.value for call in history if call.kind is Kind.WRITE and call.outcome is not Outcome.REFUSED
    )
    writers[initial] += 1  # whoever sees that need not have seen a write
    seen: dict[str | None, float] = {}
    for call in history:
        if call.kind is Kind.READ:
            seen[call.value] = min(call.answered, seen.get(call.value, math.inf))
    for call in sorted(history, key=lambda call: call.asked):
        if call.outcome is Outcome.REFUSED:
            continue
        if call.outcome is Outcome.UNKNOWN and writers[call.value] == 1:
            if call.value not in seen:
                continue
            call = replace(call, answered=max(call.asked, seen[call.value]))
        yield call


def _as_of(call: Call, moment: float) -> Call:
    """A call as it was known at this moment."""
    return replace(call, answered=math.inf, outcome=Outcome.UNKNOWN) if call.answered > moment else call


def _says(call: Call) -> bool:
    """Whether anything follows from it: a read without an answer has no value."""
    return call.kind is Kind.WRITE or call.answered < math.inf


def _smallest(calls: list[Call], initial: str | None) -> list[Call]:
    """Fewer and fewer of the calls, as long as they contradict each other. What is left out proves nothing by its absence: reads,
    and writes whose value no read is left to show."""
    size = len(calls) // 2
    while size:
        kept, at = calls, 0
        while at < len(kept):
            left_out = kept[at : at + size]
            rest = kept[:at] + kept[at + size :]
            shown = {call.value for call in rest if call.kind is Kind.READ}
            needed = [call for call in left_out if call.kind is Kind.WRITE and call.value in shown]
            smaller = kept[:at] + needed + kept[at + size :]
            if len(smaller) < len(kept) and contradicted(smaller, initial) is not None:
                kept = smaller
                at += len(needed)
            else:
                at += size
        # Where something went, what was needed before may go now.
        size = size if len(kept) < len(calls) else size // 2
        calls = kept
    return sorted(calls, key=lambda call: call.asked)


def _explained(key: str, core: Sequence[Call], history: Sequence[Call], initial: str | None) -> Contradiction:
    """What to call it: by the last read, who wrote what it was answered, and what was read after it."""
    last = max((call for call in core if call.kind is Kind.READ), key=lambda call: call.answered)
    sources = [call for call in history if call.kind is Kind.WRITE and call.value == last.value]
    refused = [call for call in sources if call.outcome is Outcome.REFUSED]
    newer = {call.value for call in core} - {last.value}
    if len(refused) == len(sources) and last.value != initial:
        wrong = Wrong.REFUSED if refused else Wrong.UNWRITTEN
    elif any(
        call.value in newer for call in history if call.kind is Kind.READ and call.asked > last.answered
    ):
        wrong = Wrong.STALE
    else:
        wrong = Wrong.LOST
    shown = sorted({*core, *(refused if wrong is Wrong.REFUSED else ())}, key=lambda call: call.asked)
    return Contradiction(key, wrong, initial, tuple(shown))
