"""Every interval that matters to correctness, in one place, in seconds."""

from __future__ import annotations

from dataclasses import dataclass

from dualwrite.settle import LOST_WAIT

PHASE_TTL = 0.5
"""How long a process may act on a phase it has read. The switch waits this long after the reads have moved, so no reader
can see the old store after a write to the new one; it is a constant, since all processes must agree."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Intervals of the write rule. `check` holds what must be true between them.

    A writer starts its PocketBase call only while its obligations are younger than `start_within`, and gives up on it after
    `give_up`. It holds them for `hold`: should it die, its last request has landed by then, or never will. In `pb_only` a write
    lasts no longer than `give_up` either: a rollback waits for as long.
    """

    start_within: float = 3.0
    give_up: float = 6.0
    lease: float = 60.0  # of a relay on what it has claimed
    lost_wait: float = LOST_WAIT
    relay_every: float = 0.5
    phase_every: float = 0.15
    house_every: float = 1.0
    diary_every: float = 30.0  # between two points of the obligations over time
    freeze_wait: float = 60.0  # how long a caller's write waits for a switch to end

    @property
    def hold(self) -> float:
        """How long a writer's obligations are its own."""
        return self.start_within + self.lost_wait

    @property
    def claim_work(self) -> float:
        """How long a relay may send requests for what it has claimed: the last one has landed when its lease ends."""
        return self.lease - self.lost_wait

    def check(self) -> None:
        """Raises `ValueError` where the intervals contradict each other."""
        if self.give_up >= self.lost_wait:
            raise ValueError(
                "give_up must stay below lost_wait: else a relay takes what a writer still holds"
            )
        if self.lease <= self.lost_wait:
            raise ValueError(
                "lease must be longer than lost_wait: else another relay takes what may still land"
            )
        if self.phase_every * 2 > PHASE_TTL:
            raise ValueError(
                f"phase_every must be at most {PHASE_TTL / 2}: else every call reads the phase itself"
            )
