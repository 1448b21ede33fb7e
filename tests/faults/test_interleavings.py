"""Every order of steps of writers on one key ends with both stores equal, because everybody looks afterwards."""

from __future__ import annotations

import pytest

from tests.faults.interleaving import Case, play_all, set_scene
from tests.fixtures.faults import World, assert_equal, compared, go_dual


def played(world: World, cases: list[Case], *, looks: bool = True, together: int = 1) -> None:
    parts = world.parts(pb_timeout=10.0)
    set_scene(parts, cases)
    go_dual(parts)
    play_all(parts, cases, looks=looks, together=together)


def test_without_the_look_two_writers_and_no_crash_already_diverge(world: World) -> None:
    drawn = (Case.drawn(seed, writers=2) for seed in range(1000))
    played(world, [case for case in drawn if case.is_plain][:150], looks=False)
    found = compared(world.parts(pb_timeout=10.0))
    assert found.differing > 0
    print("diverges without the look:", found.named[0].key[0])


@pytest.mark.parametrize("writers", [2, 3])
def test_no_order_of_steps_leaves_a_difference(world: World, writers: int) -> None:
    played(world, [Case.drawn(seed, writers) for seed in range(100)])
    assert_equal(world.parts(pb_timeout=10.0))


@pytest.mark.slow
@pytest.mark.parametrize("writers", [2, 3])
def test_no_order_of_steps_leaves_a_difference_on_postgresql(postgres_world: World, writers: int) -> None:
    played(postgres_world, [Case.drawn(seed, writers) for seed in range(300)], together=50)
    assert_equal(postgres_world.parts(pb_timeout=10.0))


def test_relays_leave_to_the_living_what_is_theirs(world: World) -> None:
    played(world, [Case.drawn(seed, 3, contested=True) for seed in range(600)], together=50)
    assert_equal(world.parts(pb_timeout=10.0))


@pytest.mark.slow
@pytest.mark.parametrize("writers", [2, 3])
def test_no_order_of_steps_in_thousands_leaves_a_difference(world: World, writers: int) -> None:
    """The same with the requests of fifty cases sent together: 5,000 cases each."""
    played(world, [Case.drawn(seed, writers) for seed in range(5_000)], together=50)
    assert_equal(world.parts(pb_timeout=10.0))
