"""The gate of the switch: what it looks at, and the pure decision whether the switch may happen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dualwrite.backfill import load_place
from dualwrite.comparisons import load_comparisons
from dualwrite.entity import Entity
from dualwrite.phase import Phase
from dualwrite.ports import Control, Journal
from dualwrite.verify import Verified


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the gate with the figure that was seen."""

    name: str
    holds: bool
    figure: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the gate looks at."""

    phase: Phase
    not_copied: tuple[str, ...]
    open_obligations: int
    stuck_keys: int
    verified_at: datetime | None
    differing: int
    confirmed_mismatches: int
    last_mismatch: datetime | None
    problems: tuple[str, ...]


def gate(grounds: Grounds, *, now: datetime, newer_than: timedelta) -> list[Condition]:
    """Whether the switch may happen: every condition with its figure. A pure decision."""

    def ago(at: datetime | None) -> str:
        return f"{(now - at).total_seconds():.0f} s ago" if at else "never"

    at, last = grounds.verified_at, grounds.last_mismatch
    return [
        Condition("phase is dual", grounds.phase is Phase.DUAL, grounds.phase.value),
        Condition(
            "backfill complete",
            not grounds.not_copied,
            f"missing: {', '.join(grounds.not_copied)}" if grounds.not_copied else "every entity",
        ),
        Condition("no obligation open", not grounds.open_obligations, f"{grounds.open_obligations} open"),
        Condition("no stuck key", not grounds.stuck_keys, f"{grounds.stuck_keys} stuck"),
        Condition(
            f"verified within {newer_than.total_seconds():.0f} s",
            at is not None and now - at <= newer_than,
            ago(at),
        ),
        Condition("verify found no difference", not grounds.differing, f"{grounds.differing} differing"),
        Condition(
            f"no confirmed mismatch within {newer_than.total_seconds():.0f} s",
            last is None or now - last > newer_than,
            f"{grounds.confirmed_mismatches} confirmed, the last {ago(last)}" if last else "none confirmed",
        ),
        Condition(
            "PocketBase healthy and as expected", not grounds.problems, "; ".join(grounds.problems) or "yes"
        ),
    ]


def gather(
    control: Control,
    journal: Journal,
    entities: Iterable[Entity],
    *,
    problems: Sequence[str],
) -> Grounds:
    """The grounds as they stand now, in the control table and the journal, whichever process put them there."""
    state = journal.state()
    saved = control.load("verify")
    verify: Mapping[str, Any] = saved if isinstance(saved, dict) else {}
    compared = load_comparisons(control)
    mismatches = [each["last_mismatch"] for each in compared if each["last_mismatch"]]
    return Grounds(
        phase=control.read().phase,
        not_copied=tuple(entity.name for entity in entities if not load_place(control, entity).done),
        open_obligations=sum(entity.open for entity in state),
        stuck_keys=sum(entity.stuck for entity in state),
        verified_at=datetime.fromisoformat(verify["at"]) if verify else None,
        differing=int(verify.get("differing", 0)),
        confirmed_mismatches=sum(each.get("confirmed", 0) for each in compared),
        last_mismatch=datetime.fromisoformat(max(mismatches)) if mismatches else None,
        problems=tuple(problems),
    )


def save_verified(control: Control, results: Sequence[Verified]) -> None:
    """Keep what a full verify found, for the gate."""
    control.save(
        "verify",
        {
            "at": datetime.now(UTC).isoformat(),
            "differing": sum(result.differing - result.repaired for result in results),
            "rows": sum(result.sql_rows for result in results),
        },
    )
