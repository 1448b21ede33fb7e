"""The policy of phases, case by case."""

from __future__ import annotations

from itertools import product

import pytest

from dualwrite.phase import ALLOWED, READS, WRITES, Phase, Reads, WriteTo, may_change

SQL, DUAL, FROZEN, PB = Phase.SQL_ONLY, Phase.DUAL, Phase.FROZEN, Phase.PB_ONLY
EXPECTED = {
    (SQL, DUAL, Reads.SQL),
    (DUAL, SQL, Reads.SQL),
    (DUAL, FROZEN, Reads.SQL),
    (DUAL, FROZEN, Reads.POCKETBASE),
    (FROZEN, FROZEN, Reads.SQL),
    (FROZEN, FROZEN, Reads.POCKETBASE),
    (FROZEN, DUAL, Reads.SQL),
    (FROZEN, PB, Reads.POCKETBASE),
    (PB, FROZEN, Reads.SQL),
    (PB, FROZEN, Reads.POCKETBASE),
}


@pytest.mark.parametrize(("source", "target", "reads"), list(product(Phase, Phase, Reads)))
def test_every_change_is_either_allowed_or_not(source: Phase, target: Phase, reads: Reads) -> None:
    assert may_change(source, target, reads) is ((source, target, reads) in EXPECTED)


@pytest.mark.parametrize(
    ("phase", "write", "reads"),
    [
        (SQL, WriteTo.SQL, {Reads.SQL}),
        (DUAL, WriteTo.BOTH, {Reads.SQL}),
        (FROZEN, WriteTo.NOWHERE, {Reads.SQL, Reads.POCKETBASE}),
        (PB, WriteTo.POCKETBASE, {Reads.POCKETBASE}),
    ],
)
def test_who_is_written_and_who_answers(phase: Phase, write: WriteTo, reads: set[Reads]) -> None:
    assert WRITES[phase] is write
    assert READS[phase] == reads


def test_every_phase_can_be_left_and_reached() -> None:
    assert {source for source, _ in ALLOWED} == {target for _, target in ALLOWED} == set(Phase)
