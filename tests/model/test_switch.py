"""With every safeguard no interleaving of switches ends badly; without any one of them, a named small world does."""

from __future__ import annotations

from dataclasses import fields

import pytest

from tests.model.switch import ALONE, Rules, World, explore

SAFE = {
    "a cutover that may fail, and die twice": World(processes=2, writes=3, errors=1, crashes=2),
    "a rollback that may fail, and die twice": World(
        origin=ALONE, processes=2, writes=3, errors=1, crashes=2
    ),
    "there and back, one sleeps and one dies": World(processes=2, switches=2, crashes=1, stalls=1),
    "back and there, one sleeps and one dies": World(
        origin=ALONE, processes=2, switches=2, crashes=1, stalls=1
    ),
    "back and there with a request that lands late": World(
        origin=ALONE, processes=2, switches=2, writes=3, crashes=1, losses=1
    ),
}

LARGE = {"there and back, one sleeps and one dies", "back and there, one sleeps and one dies"}
"""Worlds of so many states that they are explored in `make slow`."""

BROKEN = {
    "fence": ("a write goes to SQL after PocketBase took over", World()),
    "drains": ("PocketBase takes over before it has everything", World()),
    "waits": ("somebody still reads the old store after a write to the new one", World(processes=2)),
    "waits_back": (
        "somebody still reads PocketBase after a write to SQL, since the switch was called off",
        World(processes=2, errors=1),
    ),
    "waits_for_writes": ("a write is told to be done after it was copied past", World(origin=ALONE)),
    "names_epoch": (
        "a switch that slept finishes the freeze of another",
        World(switches=2, stalls=1),
    ),
    "marks_epoch": (
        "a rollback that slept copies over what came after it",
        World(origin=ALONE, switches=2, stalls=1),
    ),
    "is_watched": ("writes stay paused for ever", World(writes=1, crashes=1)),
    "verifies_anew": (
        "a late request leaves a row that the next cutover makes the truth",
        World(origin=ALONE, switches=2, writes=1, losses=1),
    ),
}


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(world, id=name, marks=[pytest.mark.slow] if name in LARGE else [])
        for name, world in SAFE.items()
    ],
)
def test_every_interleaving_ends_at_one_store_that_has_everything(world: World) -> None:
    explored = explore(world)
    print(f"{explored.states:,} states, {explored.ends:,} ends")
    assert explored.ends > 0
    assert not explored.bad, explored.bad[0]


@pytest.mark.parametrize("rule", [field.name for field in fields(Rules)])
def test_without_one_safeguard_something_goes_wrong(rule: str) -> None:
    what, world = BROKEN[rule]
    assert explore(world, Rules(**{rule: False})).bad, what
    assert not explore(world).bad, "the world is safe with the safeguard, so it is the safeguard that matters"
