"""Phases: who answers, who is written, and which change is allowed. Pure data, decided nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Phase(StrEnum):
    """The stored phase of a migration. There is one for all repositories."""

    SQL_ONLY = "sql_only"  # PocketBase is not asked anything; the triggers write no obligations
    DUAL = "dual"  # both are written, SQL answers, PocketBase is compared
    FROZEN = "frozen"  # no write is accepted; see `Reads`
    PB_ONLY = (
        "pb_only"  # PocketBase answers and is written; the database refuses writes to the migrated tables
    )


class Reads(StrEnum):
    """Which store answers reads. While writes are frozen and both are equal, reads move over before writes do."""

    SQL = "sql"
    POCKETBASE = "pocketbase"


class WriteTo(StrEnum):
    """Where a write goes."""

    SQL = "sql"
    BOTH = "both"
    NOWHERE = "nowhere"  # the caller waits for the phase to change
    POCKETBASE = "pocketbase"


@dataclass(frozen=True, slots=True)
class ControlState:
    """What the control table says: the phase, who answers reads, and a number that grows with every change."""

    phase: Phase
    reads: Reads
    epoch: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Transition:
    """One recorded change of phase."""

    at: datetime
    actor: str
    source: Phase
    target: Phase
    why: str


WRITES: dict[Phase, WriteTo] = {
    Phase.SQL_ONLY: WriteTo.SQL,
    Phase.DUAL: WriteTo.BOTH,
    Phase.FROZEN: WriteTo.NOWHERE,
    Phase.PB_ONLY: WriteTo.POCKETBASE,
}

READS: dict[Phase, frozenset[Reads]] = {
    Phase.SQL_ONLY: frozenset({Reads.SQL}),
    Phase.DUAL: frozenset({Reads.SQL}),
    Phase.FROZEN: frozenset(Reads),
    Phase.PB_ONLY: frozenset({Reads.POCKETBASE}),
}

ALLOWED: frozenset[tuple[Phase, Phase]] = frozenset(
    {
        (Phase.SQL_ONLY, Phase.DUAL),
        (Phase.DUAL, Phase.SQL_ONLY),
        (Phase.DUAL, Phase.FROZEN),
        (Phase.FROZEN, Phase.FROZEN),  # the reads move
        (Phase.FROZEN, Phase.DUAL),  # a cutover was called off, or a rollback is done
        (Phase.FROZEN, Phase.PB_ONLY),  # a cutover is done, or a rollback was called off
        (Phase.PB_ONLY, Phase.FROZEN),  # a rollback begins
    }
)


def reads_of(phase: Phase) -> Reads:
    """Who answers reads in a phase that leaves no choice: in any but `frozen`."""
    (reads,) = READS[phase]
    return reads


def may_change(source: Phase, target: Phase, reads: Reads) -> bool:
    """Whether the control table may go from one phase to another with reads answered so."""
    return (source, target) in ALLOWED and reads in READS[target]
