"""Every interleaving of the write rule on one key, as `dualwrite` carries it out.

One key, two stores that hold one value each. What acts on it:

* *writers*: commit to SQL together with an obligation of their own, apply their value to PocketBase, look, pay. A request
  of theirs may time out and land later, or never. They may die between any two steps, with a request under way that
  lands later or never, or stall for so long that their hold on the obligation runs out.
* *relays*: claim an obligation that nobody holds any more, write the SQL row, look, pay. They too may lose an answer, die or
  stall; then the lease runs out and the other relay claims it. No request begins after its sender's hold or lease
  (`Call.deadline` sees to that), so only the look and the payment may come later: `asleep` is what they check. Whoever
  stalls between its look at the clock and the request sends it all the same, finds that it overslept, and owes the key anew.
  (That it dies in between as well is left out: nobody would know.)
* a *backfill*: saves its range, copies, looks, saves again. It may die at any step, with a request under way; another run
  resumes from what is on disk, once its lease is over, and looks at both sides.

An end state is bad where the stores differ or something is owed. `Rules` switches each safeguard off, one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

ABSENT = -1
NOTHING = -9
FREE = 9  # nobody has claimed this obligation yet
BACKFILL = -1  # whose late request it is, where no obligation stands behind it


@dataclass(frozen=True)
class Rules:
    """What is safe only together."""

    owes: bool = True  # a write to SQL leaves an obligation, in the same transaction
    looks: bool = True
    leases: bool = True  # a relay leaves alone what another has claimed
    waits_for_the_living: bool = True  # the relay leaves obligations alone that their writer still holds
    remembers_range: bool = True  # the backfill's range is on disk before its chunk is written
    pays_what_it_holds: bool = True  # `pay` is for whoever claimed the obligation last
    waits_for_the_lost: bool = True  # after a lost answer nobody settles before it must have landed
    outwaits_the_dead: bool = (
        True  # holds and leases run until the last request of their owner must have landed
    )
    owes_again: bool = True  # whoever sent a request after its hold or lease owes the key anew


@dataclass(frozen=True)
class World:
    """Who takes part and what may go wrong."""

    writers: int = 1
    relays: int = 1
    backfill: bool = False
    deletes: bool = False  # the first writer deletes
    crashes: int = 0
    stalls: int = 0
    timeouts: int = 0


class Actor(NamedTuple):
    """Where one actor stands: its step, what PocketBase last acknowledged to it, what it read, which obligation it pays."""

    step: str
    wrote: int = NOTHING
    seen: int = NOTHING
    debt: int = NOTHING
    asleep: bool = False  # its hold or its lease has run out


class Late(NamedTuple):
    """A request that may still land, or never: for which obligation it was sent, and whether its sender died."""

    debt: int
    value: int
    died: bool


class State(NamedTuple):
    sql: int
    pocketbase: int
    owed: tuple[
        int, ...
    ]  # by writer, then by who overslept: NOTHING, FREE, or the relay that claimed it last
    leased: tuple[bool, ...]  # by obligation: whether that relay's lease still runs
    late: frozenset[Late]
    actors: tuple[Actor, ...]  # writers, then relays, then the backfill
    range: str  # the backfill's range on disk: none, open, done
    crashes: int
    stalls: int
    timeouts: int


def first(world: World) -> State:
    return State(
        sql=0,
        pocketbase=ABSENT if world.backfill else 0,
        owed=(NOTHING,) * (world.writers + world.stalls),
        leased=(False,) * (world.writers + world.stalls),
        late=frozenset(),
        actors=(
            *(Actor("commit"),) * world.writers,
            *(Actor("idle"),) * world.relays,
            Actor("start" if world.backfill else "done"),
        ),
        range="none" if world.backfill else "done",
        crashes=world.crashes,
        stalls=world.stalls,
        timeouts=world.timeouts,
    )


def at(items: tuple, index: int, value: object) -> tuple:
    return (*items[:index], value, *items[index + 1 :])


def successors(state: State, world: World, rules: Rules) -> Iterator[State]:
    for index, actor in enumerate(state.actors):
        if index < world.writers:
            yield from _writer(state, index, actor, world, rules)
        elif index < world.writers + world.relays:
            yield from _relay(state, index, actor, world, rules)
        else:
            yield from _backfill(state, index, actor, world, rules)
    for request in state.late:
        rest = state.late - {request}
        yield state._replace(late=rest)
        yield state._replace(late=rest, pocketbase=request.value)


def _sent(state: State, debt: int, value: int, *, died: bool) -> frozenset[Late]:
    return state.late | {Late(debt, value, died)}


def _may_land(state: State, debt: int, rules: Rules) -> bool:
    """Whether whoever comes next has to wait for a request of the one before."""
    return any(
        late.debt == debt and (rules.outwaits_the_dead if late.died else rules.waits_for_the_lost)
        for late in state.late
    )


def _value(index: int, world: World) -> int:
    return ABSENT if world.deletes and index == 0 else index + 1


def _writer(state: State, index: int, actor: Actor, world: World, rules: Rules) -> Iterator[State]:
    def to(next: Actor, **changes: object) -> State:
        return state._replace(actors=at(state.actors, index, next), **changes)

    value = _value(index, world)
    match actor.step:
        case "commit":
            owed = at(state.owed, index, FREE if rules.owes else NOTHING)
            yield to(Actor("apply", debt=index), sql=value, owed=owed)
        case "apply":
            # A request is sent within the hold or not at all.
            yield to(actor._replace(step="read", wrote=value), pocketbase=value)
            if state.timeouts:
                # The writer keeps its obligation and leaves; a relay goes on once the request must have landed.
                yield to(
                    Actor("done"), late=_sent(state, index, value, died=False), timeouts=state.timeouts - 1
                )
        case "read" | "compare" | "pay" | "repair":
            yield from _settle(state, index, actor, world, rules)
        case "late" | "again":
            yield from _overslept(state, index, actor, Actor("done"), rules)
            return
    if actor.step not in {"commit", "done", "dead"}:
        if state.crashes:
            yield to(Actor("dead"), crashes=state.crashes - 1)
        if state.crashes and actor.step in {"apply", "repair"} and not actor.asleep:
            sent = _sent(state, index, value if actor.step == "apply" else actor.seen, died=True)
            yield to(Actor("dead"), late=sent, crashes=state.crashes - 1)
        if state.stalls and not actor.asleep:
            asleep = actor._replace(asleep=True)
            # A request not begun by now is not sent any more.
            if actor.step in {"apply", "repair"}:
                sent = value if actor.step == "apply" else actor.seen
                yield to(_late(state, sent, world), stalls=state.stalls - 1)
                asleep = Actor("dead")
            yield to(asleep, stalls=state.stalls - 1)


def _relay(state: State, index: int, actor: Actor, world: World, rules: Rules) -> Iterator[State]:
    def to(next: Actor, **changes: object) -> State:
        return state._replace(actors=at(state.actors, index, next), **changes)

    if actor.step == "idle":
        for debt, holder in enumerate(state.owed):
            if holder == NOTHING or (rules.leases and state.leased[debt]):
                continue
            writer = state.actors[debt] if debt < world.writers else Actor("done")
            if rules.waits_for_the_living and not (writer.step in {"done", "dead"} or writer.asleep):
                continue
            if _may_land(state, debt, rules):
                continue
            yield to(
                Actor("unknown", debt=debt),
                owed=at(state.owed, debt, index),
                leased=at(state.leased, debt, True),
            )
        return
    if actor.step == "unknown":
        # What PocketBase holds is not known: write first.
        yield to(actor._replace(step="repair", seen=state.sql))
    elif actor.step in {"late", "again"}:
        yield from _overslept(state, index, actor, Actor("idle"), rules)
        return
    else:
        yield from _settle(state, index, actor, world, rules)
    if state.crashes:
        # Its lease runs out with it.
        free = at(state.leased, actor.debt, False)
        yield to(Actor("idle"), crashes=state.crashes - 1, leased=free)
        if actor.step == "repair" and not actor.asleep:
            sent = _sent(state, actor.debt, actor.seen, died=True)
            yield to(Actor("idle"), crashes=state.crashes - 1, leased=free, late=sent)
    if state.stalls and not actor.asleep:
        free = at(state.leased, actor.debt, False)
        asleep = Actor("idle") if actor.step == "repair" else actor._replace(asleep=True)
        yield to(asleep, stalls=state.stalls - 1, leased=free)
        if actor.step == "repair":
            late = _late(state, actor.seen, world)
            yield to(late, stalls=state.stalls - 1, leased=free)


def _late(state: State, sent: int, world: World) -> Actor:
    """One that stalls with a request begun; what it will owe anew is an obligation of its own."""
    return Actor("late", wrote=sent, debt=world.writers + state.stalls - 1, asleep=True)


def _overslept(state: State, index: int, actor: Actor, end: Actor, rules: Rules) -> Iterator[State]:
    """The request that was begun in time leaves now, and is answered or not; then its sender looks at the clock."""

    def to(next: Actor, **changes: object) -> State:
        return state._replace(actors=at(state.actors, index, next), **changes)

    if actor.step == "again":
        owed = at(state.owed, actor.debt, FREE) if rules.owes_again else state.owed
        yield to(
            end, owed=owed, leased=at(state.leased, actor.debt, False) if rules.owes_again else state.leased
        )
        return
    again = actor._replace(step="again")
    yield to(again, pocketbase=actor.wrote)
    if state.timeouts:
        late = _sent(state, actor.debt, actor.wrote, died=False)
        yield to(again, late=late, timeouts=state.timeouts - 1)


def _settle(state: State, index: int, actor: Actor, world: World, rules: Rules) -> Iterator[State]:
    """The look, shared by all three."""

    def to(next: Actor, **changes: object) -> State:
        return state._replace(actors=at(state.actors, index, next), **changes)

    writer = index < world.writers
    match actor.step:
        case "read" if not rules.looks:
            yield to(actor._replace(step="pay"))
        case "read":
            yield to(actor._replace(step="compare", seen=state.sql))
        case "compare":
            yield to(actor._replace(step="pay" if actor.seen == actor.wrote else "repair"))
        case "repair" if actor.asleep:
            yield to(Actor("dead" if writer else "idle"))
        case "repair":
            yield to(actor._replace(step="read", wrote=actor.seen), pocketbase=actor.seen)
            if state.timeouts and actor.debt != NOTHING:
                yield to(
                    Actor("done" if writer else "idle"),
                    late=_sent(state, actor.debt, actor.seen, died=False),
                    leased=at(state.leased, actor.debt, False),
                    timeouts=state.timeouts - 1,
                )
        case "pay" if actor.debt == NOTHING:
            yield to(Actor("saved"))
        case "pay":
            holder = state.owed[actor.debt]
            mine = holder == (FREE if writer else index)
            owed, leased = state.owed, state.leased
            if mine or not rules.pays_what_it_holds:
                owed = at(owed, actor.debt, NOTHING)
                leased = at(leased, actor.debt, False)
            yield to(Actor("done" if writer else "idle"), owed=owed, leased=leased)


def _backfill(state: State, index: int, actor: Actor, world: World, rules: Rules) -> Iterator[State]:
    def to(next: Actor, **changes: object) -> State:
        return state._replace(actors=at(state.actors, index, next), **changes)

    match actor.step:
        case "start" if _may_land(state, BACKFILL, rules):
            return
        case "start":
            if state.range == "open" and state.sql == ABSENT and state.pocketbase != ABSENT:
                # Seen from both sides: a row that a run before us put there, and that is gone.
                yield to(Actor("repair", seen=ABSENT))
            elif state.sql == ABSENT:
                yield to(Actor("saved"))
            else:
                yield to(Actor("chunk", seen=state.sql))
        case "chunk":
            yield to(Actor("repair", seen=actor.seen), range="open" if rules.remembers_range else state.range)
        case "saved":
            yield to(Actor("done"), range="done")
        case "done" | "dead":
            return
        case _:
            yield from _settle(state, index, actor, world, rules)
    if state.crashes:
        yield to(Actor("start"), crashes=state.crashes - 1)
        if actor.step == "repair":
            sent = _sent(state, BACKFILL, actor.seen, died=True)
            yield to(Actor("start"), crashes=state.crashes - 1, late=sent)


@dataclass(frozen=True)
class Explored:
    states: int
    ends: int
    bad: tuple[State, ...]


def explore(world: World, rules: Rules = Rules()) -> Explored:
    """Walk every reachable state."""
    begin = first(world)
    seen, stack = {begin}, [begin]
    ends, bad = 0, []
    while stack:
        state = stack.pop()
        moved = False
        for following in successors(state, world, rules):
            moved = True
            if following not in seen:
                seen.add(following)
                stack.append(following)
        if not moved:
            ends += 1
            if state.sql != state.pocketbase or any(owed != NOTHING for owed in state.owed):
                bad.append(state)
    return Explored(len(seen), ends, tuple(bad))
