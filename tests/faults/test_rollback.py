"""The rollback under writers that delete, change and die: SQL ends up exactly as PocketBase was, and nothing is owed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from dualwrite.errors import ConfigurationError, Misfits
from dualwrite.parts import Parts
from dualwrite.phase import Phase
from dualwrite.pocketbase.records import Records
from dualwrite.switch import ROLLBACK
from tests.faults.cells import CELL, CellsPB
from tests.faults.child import DEADLINE, read_log, running, switch, write
from tests.faults.proxy import Fault, Kind, Proxy
from tests.faults.test_kill import expected
from tests.fixtures.dialects import on_both
from tests.fixtures.faults import PATIENT, World, assert_equal, go_dual, until

WRITERS, KEYS = 3, 10


@on_both("which", "world", "postgres_world")
def test_every_acknowledged_write_and_deletion_is_in_sql_afterwards(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Writers in processes of their own, one of which is killed in the midst of it."""
    world: World = request.getfixturevalue(which)
    go_dual(parts := world.parts(pb_timeout=5.0, timing=PATIENT))
    logs = [tmp_path / f"log-{number}" for number in range(WRITERS)]
    with ExitStack() as processes:
        # Each writes keys of its own, so that what was acknowledged last is known.
        for number, log in enumerate(logs):
            processes.enter_context(
                running(write, world.place(pb_timeout=5.0, timing=PATIENT), log, number + 1, KEYS)
            )
        answered_more(logs)
        switch(parts)
        answered_more(logs)
        doomed = tmp_path / "doomed"
        with running(write, world.place(pb_timeout=5.0, timing=PATIENT), doomed, WRITERS + 1, KEYS):
            answered_more([doomed])
            paused = switch(
                parts, ROLLBACK, say=lambda text: answered_more(logs) if text == "prepared" else None
            ).paused
        print(f"rollback: paused {paused:.2f} s")
        answered_more(logs)
    assert parts.control.read().phase is Phase.DUAL
    assert parts.relay().drain(seconds=15)
    assert_equal(parts)
    possible = expected(sorted((e for log in [*logs, doomed] for e in read_log(log)), key=str))
    assert {row["id"] for row in parts.sql_store.scan(CELL)} <= possible.keys()


def answered_more(logs: list[Path]) -> None:
    """Wait until every writer was answered a good deal more often."""

    def answered(log: Path) -> int:
        return sum(event[0] == "answered" for event in read_log(log))

    before = [answered(log) for log in logs]
    until(lambda: all(answered(log) > n + 30 for log, n in zip(logs, before, strict=True)), 60)


@pytest.fixture
def alone(world: World) -> Parts:
    """PocketBase is the only store, and holds a few cells that SQL has not."""
    go_dual(parts := world.parts(pb_timeout=5.0, timing=PATIENT))
    switch(parts)
    CellsPB(parts.pocketbase).put("since", "x")
    return parts


def test_a_write_still_under_way_at_the_freeze_is_waited_for(alone: Parts, world: World) -> None:
    """It looked at the phase before the freeze, and is answered after it: what was told must be in SQL."""
    answers: list[bool] = []
    with (
        Proxy(world.server.url) as proxy,
        world.runtime(pb_url=proxy.url, pb_timeout=5.0, timing=PATIENT) as runtime,
    ):
        cells = runtime.repositories["cells"]
        assert cells.put("slow", "before")
        proxy.nth(1, Fault(Kind.DELAY, seconds=0.4), where=lambda asked: "/apply" in asked.path)
        writer = threading.Thread(target=lambda: answers.append(cells.put("slow", "after")))

        def say(text: str) -> None:
            if text == "prepared":
                writer.start()
                time.sleep(0.05)

        switch(alone, ROLLBACK, say=say)
        writer.join()
        assert answers == [True]
        assert cells.get("slow") == "after"
        assert alone.sql_store.read(CELL, [("slow",)])["slow",]["text"] == "after"
    assert_equal(alone)


def test_of_a_rollback_and_another_at_once_one_wins(alone: Parts, world: World) -> None:
    other = world.parts(pb_timeout=5.0, timing=PATIENT)
    outcomes: list[str] = []
    begin = threading.Barrier(2)

    def run(parts: Parts) -> None:
        begin.wait()
        try:
            switch(parts, ROLLBACK)
        except ConfigurationError:
            outcomes.append("refused")
        else:
            outcomes.append("done")

    threads = [threading.Thread(target=run, args=(parts,)) for parts in (alone, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "refused"]
    assert alone.control.read().phase is Phase.DUAL
    assert_equal(alone)


def test_somebody_who_writes_past_the_phase_is_noticed(alone: Parts) -> None:
    with (
        writing_on(alone.pocketbase.records(CELL)),
        pytest.raises(ConfigurationError, match="end that first"),
    ):
        switch(alone, ROLLBACK)
    assert alone.control.read().phase is Phase.PB_ONLY
    switch(alone, ROLLBACK)
    assert_equal(alone)


@contextmanager
def writing_on(cells: Records) -> Iterator[None]:
    stop = threading.Event()

    def run() -> None:
        number = 0
        while not stop.is_set():
            cells.put({"id": "past", "text": str(number := number + 1)})

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_row_that_postgresql_cannot_hold_is_named_and_writers_never_pause(postgres_world: World) -> None:
    go_dual(parts := postgres_world.parts(pb_timeout=5.0, timing=PATIENT))
    switch(parts)
    with postgres_world.runtime(pb_timeout=5.0, timing=PATIENT) as runtime:
        cells = runtime.repositories["cells"]
        assert cells.put("fits", "x")
        assert cells.put("poison", "a secret\0")
        with pytest.raises(Misfits) as error:
            switch(parts, ROLLBACK)
        (row,) = error.value.rows
        assert (row.entity, row.key, row.path) == ("cell", ("poison",), "text")
        assert "secret" not in str(error.value)
        assert parts.control.history(1)[0].target is Phase.PB_ONLY
        assert cells.put("poison", "mended")
        switch(parts, ROLLBACK)
        assert cells.get("poison") == "mended"
    assert_equal(parts)


def test_many_rows_are_copied_before_the_pause(alone: Parts) -> None:
    alone.pb_store.put(CELL, [{"id": f"{number:06}", "text": "x" * 100} for number in range(20_000)])
    begin = time.monotonic()
    switched = switch(alone, ROLLBACK)
    print(f"20,000 rows: {time.monotonic() - begin:.2f} s in all, paused {switched.paused:.2f} s")
    assert switched.rows == 20_001
    assert switched.paused < DEADLINE
    assert_equal(alone)
