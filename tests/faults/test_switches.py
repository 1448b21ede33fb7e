"""A few switches there and back under load, each under a drawn fault; `make switches` plays two hundred."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from dualwrite.errors import ConfigurationError
from tests.faults.child import STEPS
from tests.faults.matrix import DIALECTS, Servers
from tests.faults.switches import play
from tests.faults.switching import BEGUN, FAULTS, Drawn
from tests.fixtures.absent import absent

SEED, COUNT = 7, 6


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as servers:
        try:
            assert servers.pocketbase.pid is not None
        except ConfigurationError as error:
            absent("PocketBase", str(error))
        yield servers


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_switches_under_load_and_faults_lose_nothing_and_show_nobody_the_past(
    dialect: str, servers: Servers
) -> None:
    played = play(servers, dialect, SEED, COUNT)
    print(f"seed {SEED}: {played}")
    assert played.found == []
    assert (played.made, played.stuck, played.wrong.total()) == (COUNT, 0, 0)
    assert played.calls["write done"] > 10 * COUNT


def test_every_fault_is_drawn_at_every_step() -> None:
    random = Random(SEED)
    drawn = {(one.fault, one.step) for one in (Drawn.by(random) for _ in range(4_000))}
    assert {fault for fault, _ in drawn} == set(FAULTS)
    assert {step for _, step in drawn} == {BEGUN, *STEPS}
    assert Drawn.by(Random(SEED)) == Drawn.by(Random(SEED))
