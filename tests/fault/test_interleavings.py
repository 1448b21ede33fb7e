"""Every order of steps of writers on one key ends with both stores equal, because everybody looks afterwards."""

from __future__ import annotations

import pytest

from tests.fault.interleaving import Case, play_all, set_scene
from tests.fixtures.faults import World, assert_equal, compared, go_dual


def _played(world: World, cases: list[Case], *, looks: bool = True) -> None:
    parts = world.parts(pb_timeout=10.0)
    set_scene(parts, cases)
    go_dual(parts)
    play_all(parts, cases, looks=looks)


def test_without_the_look_two_writers_and_no_crash_already_diverge(world: World) -> None:
    drawn = (Case.drawn(seed, 2) for seed in range(1000))
    cases = [case for case in drawn if not any(case.deaths) and not case.has_backfill and not case.has_relay]
    _played(world, cases[:150], looks=False)
    found = compared(world.parts())
    assert found.differing > 0
    print("diverges without the look:", found.named[0].key[0])


@pytest.mark.slow
@pytest.mark.parametrize(("writers", "cases"), [(2, 300), (3, 300)])
def test_no_order_of_steps_leaves_a_difference(world: World, writers: int, cases: int) -> None:
    _played(world, [Case.drawn(seed, writers) for seed in range(cases)])
    assert_equal(world.parts(pb_timeout=10.0))
