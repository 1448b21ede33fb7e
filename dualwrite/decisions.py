"""Decisions that change no phase and matter to the switch all the same: who took them, when, and why. None is ever erased."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from dualwrite.ports import Control

SAVED = "decision:"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by whom, when (ISO 8601), and why; the reason may be empty."""

    at: str
    who: str
    what: str
    why: str


def record(control: Control, *, who: str, what: str, why: str) -> None:
    """Keep that somebody has decided this now."""
    decision = Decision(datetime.now(UTC).isoformat(timespec="microseconds"), who, what, why)
    control.save(f"{SAVED}{decision.at} {what}", asdict(decision))


def decisions(control: Control) -> list[Decision]:
    """Every decision, newest first."""
    kept = control.values(SAVED).values()
    found = [Decision(**saved) for saved in kept if isinstance(saved, dict)]
    return sorted(found, key=lambda decision: decision.at, reverse=True)
