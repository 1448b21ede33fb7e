"""Ranges on workers of other processes, against real stores: one that is killed in the middle loses nothing."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing import active_children
from typing import Any

import pytest

from dualwrite.backfill import Backfill
from dualwrite.chunks import ChunkSize
from dualwrite.errors import ConfigurationError
from dualwrite.executors import hands_of
from dualwrite.hands import Hands
from dualwrite.helper.messages import Setup
from dualwrite.parts import Parts
from dualwrite.places import load_copying
from dualwrite.settle import Patience
from dualwrite.turn import LEASE
from tests.faults.cells import CELL, cells
from tests.faults.proxy import Fault, Kind, Proxy
from tests.fixtures.faults import SHORT, World, assert_equal, go_dual, until

ROWS = 4000


def full(world: World) -> Parts:
    """Both stores are written; SQL has rows and PocketBase others."""
    parts = world.parts(pb_timeout=10.0)
    parts.sql_store.put(CELL, [{"id": f"{n:04}", "text": f"row {n}"} for n in range(ROWS)])
    parts.pb_store.put(CELL, [{"id": f"{n:04} gone", "text": "old"} for n in range(0, ROWS, 100)])
    go_dual(parts)
    return parts


def setup_of(world: World, **given: Any) -> Setup:
    return Setup(cells, world.settings(pb_timeout=10.0, **given), SHORT, True, logging.WARNING)


def backfill(parts: Parts, hands: Hands, *, lease: float = 3.0) -> Backfill:
    return Backfill(
        parts.sql_store,
        parts.pb_store,
        parts.journal,
        parts.control,
        owner="one",
        hands=hands,
        patience=Patience(lost=1.0),
        lease_seconds=lease,
        range_rows=500,
        chunk=ChunkSize(most_rows=200),
    )


def test_two_processes_copy_and_verify_everything(world: World) -> None:
    parts = full(world)
    assert not parts.pb_store.read(CELL, [("0001",)])
    with closing(hands_of("processes:2", setup_of(world))) as hands:
        (copied,) = backfill(parts, hands, lease=30.0).run([CELL])
        assert copied.rows == ROWS
        (verified,) = parts.verify(hands).run([CELL])
        assert (verified.sql_rows, verified.pocketbase_rows, verified.differing) == (ROWS, ROWS, 0)
        parts.pb_store.delete(CELL, [("0007",)])
        (verified,) = parts.verify(hands).run([CELL], repair=True)
        assert [(one.key, one.kind) for one in verified.named] == [(("0007",), "missing")]
        assert verified.clean
    assert_equal(parts)


def test_the_range_of_a_killed_worker_process_is_done_again(world: World) -> None:
    parts = full(world)
    killed: list[int] = []

    def kill() -> None:
        worker = next(child for child in active_children() if "Spawn" in type(child).__name__)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        killed.append(worker.pid)
        # A row that the dead has read, and may have sent, goes: only the saved range knows.
        place = next(p for p in load_copying(parts.control, CELL).ranges.values() if p.in_flight)
        low = int(place.after[0]) + 1 if place.after else 0
        parts.sql_store.delete(CELL, [(f"{low:04}",)])

    with Proxy(world.server.url) as proxy:
        proxy.nth(5, Fault(Kind.HOLD_ANSWER, seconds=0.05), where=lambda asked: "/put" in asked.path)
        setup = setup_of(world, pb_url=proxy.url)
        with striking(proxy, kill), closing(hands_of("processes:2", setup)) as hands:
            (copied,) = backfill(parts, hands).run([CELL])
    assert killed
    assert copied.rows in (ROWS, ROWS - 1)
    assert parts.relay().drain(seconds=30)
    assert_equal(parts)


@contextmanager
def striking(proxy: Proxy, strike: Callable[[], None]) -> Iterator[None]:
    """Strikes once an answer is held, in the middle of somebody's write."""

    def wait() -> None:
        until(lambda: proxy.held == 1, 60)
        strike()
        proxy.release()

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@pytest.mark.parametrize("taken", [True, False], ids=["another has the turn", "the turn has run out"])
def test_a_worker_whose_coordinator_has_lost_the_turn_writes_nothing_more(world: World, taken: bool) -> None:
    parts = full(world)
    with Proxy(world.server.url) as proxy:
        proxy.nth(2, Fault(Kind.HOLD_ANSWER, seconds=0.05), where=lambda asked: "/put" in asked.path)

        def lose() -> None:
            parts.control.unlock(LEASE, "one")
            if taken:
                assert parts.control.lock(LEASE, "another", seconds=60.0)

        setup = setup_of(world, pb_url=proxy.url)
        with (
            striking(proxy, lose),
            closing(hands_of("processes:1", setup)) as hands,
            pytest.raises(ConfigurationError, match="lost its turn"),
        ):
            backfill(parts, hands, lease=60.0).run([CELL])
    held = parts.pb_store.count(CELL)
    time.sleep(1.0)
    assert parts.pb_store.count(CELL) == held < ROWS
    assert not load_copying(parts.control, CELL).done


@pytest.mark.slow
def test_two_dask_workers_one_of_them_killed_in_the_middle(world: World) -> None:
    from distributed import LocalCluster

    parts = full(world)
    killed: list[int] = []
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:

        def kill() -> None:
            pid = next(iter(cluster.workers.values())).pid
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

        name = cluster.scheduler_address.replace("tcp://", "dask://")
        with Proxy(world.server.url) as proxy:
            proxy.nth(5, Fault(Kind.HOLD_ANSWER, seconds=0.05), where=lambda asked: "/put" in asked.path)
            with striking(proxy, kill), closing(hands_of(name, setup_of(world, pb_url=proxy.url))) as hands:
                (copied,) = backfill(parts, hands).run([CELL])
                (verified,) = parts.verify(hands).run([CELL])
    assert killed
    assert (copied.rows, verified.differing, verified.pocketbase_rows) == (ROWS, 0, ROWS)
    assert_equal(parts)
