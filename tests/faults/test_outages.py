"""PocketBase gone, silent, refusing, late or garbled: no caller notices, and afterwards everything settles by itself."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from dualwrite import Runtime
from dualwrite.backstage import Threads
from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.timing import Timing
from tests.faults.proxy import CUT, DROP, DROP_ANSWER, HANG, HOLD, Asked, Fault, Proxy, answer, delay
from tests.faults.traffic import MEASURED_WRITES, Traffic, slowdown
from tests.fixtures.faults import World, assert_equal, create_table, embedded, go_dual, until

OUTAGE = 0.5  # seconds of traffic in each outage, at least; it goes on until the breaker is open
QUEUE = 40
MOST_SLOWDOWN, TRIES = 1.5, 8
TIMEOUT = 0.2
TIMING = Timing(start_within=0.3, give_up=0.25, lease=8.0, lost_wait=1.5, relay_every=0.2, phase_every=0.1)
# The longest that any request of an outage stays under way is below `lost_wait`.
LATE = {"SIGSTOP": 5.0}
SETTLED_WITHIN = 15.0  # `lost_wait`, the breaker's rest, and a slow machine

NEW_PASSWORD = "another-password-altogether"


@pytest.fixture(scope="module")
def own_server() -> Iterator[EmbeddedPocketBase]:
    """A PocketBase that tests of this file stop, hang and lock out."""
    with embedded() as server:
        yield server


@pytest.fixture
def proxy(own_server: EmbeddedPocketBase) -> Iterator[Proxy]:
    with Proxy(own_server.url) as proxy:
        yield proxy


@pytest.fixture
def outage_world(own_server: EmbeddedPocketBase, tmp_path: Path) -> Iterator[World]:
    """SQLite with a rollback journal, as Open WebUI has it by default, in `dual`."""
    yield from _world(own_server, f"sqlite:///{tmp_path / 'dual.db'}", dual=True)


@pytest.fixture
def plain_world(own_server: EmbeddedPocketBase, tmp_path: Path) -> Iterator[World]:
    """The same in `sql_only`: what a caller is used to."""
    yield from _world(own_server, f"sqlite:///{tmp_path / 'plain.db'}", dual=False)


def _world(server: EmbeddedPocketBase, url: str, *, dual: bool) -> Iterator[World]:
    create_table(url, wal=False)
    world = World(url, server)
    try:
        parts = world.prepare()
        if dual:
            go_dual(parts)
        yield world
    finally:
        world.close()


@contextmanager
def fault(server: EmbeddedPocketBase, proxy: Proxy, kind: Fault) -> Iterator[None]:
    proxy.mode(kind)
    try:
        yield
    finally:
        proxy.release()


@contextmanager
def stopped(server: EmbeddedPocketBase, proxy: Proxy) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


@contextmanager
def refused(server: EmbeddedPocketBase, proxy: Proxy) -> Iterator[None]:
    proxy.refuse()
    try:
        yield
    finally:
        proxy.accept()


@contextmanager
def frozen(server: EmbeddedPocketBase, proxy: Proxy) -> Iterator[None]:
    """The process is there, its port accepts, nothing comes."""
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def locked_out(server: EmbeddedPocketBase, proxy: Proxy) -> Iterator[None]:
    """The superuser's password is another: the token in use and every login are refused."""
    _change_password(server, server.password, NEW_PASSWORD)
    try:
        yield
    finally:
        _change_password(server, NEW_PASSWORD, server.password)


def _change_password(server: EmbeddedPocketBase, old: str, new: str) -> None:
    with httpx.Client(base_url=f"{server.url}/api/collections/_superusers", trust_env=False) as client:
        login = client.post("/auth-with-password", json={"identity": server.identity, "password": old})
        found = login.raise_for_status().json()
        client.patch(
            f"/records/{found['record']['id']}",
            json={"password": new, "passwordConfirm": new},
            headers={"Authorization": found["token"]},
        ).raise_for_status()


def _of(kind: Fault) -> Callable[[EmbeddedPocketBase, Proxy], object]:
    return lambda server, proxy: fault(server, proxy, kind)


OUTAGES = {
    "stopped": stopped,
    "port closed": refused,
    "connections dropped": _of(DROP),
    "500": _of(answer(500)),
    "503 with Retry-After": _of(answer(503, Retry_After="1")),
    "429": _of(answer(429, Retry_After="1")),
    "silent": _of(HANG),
    "SIGSTOP": frozen,
    "password changed": locked_out,
    "answers after the client's timeout": _of(delay(0.9)),
    "answers lost": _of(DROP_ANSWER),
    "answers cut": _of(CUT),
}


@pytest.mark.parametrize("kind", OUTAGES)
def test_no_caller_notices_an_outage_and_everything_settles_after_it(
    kind: str, outage_world: World, plain_world: World, proxy: Proxy
) -> None:
    with (
        plain_world.runtime() as plain,
        outage_world.runtime(
            timing=replace(TIMING, lost_wait=LATE.get(kind, TIMING.lost_wait)),
            pb_url=proxy.url,
            queue_size=QUEUE,
            pb_timeout=TIMEOUT,
        ) as dual,
    ):
        cells = dual.repositories["cells"]
        with Traffic(cells, threads=2, seed=1) as before:
            time.sleep(0.2)
        with OUTAGES[kind](outage_world.server, proxy):
            watched = Watched(dual)
            with watched, Traffic(cells, threads=3, seed=2) as during:
                time.sleep(OUTAGE)
                until(lambda: dual.parts.breaker.is_open)
            # What else the machine does can slow one measurement, and cannot speed one up.
            measured = [slowdown(cells, plain.repositories["cells"])]
            while measured[-1][0] > MOST_SLOWDOWN and len(measured) < TRIES:
                measured.append(slowdown(cells, plain.repositories["cells"]))
            ratio, ours, theirs = measured[-1]
            owed = sum(state.open for state in dual.parts.journal.state())
        ended = time.monotonic()
        settle(dual)
        took = time.monotonic() - ended
    print(f"{kind}: p50 {ours * 1e3:.2f} ms, sql_only {theirs * 1e3:.2f} ms, ratio {ratio:.2f}, ", end="")
    print(f"{during.writes} writes, {owed} owed, settled after {took:.1f} s, slowest {during.slowest:.3f} s")
    assert before.wrong == during.wrong == []
    assert watched.deepest <= QUEUE + 1
    assert 0 < owed <= before.writes + during.writes + MEASURED_WRITES * len(measured)
    assert ratio <= MOST_SLOWDOWN
    assert_equal(outage_world.parts())


class Watched:
    """A context manager that looks at a process from the side: its queue."""

    def __init__(self, runtime: Runtime) -> None:
        assert isinstance(runtime.backstage, Threads)
        self._threads = runtime.backstage
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.deepest = 0

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.005):
            self.deepest = max(self.deepest, self._threads.depth)


def settle(runtime: Runtime) -> None:
    """Wait until nothing is owed: the process's own relay sees to it."""
    deadline = time.monotonic() + SETTLED_WITHIN
    runtime.drain(SETTLED_WITHIN)
    while runtime.parts.journal.state():
        assert time.monotonic() < deadline, runtime.parts.journal.state()
        time.sleep(0.05)


def is_write(asked: Asked) -> bool:
    return asked.method in ("PATCH", "DELETE") or asked.path.split("?")[0].endswith(
        ("/apply", "/put", "/delete")
    )


@pytest.mark.parametrize("method", ["put", "change", "remove"])
def test_a_request_that_lands_after_a_later_write_leaves_no_difference(
    method: str, outage_world: World, proxy: Proxy
) -> None:
    timing = replace(TIMING, start_within=0.25, lost_wait=2.0, give_up=0.4)
    with outage_world.runtime(timing=timing, pb_url=proxy.url, pb_timeout=0.3) as dual:
        cells = dual.repositories["cells"]
        cells.put("late", "first")
        settle(dual)
        proxy.nth(1, HOLD, where=is_write)
        getattr(cells, method)("late", *([] if method == "remove" else ["held"]))
        until(lambda: proxy.held == 1)
        cells.put("late", "newer")
        assert dual.drain(5)
        # A relay that did not wait for the lost answer would have paid by now.
        time.sleep(1.2)
        proxy.release()
        settle(dual)
        assert cells.get("late") == "newer"
    assert_equal(outage_world.parts())


def test_a_full_queue_makes_no_caller_wait(outage_world: World, proxy: Proxy) -> None:
    patient = replace(TIMING, start_within=4.0, give_up=4.0, lost_wait=4.5, lease=10.0)
    with outage_world.runtime(
        timing=patient, pb_url=proxy.url, queue_size=1, pb_timeout=4.0, drain_seconds=0.0
    ) as dual:
        proxy.mode(HANG)
        begin = time.monotonic()
        for number in range(10):
            assert dual.repositories["cells"].put(f"full-{number}", "x")
        # The one request under way is given up after 4 s.
        assert time.monotonic() - begin < 2.0
        proxy.release()
    parts = outage_world.parts()
    assert parts.relay().drain(seconds=SETTLED_WITHIN)
    assert_equal(parts)
