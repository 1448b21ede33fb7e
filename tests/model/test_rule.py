"""With every safeguard no interleaving ends badly; without any one of them, a named small world does."""

from __future__ import annotations

from dataclasses import asdict, fields

import pytest

from tests.model.rule import Rules, World, explore

SAFE = {
    "two writers, both may die": World(writers=2, crashes=2),
    "three writers, one dies": World(writers=3, crashes=1),
    "two writers, two relays, a death and a stall": World(writers=2, relays=2, crashes=1, stalls=1),
    "the same with a request that lands late": World(writers=2, relays=2, crashes=1, stalls=1, timeouts=1),
    "a backfill that dies beside a deletion": World(writers=1, backfill=True, deletes=True, crashes=2),
    "a backfill beside two writers, two deaths": World(
        writers=2, relays=2, backfill=True, deletes=True, crashes=2
    ),
    "a backfill beside a late request": World(writers=2, backfill=True, deletes=True, crashes=1, timeouts=1),
}

LARGE = {"the same with a request that lands late", "a backfill beside two writers, two deaths"}
"""Worlds of so many states that they are explored in `make slow`."""

BROKEN = {
    "a request that a stalled process sends after its hold overruns what others have paid": (
        World(writers=2, relays=2, stalls=1, timeouts=1),
        Rules(owes_again=False),
    ),
    "a writer that dies before PocketBase was asked leaves a difference that nobody knows of": (
        World(writers=1, crashes=1),
        Rules(owes=False),
    ),
    "of two relays at one obligation one pays, and the other dies with an old row just written": (
        World(writers=2, relays=2, crashes=2),
        Rules(leases=False),
    ),
    "two writers without the look diverge, and nobody even died": (
        World(writers=2),
        Rules(looks=False),
    ),
    "a relay that pays debts of the living takes them from under a writer": (
        World(writers=2, crashes=1),
        Rules(waits_for_the_living=False),
    ),
    "a backfill that forgets its range brings a deleted row back": (
        World(writers=1, backfill=True, deletes=True, crashes=1),
        Rules(remembers_range=False),
    ),
    "a staller who pays what another has claimed since leaves that one's write unseen": (
        World(writers=2, crashes=1, stalls=1),
        Rules(pays_what_it_holds=False),
    ),
    "whoever settles before a lost request has landed is overrun by it": (
        World(writers=2, timeouts=1),
        Rules(waits_for_the_lost=False),
    ),
    "a relay that takes what the dead held before their last request has landed is overrun by it": (
        World(writers=2, crashes=1),
        Rules(outwaits_the_dead=False),
    ),
    "so is a backfill that resumes too early": (
        World(writers=1, backfill=True, deletes=True, crashes=1),
        Rules(outwaits_the_dead=False),
    ),
}


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(world, id=name, marks=[pytest.mark.slow] if name in LARGE else [])
        for name, world in SAFE.items()
    ],
)
def test_every_interleaving_ends_equal_and_paid(world: World) -> None:
    explored = explore(world)
    assert explored.ends > 0
    assert not explored.bad, explored.bad[0]


def test_every_safeguard_is_taken_away_once() -> None:
    taken = {name for _, rules in BROKEN.values() for name, kept in asdict(rules).items() if not kept}
    assert taken == {field.name for field in fields(Rules)}


@pytest.mark.parametrize(("world", "rules"), BROKEN.values(), ids=BROKEN)
def test_without_one_safeguard_some_interleaving_ends_badly(world: World, rules: Rules) -> None:
    assert explore(world, rules).bad
    assert not explore(world).bad, "the world is safe with the safeguard, so it is the safeguard that matters"
