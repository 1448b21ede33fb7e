"""How long writes were paused, from what the database keeps of every change of phase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dualwrite.phase import Phase, Transition


@dataclass(frozen=True, slots=True)
class Paused:
    """One pause: the phase it began in, the one it ended in, and the seconds between by the database's clock."""

    origin: Phase
    goal: Phase
    seconds: float

    @property
    def switched(self) -> bool:
        """Whether it was not called off."""
        return self.origin is not self.goal


def pauses(changes: Sequence[Transition]) -> list[Paused]:
    """Every pause that is over, oldest first; `changes` as `Control.history` gives them, newest first."""
    found: list[Paused] = []
    began: Transition | None = None
    for change in reversed(changes):
        if change.source is not Phase.FROZEN and change.target is Phase.FROZEN:
            began = change
        elif change.source is Phase.FROZEN and change.target is not Phase.FROZEN and began is not None:
            seconds = (change.at - began.at).total_seconds()
            found.append(Paused(began.source, change.target, seconds))
            began = None
    return found
