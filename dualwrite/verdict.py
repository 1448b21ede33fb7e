"""The verdict of a report: a pure function from what was seen to what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence

from dualwrite.evidence import (
    EntityEvidence,
    GateCondition,
    LostWrite,
    MethodEvidence,
    Step,
    StepOutcome,
    Verdict,
)

LONGEST_FIGURE = 120


def judge(
    *,
    entities: Sequence[EntityEvidence] = (),
    methods: Sequence[MethodEvidence] = (),
    conditions: Sequence[GateCondition] = (),
    lost_writes: Sequence[LostWrite] = (),
    steps: Sequence[Step] = (),
) -> Verdict:
    """Ready where nothing stands in the way; otherwise every reason, the gravest first.

    Nothing seen is no proof: without an entity that verify has read there is a reason too.
    """
    reasons = [
        *_lost(lost_writes),
        *(f"The step “{step.name}” failed." for step in steps if step.outcome is StepOutcome.FAILED),
        *_rows(entities),
        *(
            f"{method.name} gave a different answer in {method.confirmed:,} of {method.judged:,} comparisons."
            for method in methods
            if method.confirmed and not method.waiver
        ),
        *_gate(conditions),
    ]
    return Verdict(ready=not reasons, reasons=tuple(reasons))


def _lost(lost_writes: Sequence[LostWrite]) -> list[str]:
    if not lost_writes:
        return []
    names = ", ".join(sorted({lost.entity for lost in lost_writes}))
    return [f"{_count(len(lost_writes), 'acknowledged write')} cannot be found again ({names})."]


def _rows(entities: Sequence[EntityEvidence]) -> list[str]:
    if not any(entity.sql_rows is not None for entity in entities):
        return ["No verify has compared the rows."]
    reasons: list[str] = []
    for entity in entities:
        if entity.sql_rows is None:
            reasons.append(f"{entity.name}: verify has not compared its rows.")
        if entity.remaining:
            reasons.append(
                f"{entity.name}: {_count(entity.remaining, 'row differs', 'rows differ')} between the stores."
            )
        if entity.obligations_stuck:
            reasons.append(
                f"{entity.name}: PocketBase refuses {_count(entity.obligations_stuck, 'row', 'rows')}."
            )
        waiting = max(entity.lagging, entity.obligations_open - entity.obligations_stuck)
        if waiting:
            reasons.append(
                f"{entity.name}: {_count(waiting, 'row waits', 'rows wait')} to be carried over to PocketBase."
            )
    return reasons


def _gate(conditions: Sequence[GateCondition]) -> list[str]:
    broken = [condition for condition in conditions if not condition.holds]
    if not broken:
        return []
    named = "; ".join(f"{c.name} ({_clipped(c.figure)})" if c.figure else c.name for c in broken)
    return [f"The gate refuses: {len(broken)} of {len(conditions)} conditions do not hold: {named}."]


def _clipped(figure: str) -> str:
    """A figure may name a hundred methods: the gate's own table has it in full."""
    return figure if len(figure) <= LONGEST_FIGURE else f"{figure[:LONGEST_FIGURE].rpartition(',')[0]}, …"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
