"""One switch under a drawn fault, run again until it is at its goal: what a person would do."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from random import Random

from dualwrite.cli.cutover import judged
from dualwrite.errors import ConfigurationError, DualwriteError
from dualwrite.gate import save_verified
from dualwrite.parts import Parts
from dualwrite.phase import Phase
from dualwrite.switch import CUTOVER, LEASE_SECONDS, Course
from tests.faults import proxy
from tests.faults.cell import Cell, is_stopped
from tests.faults.cells import cells
from tests.faults.child import STEPS, launched, switch
from tests.faults.crew import Diary, Post
from tests.faults.faults import Fault, done, killed, killed_crew, met, requests, sql_disconnected, sql_locked
from tests.faults.proxy import delay

get_context("forkserver").set_forkserver_preload(
    ["tests.faults.child", "tests.faults.crew", "tests.faults.clients", "tests.faults.switches", __name__]
)

MOST_SECONDS = 180.0
"""A switch that has not come to its goal by then, run again and again, is stuck."""

CLIENT = "client"
NEEDED = frozenset({"backfill", "stuck", "verified", "differences", "pocketbase"})
"""Of the gate's conditions. Something is owed all the time here, and how often methods were compared is another matter."""

STOPS = ("the switch: SIGKILL", "the switch: SIGSTOP")
STRIKES = {
    "a writer: SIGKILL": Fault(killed_crew(CLIENT), done),
    "PocketBase: SIGKILL": Fault(killed, met),
    "requests delayed": Fault(requests(delay(0.2)), met),
    "requests dropped": Fault(requests(proxy.DROP), met),
    "answers lost": Fault(requests(proxy.DROP_ANSWER), met),
    "answers cut": Fault(requests(proxy.CUT), met),
    "SQL: connections ended": Fault(sql_disconnected, done),
    "SQL: locked": Fault(sql_locked, done),
}
FAULTS = ("none", *STOPS, *STRIKES)
BEGUN = "begun"
ASLEEP = (0.3, 1.0, LEASE_SECONDS + 1.5)
"""Seconds of a SIGSTOP: shorter than anybody acts on a phase, longer, and longer than the turn lasts."""


@dataclass(frozen=True)
class Drawn:
    """What one switch meets: a fault once it has said that it is at this step, for so many seconds."""

    fault: str
    step: str
    seconds: float

    @classmethod
    def by(cls, random: Random, faults: Collection[str] = FAULTS) -> Drawn:
        """One of these faults at any step."""
        fault = random.choice(list(faults))
        if fault in STOPS:
            return cls(fault, random.choice(STEPS), random.choice(ASLEEP))
        return cls(fault, random.choice((BEGUN, *STEPS)), random.uniform(0.2, 1.0))


@dataclass
class Attempts:
    """What became of a switch that was run until it was at its goal: how often it was killed, and why it was called off."""

    reached: bool = False
    killed: int = 0
    called_off: list[str] = field(default_factory=list)


def perform(post: Post, name: str, course: Course, stops_at: str | None) -> None:
    """One switch as a person makes it, in a process of its own; a cutover only once everything was verified since the last
    rollback. It stops itself once it has said `stops_at`, to be killed or woken."""
    diary = Diary(post, name)

    def say(text: str) -> None:
        diary.add("said", text)
        if stops_at is not None and text.endswith(stops_at):
            os.kill(os.getpid(), signal.SIGSTOP)

    with closing(Parts.open(cells, post.place.load(), timing=post.place.timing)) as parts:
        try:
            say(BEGUN)
            if course is CUTOVER:
                _pass_gate(parts)
            diary.add("done", switch(parts, course, say=say).paused)
        except DualwriteError as error:
            diary.add("called off", repr(error))


def _pass_gate(parts: Parts) -> None:
    """What `dualwrite rollback` does at its end and `dualwrite cutover` asks for at its beginning."""
    if parts.control.load("verify") is None:
        time.sleep(parts.timing.lost_wait)
        begun = datetime.now(UTC)
        results = parts.verify().run(parts.migration.entities, repair=True)
        save_verified(parts.control, results, begun=begun)
    for condition in judged(parts, [], newer_than=3600.0):
        if condition.name in NEEDED and not condition.passes:
            raise ConfigurationError(f"the gate refuses: {condition.asks}: {condition.said}")


def switched(cell: Cell, parts: Parts, course: Course, drawn: Drawn) -> Attempts:
    """Run it under the fault, then again without one, until it is at its goal or stuck."""
    attempts, deadline = Attempts(), time.monotonic() + MOST_SECONDS
    first = True
    while not attempts.reached and time.monotonic() < deadline:
        name = f"switch-{time.monotonic_ns()}"
        cell.names.append(name)
        stops_at = drawn.step if first and drawn.fault in STOPS else None
        process = launched(perform, cell.post, name, course, stops_at)
        try:
            if first:
                _strike(cell, process, name, drawn)
            process.join(max(0.0, deadline - time.monotonic()))
        finally:
            process.kill()
            process.join()
        attempts.killed += process.exitcode != 0
        attempts.called_off += [event[2] for _, event in cell.events([name]) if event[1] == "called off"]
        attempts.reached = _phase(parts) is course.goal
        first = False
    return attempts


def _strike(cell: Cell, process: BaseProcess, name: str, drawn: Drawn) -> None:
    if drawn.fault == "none":
        return
    if drawn.fault in STOPS:
        assert process.pid is not None
        while process.is_alive() and not is_stopped(process.pid):
            time.sleep(0.002)
        if not process.is_alive():
            return
        if drawn.fault == "the switch: SIGKILL":
            process.kill()
            return
        time.sleep(drawn.seconds)
        os.kill(process.pid, signal.SIGCONT)
        return
    while process.is_alive() and not _has_said(cell, name, drawn.step):
        time.sleep(0.002)
    with STRIKES[drawn.fault].strike(cell):
        time.sleep(drawn.seconds)


def _has_said(cell: Cell, name: str, step: str) -> bool:
    return any(event[1] == "said" and event[2].endswith(step) for _, event in cell.events([name]))


def _phase(parts: Parts) -> Phase | None:
    """The stored phase; none while SQL is not there."""
    with suppress(DualwriteError):
        return parts.control.read().phase
    return None
