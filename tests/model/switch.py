"""Every interleaving of the switch, there and back, on one key, as `dualwrite.switch` carries it out.

One key, two stores; a write's value is its place in the order of the store that answers. What acts on it:

* *processes* act on a phase they have read, however long ago unless somebody waited for them. In `dual` they commit to SQL with
  an obligation, if the fence lets them, then apply to PocketBase, look and pay. In `pb_only` they send a request that lands later; its
  answer may be lost, and then it lands at any time or never.
* *switches* hold the turn, freeze, drain or copy back, move the reads, wait, go on. They may fail at any step and call it off,
  die, or sleep for so long that their turn runs out, and then go on.
* a *watcher* ends the freeze of a switch whose turn has run out. It may die too; then there is another.
* a *verify* after a rollback mends what a late request has left, before the gate lets the next cutover through.

A state is bad where a process could read less than somebody was told is written, or where a cutover leaves the stores
unequal; an end is bad where writes are still paused, something is owed, or the stores differ and nobody will look. `Rules`
switches each safeguard off, one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

DUAL, FROZEN, ALONE = "dual", "frozen", "pb_only"
SQL, POCKETBASE = "sql", "pocketbase"
READS = {DUAL: SQL, ALONE: POCKETBASE}
OTHER = {DUAL: ALONE, ALONE: DUAL}
UNTOLD = 99  # what a request leaves whose answer was lost: more than anybody was told
NOBODY = -1


@dataclass(frozen=True)
class Rules:
    """What is safe only together."""

    fence: bool = True  # the database refuses writes outside `dual`
    drains: bool = True  # the cutover waits until nothing is owed
    waits: bool = True  # for every process to notice that the reads have moved
    waits_back: bool = True  # and that they have moved back
    waits_for_writes: bool = True  # the rollback, for requests to PocketBase alone that are under way
    names_epoch: bool = True  # a change goes on from one state only
    marks_epoch: bool = True  # so does the copy back
    is_watched: bool = True  # somebody ends the freeze of the dead
    verifies_anew: bool = True  # a verify from before a rollback does not count


@dataclass(frozen=True)
class World:
    """Who takes part and what may go wrong."""

    origin: str = DUAL
    processes: int = 1
    switches: int = 1
    writes: int = 2
    crashes: int = 0  # of switches and watchers
    stalls: int = 0  # of switches, for longer than their turn
    errors: int = 0  # of switches, which then call it off
    losses: int = 0  # of answers to writes to PocketBase alone


class Process(NamedTuple):
    phase: str
    reads: str
    epoch: int
    step: str = "idle"
    value: int = 0


class Switcher(NamedTuple):
    step: str = "idle"
    origin: str = ""
    epoch: int = 0
    seen: int = 0


class State(NamedTuple):
    sql: int
    pocketbase: int
    clock: int
    told: int  # the newest write that somebody was told is done
    phase: str
    reads: str
    epoch: int
    origin: str  # of the freeze in force
    moved: bool  # whether the reads have moved in it
    turn: int
    owed: tuple[bool, ...]
    processes: tuple[Process, ...]
    switches: tuple[Switcher, ...]  # the last is the watcher
    late: int
    verified: bool
    unequal: bool  # a cutover was done over stores that differ
    writes: int
    crashes: int
    stalls: int
    errors: int
    losses: int


def first(world: World) -> State:
    process = Process(world.origin, READS[world.origin], 1)
    return State(
        sql=0,
        pocketbase=0,
        clock=0,
        told=0,
        phase=world.origin,
        reads=READS[world.origin],
        epoch=1,
        origin=world.origin,
        moved=False,
        turn=NOBODY,
        owed=(False,) * world.processes,
        processes=(process,) * world.processes,
        switches=(Switcher(),) * (world.switches + 1),
        late=0,
        verified=True,
        unequal=False,
        writes=world.writes,
        crashes=world.crashes,
        stalls=world.stalls,
        errors=world.errors,
        losses=world.losses,
    )


def at(items: tuple, index: int, value: object) -> tuple:
    return (*items[:index], value, *items[index + 1 :])


def successors(state: State, rules: Rules) -> Iterator[State]:
    for index, process in enumerate(state.processes):
        yield from _process(state, index, process, rules)
    watcher = len(state.switches) - 1
    for index, switch in enumerate(state.switches):
        if index < watcher or rules.is_watched:
            yield from _switch(state, index, switch, rules, watches=index == watcher)
    if state.late:
        yield state._replace(late=state.late - 1)
        yield state._replace(late=state.late - 1, pocketbase=UNTOLD)
    if state.phase == DUAL and not (state.verified or state.late or any(state.owed)):
        yield state._replace(pocketbase=state.sql, verified=True)


def _process(state: State, index: int, process: Process, rules: Rules) -> Iterator[State]:
    def to(next: Process, **changes: object) -> State:
        return state._replace(processes=at(state.processes, index, next), **changes)

    if process.epoch != state.epoch:
        yield to(process._replace(phase=state.phase, reads=state.reads, epoch=state.epoch))
    new = state.clock + 1
    match process.step:
        case "idle" if state.writes and process.phase == DUAL and (state.phase == DUAL or not rules.fence):
            yield to(
                process._replace(step="apply", value=new),
                sql=new,
                clock=new,
                told=new,
                owed=at(state.owed, index, state.phase == DUAL),
                writes=state.writes - 1,
            )
        case "apply":
            yield to(process._replace(step="look"), pocketbase=process.value)
        case "look" if state.sql == process.value:
            yield to(process._replace(step="idle", value=0), owed=at(state.owed, index, False))
        case "look":
            yield to(process._replace(value=state.sql), pocketbase=state.sql)
        case "idle" if state.writes and process.phase == ALONE:
            yield to(process._replace(step="sent"), writes=state.writes - 1)
        case "sent":
            yield to(process._replace(step="idle"), pocketbase=new, clock=new, told=new)
            if state.losses:
                yield to(process._replace(step="idle"), late=state.late + 1, losses=state.losses - 1)


def _noticed(state: State) -> bool:
    return all(process.epoch == state.epoch for process in state.processes)


def _switch(state: State, index: int, switch: Switcher, rules: Rules, *, watches: bool) -> Iterator[State]:
    def to(next: Switcher, **changes: object) -> State:
        return state._replace(switches=at(state.switches, index, next), **changes)

    def step(name: str, **changes: object) -> State:
        return to(switch._replace(step=name), **changes)

    def ended() -> dict[str, int]:
        return {"turn": NOBODY if state.turn == index else state.turn}

    def changed(name: str, expected: str, **changes: object) -> State:
        """A change of phase, or what follows where somebody was faster."""
        if state.phase != expected or (rules.names_epoch and state.epoch != switch.epoch):
            return step("off" if not switch.step.startswith("back") else "over")
        return to(switch._replace(step=name, epoch=state.epoch + 1), epoch=state.epoch + 1, **changes)

    origin, goal = switch.origin, OTHER.get(switch.origin, "")
    match switch.step:
        case "idle" if watches:
            if state.phase == FROZEN and state.turn == NOBODY:
                yield step("back", turn=index)
        case "idle":
            if state.turn == NOBODY and (state.phase == ALONE or (state.phase == DUAL and state.verified)):
                begin = "freeze" if state.phase == DUAL else "bulk"
                yield to(Switcher(begin, state.phase, state.epoch), turn=index)
        case "bulk":
            if rules.marks_epoch and state.epoch != switch.epoch:
                yield step("off")
            else:
                yield step("freeze", sql=state.pocketbase)
        case "freeze":
            name = "drain" if origin == DUAL else "await"
            yield changed(name, origin, phase=FROZEN, origin=origin, moved=False)
        case "drain":
            if not (rules.drains and any(state.owed)):
                yield step("move")
        case "await":
            under_way = any(process.step == "sent" for process in state.processes)
            if not rules.waits_for_writes or (_noticed(state) and not under_way):
                yield step("read")
        case "read":
            yield to(switch._replace(step="write", seen=state.pocketbase))
        case "write":
            if rules.marks_epoch and state.epoch != switch.epoch:
                yield step("off")
            else:
                yield step("move", sql=switch.seen)
        case "move":
            yield changed("wait", FROZEN, reads=READS[goal], moved=True)
        case "wait":
            if not rules.waits or _noticed(state):
                yield step("release")
        case "release":
            done = changed("done", FROZEN, phase=goal, reads=READS[goal], **ended())
            if done.switches[index].step == "done":
                unequal = goal == ALONE and state.sql != state.pocketbase
                kept = goal == ALONE or not rules.verifies_anew
                done = done._replace(unequal=unequal, verified=state.verified and kept)
            yield done
        case "off":
            if state.turn in (NOBODY, index):
                yield step("back", turn=index)
            else:
                yield step("over")
        case "back" if state.phase != FROZEN:
            yield step("over")
        case "back":
            if state.reads != READS[state.origin]:
                epoch = state.epoch + 1
                yield to(
                    switch._replace(step="back wait", epoch=epoch),
                    epoch=epoch,
                    reads=READS[state.origin],
                    moved=True,
                )
            else:
                name = "back wait" if state.moved else "back release"
                yield to(switch._replace(step=name, epoch=state.epoch))
        case "back wait":
            if not rules.waits_back or _noticed(state):
                yield step("back release")
        case "back release":
            yield changed("over", FROZEN, phase=state.origin, reads=READS[state.origin])
        case "over":
            yield step("idle" if watches else "done", **ended())
    if switch.step in {"idle", "done"}:
        return
    if state.crashes:
        yield to(Switcher() if watches else Switcher("done"), crashes=state.crashes - 1, **ended())
    if state.stalls and state.turn == index:
        yield state._replace(turn=NOBODY, stalls=state.stalls - 1)
    if state.errors and not (watches or switch.step in {"off", "over"} or switch.step.startswith("back")):
        yield step("off", errors=state.errors - 1)


def is_bad(state: State) -> bool:
    """Whether a process could read less than somebody was told, or a cutover left the stores unequal."""
    stores = {SQL: state.sql, POCKETBASE: state.pocketbase}
    return state.unequal or any(stores[process.reads] < state.told for process in state.processes)


def ends_badly(state: State) -> bool:
    """Whether nothing will happen any more although something should."""
    differs = state.phase == DUAL and state.verified and state.sql != state.pocketbase
    return state.phase == FROZEN or any(state.owed) or differs


@dataclass(frozen=True)
class Explored:
    states: int
    ends: int
    bad: tuple[State, ...]


def explore(world: World, rules: Rules = Rules()) -> Explored:
    """Walk every reachable state; of the bad ones, the first that is met is enough."""
    begin = first(world)
    seen, stack = {begin}, [begin]
    ends = 0
    while stack:
        state = stack.pop()
        if is_bad(state):
            return Explored(len(seen), ends, (state,))
        moved = False
        for following in successors(state, rules):
            moved = True
            if following not in seen:
                seen.add(following)
                stack.append(following)
        if not moved:
            ends += 1
            if ends_badly(state):
                return Explored(len(seen), ends, (state,))
    return Explored(len(seen), ends, ())
