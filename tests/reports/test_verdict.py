"""The verdict is a pure function of what was seen."""

from __future__ import annotations

import pytest

from dualwrite.evidence import EntityEvidence, GateCondition, LostWrite, MethodEvidence, Step, StepOutcome
from dualwrite.verdict import judge

FINE = EntityEvidence(name="chat", sql_rows=3, pocketbase_rows=3)


def entity(**seen: int) -> tuple[EntityEvidence, ...]:
    return (FINE.model_copy(update=seen),)


def method(**seen: object) -> tuple[MethodEvidence, ...]:
    return (MethodEvidence.model_validate({"repository": "tags", "method": "get", "equal": 9} | seen),)


@pytest.mark.parametrize(
    ("seen", "reasons"),
    [
        ({}, ()),
        ({"entities": ()}, ("No verify has compared the rows.",)),
        ({"entities": (FINE, EntityEvidence(name="tag"))}, ("tag: verify has not compared its rows.",)),
        ({"entities": entity(differing=2)}, ("chat: 2 rows differ between the stores.",)),
        ({"entities": entity(differing=2, repaired=2)}, ()),
        (
            {"entities": entity(obligations_open=1, oldest_seconds=11.0)},
            ("chat: 1 row waits to be carried over to PocketBase.",),
        ),
        ({"entities": entity(obligations_open=1, oldest_seconds=9.0)}, ()),
        (
            {"entities": entity(obligations_open=1, obligations_stuck=1, oldest_seconds=60.0)},
            ("chat: PocketBase refuses 1 row.",),
        ),
        ({"methods": method(confirmed=1)}, ("tags.get gave a different answer in 1 of 10 comparisons.",)),
        ({"methods": method(confirmed=1, waiver="ada: known")}, ()),
        ({"methods": method(transient=1, lag=4, failed=2)}, ()),
        (
            {"lost_writes": (LostWrite(entity="chat", key=("1",)),)},
            ("1 acknowledged write cannot be found again (chat).",),
        ),
        (
            {"steps": (Step(name="verify", seconds=1, outcome=StepOutcome.FAILED),)},
            ("The step “verify” failed.",),
        ),
        ({"steps": (Step(name="verify", seconds=1, outcome=StepOutcome.SKIPPED),)}, ()),
        (
            {
                "conditions": (
                    GateCondition(name="a", holds=False, figure="3"),
                    GateCondition(name="b", holds=True),
                )
            },
            ("The gate refuses: 1 of 2 conditions do not hold: a (3).",),
        ),
    ],
)
def test_what_stands_in_the_way(seen: dict[str, object], reasons: tuple[str, ...]) -> None:
    verdict = judge(**({"entities": (FINE,)} | seen))
    assert verdict.reasons == reasons
    assert verdict.ready is not bool(reasons)
