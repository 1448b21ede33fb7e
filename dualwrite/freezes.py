"""Pauses of writes, as the history of the phase tells them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dualwrite.phase import Phase, Transition
from dualwrite.switch import CUTOVER, ROLLBACK, Course

COURSES = (CUTOVER, ROLLBACK)


class End(StrEnum):
    """How a switch ended."""

    DONE = "done"
    CALLED_OFF = "called_off"


@dataclass(frozen=True, slots=True)
class Freeze:
    """One pause of writes. `ended` and `end` are None while it goes on."""

    course: Course
    begun: datetime
    ended: datetime | None = None
    end: End | None = None

    def seconds(self, now: datetime) -> float:
        """How long it took, or has taken so far."""
        return max(0.0, ((self.ended or now) - self.begun).total_seconds())


def freezes(history: Iterable[Transition]) -> list[Freeze]:
    """Every pause, oldest first, from changes of phase in any order. What began before the history does is left out."""
    found: list[Freeze] = []
    current: Freeze | None = None
    by_origin = {course.origin: course for course in COURSES}
    for change in sorted(history, key=lambda change: change.at):
        if change.target is Phase.FROZEN and change.source is not Phase.FROZEN:
            current = Freeze(by_origin[change.source], change.at)
        elif change.source is Phase.FROZEN and change.target is not Phase.FROZEN and current is not None:
            end = End.DONE if change.target is current.course.goal else End.CALLED_OFF
            found.append(Freeze(current.course, current.begun, change.at, end))
            current = None
    return [*found, *([current] if current else [])]
