"""Switches there and back under load, each under a drawn fault. At work, each in a process of its own: four clients that follow
the phase, one that knows nothing of it, a relay, a backfill at times, and the switch. At the end the history of every call is judged.

`python -m tests.faults.switches` plays them on both databases and prints the table of docs/faults.md.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from statistics import median

from dualwrite.parts import Parts
from dualwrite.phase import Phase
from dualwrite.switch import CUTOVER, ROLLBACK, Course
from dualwrite.timing import Timing
from tests.faults import clients, crew
from tests.faults.cell import Cell, Roles, opened
from tests.faults.child import Followed
from tests.faults.history import Call, Kind, calls_of
from tests.faults.matrix import DIALECTS, SETTLED_WITHIN, Servers, unequal
from tests.faults.pauses import pauses
from tests.faults.register import Wrong, judge
from tests.faults.scene import at_rest
from tests.faults.switching import CLIENT, FAULTS, Drawn, switched
from tests.fixtures.faults import go_dual

_PORT = re.compile(r":\d+")
PROCESSES = 4
UNWIRED = "unwired"
NOTICED_WITHIN = 60.0
"""Seconds after a switch in which every client must have written again: a lease, `lost_wait`, and a machine that has other work."""


TIMING = Timing(
    start_within=1.0, give_up=2.5, lease=9.0, lost_wait=4.0, relay_every=0.1, phase_every=0.1, house_every=0.2
)
"""Shorter than in production and in the same order; a request of a fault is under way for less than `lost_wait`."""
PB_TIMEOUT = 2.0


@dataclass(frozen=True)
class Load:
    """How hard the clients work, what may go wrong, and the intervals of the write rule."""

    pace: float = 0.05  # seconds between two calls of one thread
    faults: Collection[str] = FAULTS
    timing: Timing = TIMING

    @property
    def roles(self) -> Roles:
        """Who may be at work."""
        return {
            CLIENT: (partial(clients.use, pace=self.pace), ()),
            UNWIRED: (partial(clients.write_unwired, pace=2 * self.pace), ()),
            "relay": (crew.relay, ()),
        }


IDLE = Load(pace=2.0, faults=("none",), timing=Timing())
"""Callers that seldom call, no fault, and the intervals of production."""


@dataclass
class Played:
    """What came of all the switches on one database. `found` names everything that is not as it must be, one line each."""

    dialect: str
    seed: int
    made: int = 0
    called_off: list[str] = field(default_factory=list)
    killed: int = 0
    stuck: int = 0
    met: Counter[str] = field(default_factory=Counter)
    paused: dict[str, list[float]] = field(default_factory=dict)
    longest: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    wrong: Counter[Wrong] = field(default_factory=Counter)
    seconds: float = 0.0
    found: list[str] = field(default_factory=list)


def play(servers: Servers, dialect: str, seed: int, count: int, load: Load = Load()) -> Played:
    """So many switches, there and back in turn, on a new database; then the checks."""
    begin, random = time.monotonic(), Random(seed)
    played = Played(dialect, seed)
    folder = servers.folder / f"switches-{time.monotonic_ns()}"
    with opened(
        servers.sql(dialect), servers.pocketbase, folder, seed, load.timing, load.roles, PB_TIMEOUT
    ) as cell:
        go_dual(parts := cell.world.prepare())
        cell.copy_all()
        for role in (*[CLIENT] * PROCESSES, UNWIRED, "relay"):
            cell.launch(role)
        logs: dict[str, Followed] = {}
        for number in range(count):
            course = ROLLBACK if number % 2 else CUTOVER
            drawn = Drawn.by(random, load.faults)
            played.met[drawn.fault] += 1
            attempts = switched(cell, parts, course, drawn)
            played.called_off += attempts.called_off
            played.killed += attempts.killed
            played.made += attempts.reached
            behind = list(_left_behind(cell, course, logs)) if attempts.reached else [course.name]
            if behind:
                played.stuck += 1
                played.found.append(f"switch {number + 1} with {drawn}: stuck: {behind}")
                break
        _end(cell, parts, played, logs)
    played.seconds = time.monotonic() - begin
    return played


def _left_behind(cell: Cell, course: Course, logs: dict[str, Followed]) -> Iterator[str]:
    """The clients that do not go on in the new phase."""
    since, waiting = time.monotonic(), [name for name in cell.crew if name.startswith(CLIENT)]
    while waiting and time.monotonic() < since + NOTICED_WITHIN:
        waiting = [name for name in waiting if not _goes_on(_log(cell, name, logs), course.goal, since)]
        time.sleep(0.02)
    yield from waiting
    yield from (name for name, process in cell.crew.items() if not process.is_alive())


def _log(cell: Cell, name: str, logs: dict[str, Followed]) -> Followed:
    return logs.setdefault(name, Followed(cell.post.log(name)))


def _goes_on(log: Followed, phase: Phase, since: float) -> bool:
    """Whether a client knows the phase, and was answered twice since then."""
    log.read_on()
    known = next((event[2] for event in reversed(log.events) if event[1] == "phase"), None)
    newest = log.events[-4:]
    return known == phase and sum(event[1] == "done" and event[0] > since for event in newest) > 1


def _end(cell: Cell, parts: Parts, played: Played, logs: dict[str, Followed]) -> None:
    """Nobody calls any more; whatever must hold now is looked at."""
    cell.post.quiet.touch()
    deadline = time.monotonic() + SETTLED_WITHIN + cell.post.place.timing.hold
    callers = [name for name in cell.crew if name.startswith((CLIENT, UNWIRED))]
    while time.monotonic() < deadline:
        quiet = all(_is_quiet(_log(cell, name, logs)) for name in callers)
        if quiet and not parts.journal.state():
            break
        time.sleep(0.05)
    if parts.control.read().phase is Phase.DUAL:
        played.found += unequal(parts)
    still = at_rest(cell.world)
    cell.post.leave.touch()
    for name, process in cell.crew.items():
        process.join(20)
        if process.exitcode != 0:
            played.found.append(f"{name} ended with {process.exitcode}: {cell.errors(name)}")
    history = [*_calls(cell, played, logs), *still]
    played.calls = Counter(f"{call.kind} {call.outcome}" for call in history)
    for contradiction in judge(history):
        played.wrong[contradiction.wrong] += 1
        played.found.append(str(contradiction))
    for pause in pauses(parts.control.history(limit=100_000)):
        played.longest = max(played.longest, pause.seconds)
        if pause.switched:
            played.paused.setdefault(pause.goal, []).append(pause.seconds)


def _is_quiet(log: Followed) -> bool:
    log.read_on()
    return any(event[1] == "quiet" for event in log.events[-10:])


def _calls(cell: Cell, played: Played, logs: dict[str, Followed]) -> Iterator[Call]:
    for name in cell.names:
        log = _log(cell, name, logs)
        log.read_on()
        if name.startswith((CLIENT, UNWIRED)):
            yield from calls_of(name, log.events)
        played.found += [f"a thread of {name} ended: {e[2:]}" for e in log.events if e[1] == "died"]


HEAD = (
    "| database, seed | switches | called off | killed | pause at a cutover: median, longest | at a rollback | "
    "calls judged | without an answer | lost writes | stale reads | stuck |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


def row(played: Played) -> str:
    """The figures in Markdown."""
    unanswered = played.calls[f"{Kind.WRITE} unknown"]
    stale = played.wrong.total() - played.wrong[Wrong.LOST]
    cells = (
        f"{played.dialect}, {played.seed}",
        played.made,
        len(played.called_off),
        played.killed,
        _pause(played.paused.get(CUTOVER.goal, [])),
        _pause(played.paused.get(ROLLBACK.goal, [])),
        f"{played.calls.total():,}",
        unanswered,
        played.wrong[Wrong.LOST],
        stale,
        played.stuck,
    )
    return f"| {' | '.join(map(str, cells))} |"


def _pause(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.2f} s, {max(seconds):.1f} s" if seconds else ""


def _say(played: Played) -> None:
    met = ", ".join(f"{fault} {times}" for fault, times in sorted(played.met.items()))
    calls = ", ".join(f"{what} {times}" for what, times in sorted(played.calls.items()))
    print(
        f"{played.dialect}, seed {played.seed}: {played.seconds:.0f} s; {met}; {calls}; the longest pause {played.longest:.1f} s"
    )
    called_off = Counter(_PORT.sub(":…", why) for why in played.called_off)
    print(
        *(f"    called off {n} times: {why}" for why, n in called_off.items()),
        *played.found,
        sep="\n",
        flush=True,
    )


def main(arguments: list[str] | None = None) -> int:
    """Play so many switches on each database; 0 where nothing was lost, stale or stuck."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.switches", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="switches on all databases together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dialect", choices=DIALECTS, action="append", help="one of both")
    parser.add_argument("--only", metavar="TEXT", default="", help="faults whose name holds this text")
    parser.add_argument(
        "--idle", action="store_true", help="hardly any calls, no faults, production's intervals"
    )
    given = parser.parse_args(arguments)
    dialects = given.dialect or DIALECTS
    each = max(2, given.count // len(dialects) // 2 * 2)  # there and back
    load = IDLE if given.idle else Load(faults=[name for name in FAULTS if given.only in name])
    results: list[Played] = []
    with Servers() as servers:
        for dialect in dialects:
            played = play(servers, dialect, given.seed, each, load)
            results.append(played)
            _say(played)
    print(HEAD, *map(row, results), sep="\n")
    return 1 if any(played.found for played in results) else 0


if __name__ == "__main__":
    sys.exit(main())
