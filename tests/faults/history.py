"""What clients asked and were answered, with the times of the machine's one monotonic clock: what `register` judges.

A call is noted before it is made and after it was answered, so a process that is killed leaves a call without an answer.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from dualwrite.errors import AnswerLost, Frozen, StoreError


class Kind(StrEnum):
    """What a call was."""

    READ = "read"
    WRITE = "write"


class Outcome(StrEnum):
    """What became of a call."""

    DONE = "done"
    UNKNOWN = (
        "unknown"  # no answer, or one that says as much: it may have been done, may yet be, or never will
    )
    REFUSED = "refused"  # it says that nothing was written


@dataclass(frozen=True, slots=True)
class Call:
    """One call on one key. `value` is what was written (None: removed), or what a read was answered.

    `asked` and `answered` are of `time.monotonic`; a call of which nothing more was heard is answered at infinity.
    """

    who: str
    kind: Kind
    key: str
    value: str | None
    asked: float
    answered: float = math.inf
    outcome: Outcome = Outcome.DONE

    def __str__(self) -> str:
        until = "never answered" if self.answered == math.inf else f"{self.answered:.6f}"
        return f"{self.asked:.6f} to {until}  {self.who}: {self.kind} {self.value!r}, {self.outcome}"


class Register(Protocol):
    """What a client calls."""

    def put(self, id: str, text: str | None) -> bool: ...
    def remove(self, id: str) -> bool: ...
    def get(self, id: str) -> str | None: ...


def said_by_us(error: Exception) -> Outcome | None:
    """What an error of the library says about the write that raised it; None for one that no caller should meet."""
    if isinstance(error, AnswerLost):
        return Outcome.UNKNOWN
    return Outcome.REFUSED if isinstance(error, StoreError | Frozen) else None


class Recorder:
    """Makes calls and notes them. Thread-safe where `note` is. `judge` says what an error means for the write."""

    def __init__(
        self,
        register: Register,
        note: Callable[..., None],
        judge: Callable[[Exception], Outcome | None] = said_by_us,
    ) -> None:
        self._register = register
        self._note = note
        self._judge = judge
        self._numbers = itertools.count()

    def write(self, key: str, value: str | None) -> Outcome:
        """Write, or remove where there is no value."""
        number = next(self._numbers)
        self._note("asked", number, Kind.WRITE, key, value)
        try:
            if value is None:
                self._register.remove(key)
            else:
                self._register.put(key, value)
        except Exception as error:
            outcome = self._judge(error)
            if outcome is None:
                raise
            self._note(outcome, number, None, repr(error))
            return outcome
        self._note(Outcome.DONE, number, value)
        return Outcome.DONE

    def read(self, key: str) -> None:
        """Read. One that fails says nothing about the register."""
        number = next(self._numbers)
        self._note("asked", number, Kind.READ, key, None)
        try:
            value = self._register.get(key)
        except Exception as error:
            outcome = self._judge(error)
            if outcome is None:
                raise
            self._note(outcome, number, None, repr(error))
            return
        self._note(Outcome.DONE, number, value)


def calls_of(who: str, events: Iterable[list[Any]]) -> Iterator[Call]:
    """The calls that a recorder noted: the time of each note, then what it noted. Whatever else was noted is passed over.

    Reads without an answer say nothing and are left out.
    """
    open_calls: dict[int, Call] = {}
    for at, what, *rest in events:
        if what == "asked":
            number, kind, key, value = rest
            open_calls[number] = Call(who, Kind(kind), key, value, at, outcome=Outcome.UNKNOWN)
        elif what in tuple(Outcome):
            number, value, *_ = rest
            asked = open_calls.pop(number)
            if asked.kind is Kind.READ and what != Outcome.DONE:
                continue
            given = value if asked.kind is Kind.READ else asked.value
            # A write of which only the outcome is unknown may take effect at any time after, too.
            answered = math.inf if what == Outcome.UNKNOWN else at
            yield Call(who, asked.kind, asked.key, given, asked.asked, answered, Outcome(what))
    yield from (call for call in open_calls.values() if call.kind is Kind.WRITE)
