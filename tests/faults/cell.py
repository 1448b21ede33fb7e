"""One cell of the matrix while it is played: the servers, the proxy between, the crew at work, and what can be seen of a fault."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx

from dualwrite.backfill import Backfill
from dualwrite.pocketbase import EmbeddedPocketBase, find_binary, install_hooks
from dualwrite.pocketbase.names import collection_name
from dualwrite.setup import initialise
from dualwrite.timing import Timing
from tests.faults import crew
from tests.faults.cells import CELL, PREFIX
from tests.faults.child import launched, read_log
from tests.faults.crew import Post, first_text, own_keys
from tests.faults.databases import SqlSide
from tests.faults.proxy import Proxy, Seen
from tests.fixtures.faults import World, go_dual, until

TIMING = Timing(
    start_within=0.5, give_up=1.2, lease=7.0, lost_wait=3.0, relay_every=0.1, phase_every=0.1, house_every=0.2
)
"""The longest that any request of a fault stays under way is below `lost_wait`."""

PB_TIMEOUT = 1.0
SLOW = 0.3  # seconds; nothing takes so long where nothing is wrong
FILLERS = 150
DUAL = ("writer-1", "writer-2")
UNAWARE = "unaware"
WRITERS = (*DUAL, UNAWARE)
Roles = Mapping[str, tuple[Callable[..., None], tuple[Any, ...]]]
ROLES: Roles = {
    **dict.fromkeys(DUAL, (crew.write, (True,))),
    UNAWARE: (crew.write_unaware, (True,)),
    "relay": (crew.relay, ()),
    "backfill": (crew.copy, ()),
    "verify": (crew.verify, ()),
}


def pocketbase() -> EmbeddedPocketBase:
    """A server for cells; not started. Its hook files can be taken away: it does not put them back by itself."""
    server = EmbeddedPocketBase(binary=find_binary())
    install_hooks(server.hooks_dir, (CELL,), PREFIX)
    return server


@dataclass
class Cell:
    """What a fault is given. `struck` counts what it did by itself; `evidence` looks at what others met."""

    sql: SqlSide
    server: EmbeddedPocketBase
    proxy: Proxy
    world: World
    post: Post
    seed: int
    crew: dict[str, BaseProcess] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    struck: int = 0
    roles: Roles = field(default_factory=lambda: ROLES)

    def pid(self, name: str) -> int:
        """The process of a member of the crew."""
        pid = self.crew[name].pid
        assert pid is not None
        return pid

    def launch(self, role: str, name: str | None = None) -> str:
        """A member begins to work; a second one in the same role gets a name, and keys, of its own."""
        function, more = self.roles[role]
        if name is None:
            name = f"{role}.{len(self.names)}"
            more = tuple(False for _ in more)  # nothing is there under the keys of this one
        self.crew[name] = launched(function, self.post, name, *more)
        self.names.append(name)
        return name

    def kill(self, name: str) -> None:
        """SIGKILL, and wait until it is gone."""
        process = self.crew.pop(name)
        process.kill()
        process.join()
        self.struck += process.exitcode == -signal.SIGKILL
        self.dead.add(name)

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """SIGSTOP until the end."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGSTOP)
        until(lambda: is_stopped(pid))
        self.struck += 1
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def events(self, names: Iterable[str] | None = None) -> Iterator[tuple[str, list[Any]]]:
        """Who did what, as the diaries have it."""
        for name in self.names if names is None else names:
            yield from ((name, event) for event in read_log(self.post.log(name)))

    def calls(self, name: str) -> Iterator[list[Any]]:
        """What a writer asked and was answered: when, what became of it, method, key, what the key may hold now."""
        return (event for _, event in self.events([name]) if event[1] != "died")

    def count(self, name: str, what: str) -> int:
        """How often somebody noted this."""
        return sum(event[1] == what for _, event in self.events([name]))

    def writers(self) -> list[str]:
        """Everybody who calls or called."""
        return [name for name in self.names if name.startswith(WRITERS)]

    def requests(self, begin: float, end: float) -> list[Seen]:
        """What passed through the proxy between two moments, in whole or in part."""
        return [
            seen for seen in list(self.proxy.seen) if seen.begun <= end and seen.begun + seen.seconds >= begin
        ]

    def errors(self, name: str) -> str:
        """The last line of what a member said on standard error."""
        path = self.post.folder / f"{name}.err"
        return path.read_text(errors="replace").strip().rpartition("\n")[2] if path.exists() else ""

    def prepare(self) -> None:
        """Both stores hold the same rows, `dual` begins, and everybody is at work."""
        parts = self.world.prepare()
        keys = [f"filler-{number:03}" for number in range(FILLERS)]
        keys += [key for name in WRITERS for key in own_keys(name)]
        parts.sql_store.put(CELL, [{"id": key, "text": first_text(key)} for key in keys])
        go_dual(parts)
        self.copy_all()
        for role in ROLES:
            self.launch(role, role)
        for name in WRITERS:
            until(lambda name=name: self.count(name, "answered") >= 10, 30)
        for name in ("backfill", "verify"):
            until(lambda name=name: self.count(name, "begun") >= 1, 30)
        until(lambda: self.count("relay", "started") == 1, 30)

    def copy_all(self) -> None:
        """What `dualwrite backfill --restart` does, once no other is at work."""
        parts = self.world.parts(pb_timeout=10.0, timing=TIMING)
        job = Backfill(
            parts.sql_store,
            parts.pb_store,
            parts.journal,
            parts.control,
            owner=parts.owner,
            wait_for_lease=30.0,
        )
        job.run([CELL], restart=True)

    def initialise(self) -> None:
        """What `dualwrite init` does."""
        list(initialise(self.world.parts(pb_timeout=10.0, timing=TIMING)))

    @property
    def collection(self) -> str:
        """The collection's name on the server."""
        return collection_name(PREFIX, CELL)

    def close(self) -> None:
        """End whoever is left."""
        for process in self.crew.values():
            process.kill()
            process.join()
        self.world.close()


@contextmanager
def superuser(server: EmbeddedPocketBase, password: str | None = None) -> Iterator[httpx.Client]:
    """The server's own API, asked as an administrator would."""
    login = {"identity": server.identity, "password": password or server.password}
    with httpx.Client(base_url=server.url, trust_env=False, timeout=30.0) as client:
        found = client.post("/api/collections/_superusers/auth-with-password", json=login)
        client.headers["Authorization"] = found.raise_for_status().json()["token"]
        yield client


def token(server: EmbeddedPocketBase) -> str:
    """What spares many processes a login each: 100 ms of the server's time, all at the same moment."""
    with superuser(server) as client:
        return client.headers["Authorization"]


@contextmanager
def opened(
    sql: SqlSide,
    server: EmbeddedPocketBase,
    folder: Path,
    seed: int,
    timing: Timing,
    roles: Roles = ROLES,
    pb_timeout: float = PB_TIMEOUT,
) -> Iterator[Cell]:
    """A cell on these stores, nobody at work yet; the folder goes with it."""
    folder.mkdir()
    world = World(sql.url, server)
    with Proxy(server.url) as proxy:
        place = world.place(
            timing=timing, pb_url=proxy.url, pb_token=token(server), pb_timeout=pb_timeout, sample_rate=0.2
        )
        cell = Cell(sql, server, proxy, world, Post(place, folder, seed), seed, roles=roles)
        try:
            yield cell
        finally:
            cell.close()
    shutil.rmtree(folder, ignore_errors=True)


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped."""
    return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] == "T"
