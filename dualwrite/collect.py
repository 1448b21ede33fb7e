"""From what the parts of the library return to the evidence of a report; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dualwrite.backfill import Copied
from dualwrite.evidence import (
    EntityEvidence,
    Example,
    GateCondition,
    Latency,
    MethodEvidence,
    NamedDifference,
    PhaseChange,
)
from dualwrite.gate import Condition
from dualwrite.phase import Transition
from dualwrite.ports import JournalState
from dualwrite.verify import MOST_NAMED, Verified


def entities(
    names: Iterable[str],
    *,
    verified: Iterable[Verified] = (),
    copied: Iterable[Copied] = (),
    state: Iterable[JournalState] = (),
) -> tuple[EntityEvidence, ...]:
    """One entry per name, in this order, with whatever is known of it."""
    by_verify = {found.entity: found for found in verified}
    by_backfill = {found.entity: found for found in copied}
    by_journal = {found.entity: found for found in state}
    return tuple(
        _entity(name, by_verify.get(name), by_backfill.get(name), by_journal.get(name)) for name in names
    )


def _entity(
    name: str, verified: Verified | None, copied: Copied | None, state: JournalState | None
) -> EntityEvidence:
    found: dict[str, Any] = {}
    if verified:
        found |= {
            "sql_rows": verified.sql_rows,
            "pocketbase_rows": verified.pocketbase_rows,
            "differing": verified.differing,
            "lagging": verified.lagging,
            "repaired": verified.repaired,
            "verify_seconds": verified.seconds,
            "named": [
                NamedDifference(entity=named.entity, key=named.key, path=named.path, kind=named.kind)
                for named in verified.named[:MOST_NAMED]
            ],
        }
    if copied:
        found |= {"backfill_rows": copied.rows, "backfill_seconds": copied.seconds}
    if state:
        found |= {
            "obligations_open": state.open,
            "obligations_stuck": state.stuck,
            "oldest_seconds": max(0.0, state.oldest_seconds),  # two clocks may disagree
        }
    return EntityEvidence(name=name, **found)


def examples(found: Iterable[Mapping[str, Any]]) -> tuple[Example, ...]:
    """From `Comparisons.examples()`."""
    return tuple(Example.model_validate(dict(example)) for example in found)


def methods(
    summary: Iterable[Mapping[str, Any]],
    *,
    examples: Iterable[Example] = (),
    sql: Mapping[tuple[str, str], Latency | None] | None = None,
    pocketbase: Mapping[tuple[str, str], Latency | None] | None = None,
    waivers: Mapping[tuple[str, str], str] | None = None,
) -> tuple[MethodEvidence, ...]:
    """From `Comparisons.summary()`; latencies and waivers by (repository, method).

    The first mismatch is the summary's, or else the oldest example that was kept.
    """
    oldest: dict[tuple[str, str], Example] = {}
    for example in sorted(examples, key=lambda kept: kept.at):
        oldest.setdefault((example.repository, example.method), example)
    found: list[MethodEvidence] = []
    for counts in summary:
        place = (counts["repository"], counts["method"])
        first = oldest[place].at if place in oldest else None
        extra = {
            "first_mismatch": counts.get("first_mismatch") or first,
            "sql": (sql or {}).get(place),
            "pocketbase": (pocketbase or {}).get(place),
            "waiver": (waivers or {}).get(place, ""),
        }
        # Keys of the summary may be members of `Outcome`; field names are plain text.
        found.append(
            MethodEvidence.model_validate({str(key): value for key, value in counts.items()} | extra)
        )
    return tuple(found)


def phases(history: Iterable[Transition]) -> tuple[PhaseChange, ...]:
    """From `Control.history()`, oldest first."""
    changes = [
        PhaseChange(
            at=change.at, actor=change.actor, source=change.source, target=change.target, why=change.why
        )
        for change in history
    ]
    return tuple(sorted(changes, key=lambda change: change.at))


def conditions(found: Iterable[Condition]) -> tuple[GateCondition, ...]:
    """From `dualwrite.gate.gate`; one that is waived counts as holding, and its figure says who waived it."""
    return tuple(GateCondition(name=one.asks, holds=one.passes, figure=one.said) for one in found)
