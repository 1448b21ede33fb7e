"""Switches while clients in processes of their own are at work, and what the clients were answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic as _now
from typing import Any

from dualwrite.errors import ConfigurationError
from dualwrite.parts import Parts
from dualwrite.switch import CUTOVER, Course, Switched
from dualwrite.timing import PHASE_TTL
from tests.faults import clients
from tests.faults.cell import token
from tests.faults.child import read_log, running, switch
from tests.faults.crew import Post
from tests.faults.history import Call, Recorder, calls_of
from tests.faults.proxy import Proxy, delay
from tests.fixtures.faults import PATIENT, World, go_dual, until

# A process may act on a phase it has read for as long as it is allowed to; and a busy machine may take its time.
TIMING = replace(PATIENT, phase_every=PHASE_TTL / 2)
USERS, READERS = ("user-1", "user-2"), ("reader-1", "reader-2")
SEED, TRIES = 5, 5

Switching = Callable[[Parts, Course, Callable[[str], None]], Switched]
"""Carries out a switch; a test may give one with a step left out."""


def whole(parts: Parts, course: Course = CUTOVER, say: Callable[[str], None] = lambda text: None) -> Switched:
    """The switch as it is; run again, as a person would, where a machine that has other work was not in time."""
    for _ in range(TRIES - 1):
        try:
            return switch(parts, course, say=say)
        except ConfigurationError as error:
            print(f"{course.name} called off: {error}")
    return switch(parts, course, say=say)


@dataclass
class Scene:
    """Clients at work, PocketBase behind a proxy for them, and parts that switch."""

    parts: Parts
    proxy: Proxy
    post: Post
    processes: dict[str, BaseProcess] = field(default_factory=dict)
    pauses: list[float] = field(default_factory=list)

    def play(self, course: Course, switching: Switching = whole, *, slow: float | None = None) -> None:
        """One switch while each request to PocketBase is `slow` seconds late, so that it is far behind; calls before it and after."""
        slow = (0.3 if course is CUTOVER else 0.1) if slow is None else slow
        if slow:
            self.proxy.mode(delay(slow))
        self.written_more()

        def say(text: str) -> None:
            # In time for the first write to the other store to be quick.
            if "reads move" in text:
                self.proxy.release()

        try:
            self.pauses.append(switching(self.parts, course, say).paused)
        finally:
            self.proxy.release()
        self.written_more()

    def written_more(self) -> None:
        """Wait until every client that follows the phase was answered a good deal more."""
        before = {name: self.answered(name) for name in self.processes if name in USERS}
        until(lambda: all(self.answered(name) > n + 20 for name, n in before.items()), 60)

    def answered(self, name: str) -> int:
        """How often a client was answered."""
        return sum(event[1] == "done" for event in self.events(name))

    def events(self, name: str) -> list[list[Any]]:
        """What a client noted."""
        return read_log(self.post.log(name))

    def history(self, world: World) -> list[Call]:
        """Nobody calls any more; everything that was asked and answered, and what every key holds at rest."""
        self.post.quiet.touch()
        for name in self.processes:
            until(lambda name=name: any(event[1] == "quiet" for event in self.events(name)), 30)
        self.post.leave.touch()
        for name, process in self.processes.items():
            process.join(30)
            assert process.exitcode == 0, name
        return [*self.so_far(), *at_rest(world)]

    def so_far(self) -> list[Call]:
        """What was asked and answered until now. One log is read after another, so what came meanwhile is left out of all."""
        now = _now()
        return [
            call
            for name in self.processes
            for call in calls_of(name, (event for event in self.events(name) if event[0] <= now))
        ]


def at_rest(world: World) -> list[Call]:
    """What each key holds for a client that comes when nobody writes any more."""
    noted: list[list[Any]] = []
    with world.runtime(pb_timeout=5.0, timing=TIMING) as runtime:
        recorder = Recorder(runtime.repositories["cells"], lambda *what: noted.append([_now(), *what]))
        for key in clients.KEYS:
            recorder.read(key)
    return list(calls_of("at rest", noted))


@contextmanager
def under_use(world: World, folder: Path, *, unwired: bool = False) -> Iterator[Scene]:
    """A scene in `dual` on this world."""
    go_dual(parts := world.parts(pb_timeout=5.0, timing=TIMING))
    with Proxy(world.server.url) as proxy, ExitStack() as processes:
        place = world.place(pb_url=proxy.url, pb_token=token(world.server), pb_timeout=5.0, timing=TIMING)
        scene = Scene(parts, proxy, Post(place, folder, SEED))
        roles = dict.fromkeys(USERS, clients.use) | dict.fromkeys(READERS, clients.only_read)
        if unwired:
            roles["unwired"] = clients.write_unwired
        for name, role in roles.items():
            scene.processes[name] = processes.enter_context(running(role, scene.post, name))
        scene.written_more()
        yield scene
