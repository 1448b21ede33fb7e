"""Every interval that matters to correctness, in one place, in seconds."""

from __future__ import annotations

from dataclasses import dataclass

PHASE_TTL = 0.5
"""How long a process may act on a phase it has read. The switch waits this long after the reads have moved, so no reader
can see the old store after a write to the new one; it is a constant, since all processes must agree."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Intervals of the write rule. `check` holds what must be true between them.

    A writer has `grace` to pay its own obligations; after that a relay may take them. So a writer starts its PocketBase
    call only while the obligation is younger than `start_within`, and gives up on it after `give_up`. In `pb_only` a write lasts no
    longer than `give_up` either: a rollback waits for as long.
    """

    grace: float = 12.0
    start_within: float = 3.0
    give_up: float = 6.0
    lease: float = 60.0  # of a relay on what it has claimed
    lost_wait: float = (
        30.0  # after a lost answer: longer than the server could still be working on the request
    )
    relay_every: float = 0.5
    phase_every: float = 0.15
    house_every: float = 1.0
    freeze_wait: float = 60.0  # how long a caller's write waits for a switch to end

    def check(self) -> None:
        """Raises `ValueError` where the intervals contradict each other."""
        if self.start_within + self.give_up >= self.grace:
            raise ValueError(
                "start_within + give_up must stay below grace: else a relay takes what a writer still holds"
            )
        if self.lease <= self.give_up:
            raise ValueError("lease must be longer than give_up: else two relays hold the same obligation")
        if self.phase_every * 2 > PHASE_TTL:
            raise ValueError(
                f"phase_every must be at most {PHASE_TTL / 2}: else every call reads the phase itself"
            )
