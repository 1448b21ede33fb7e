"""SIGKILL at any moment: nothing that was acknowledged is lost, and both stores come out equal."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from dualwrite.parts import Parts
from dualwrite.places import load_copying
from tests.faults.cells import CELL, ICells
from tests.faults.child import copy, read_log, running, write
from tests.faults.proxy import Fault, Kind, Proxy
from tests.fixtures.faults import World, assert_equal, go_dual, until

KILLS = 16


def test_a_killed_writer_loses_nothing_it_acknowledged(world: World, tmp_path: Path) -> None:
    log, random = tmp_path / "acknowledged", Random(7)
    go_dual(parts := world.parts())
    for number in range(KILLS):
        seen = len(read_log(log))
        with running(write, world.place(), log, number + 1, 8):
            until(lambda seen=seen: len(read_log(log)) > seen, 20)
            time.sleep(random.uniform(0.0, 0.15))
    assert parts.relay().drain(seconds=15)
    assert_equal(parts)
    events = read_log(log)
    assert len({number // 1_000_000 for _, _, number in events}) == KILLS
    for key, possible in expected(events).items():
        row = parts.sql_store.read(CELL, [(key,)]).get((key,))
        assert (None if row is None else row["text"]) in possible


def expected(events: list[list[object]]) -> dict[str, set[str | None]]:
    """By key, what may be there: what the last acknowledged write left, or one that began later and was never answered."""
    found: dict[str, set[str | None]] = {}
    for what, key, number in events:
        assert isinstance(key, str)
        assert isinstance(number, int)
        left = str(number) if number % 7 else None
        if what == "answered":
            found[key] = {left}
        else:
            found.setdefault(key, {None}).add(left)
    return found


def test_a_killed_backfill_brings_nothing_back_that_was_deleted_meanwhile(world: World) -> None:
    random = Random(11)
    parts = world.parts(pb_timeout=10.0)
    parts.sql_store.put(CELL, [{"id": f"{number:04}", "text": "before"} for number in range(2000)])
    go_dual(parts)
    with (
        Proxy(world.server.url) as proxy,
        world.runtime() as runtime,
        live_writes(runtime.repositories["cells"], parts) as deleted,
    ):
        place = world.place(pb_url=proxy.url, pb_timeout=10.0)
        for _ in range(KILLS):
            # The chunk is read, rows of it are deleted while it is on its way, and its answer never comes.
            held = Fault(Kind.HOLD_ANSWER, seconds=0.05)
            proxy.nth(random.randint(1, 3), held, where=lambda asked: "/put" in asked.path)
            with running(copy, place, 40):
                until(lambda: proxy.held == 1, 20)
            proxy.release()
        assert not load_copying(parts.control, CELL).done
        copy(world.place(pb_timeout=10.0), 200)
    assert len(deleted) > KILLS
    assert parts.relay().drain(seconds=15)
    assert_equal(parts)


@contextmanager
def live_writes(cells: ICells, parts: Parts) -> Iterator[list[str]]:
    """A thread that deletes and changes rows of the chunk in flight; the list grows with what it deleted."""
    stop = threading.Event()
    deleted: list[str] = []

    def run() -> None:
        random = Random(13)
        while not stop.wait(0.005):
            places = load_copying(parts.control, CELL).ranges.values()
            place = next((each for each in places if each.in_flight), None)
            if place is None or place.upto is None:
                continue
            low = int(place.after[0]) + 1 if place.after else 0
            key = f"{random.randint(low, int(place.upto[0])):04}"
            if random.random() < 0.6:
                deleted.append(key) if cells.remove(key) else cells.put(key, "back")
            else:
                cells.change(key, "changed")

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield deleted
    finally:
        stop.set()
        thread.join()
