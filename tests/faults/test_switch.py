"""The switch under running writers: nothing acknowledged is lost, nobody sees the past, and a killed switch can be undone."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from dualwrite.errors import ConfigurationError
from dualwrite.parts import Parts
from dualwrite.phase import Phase, Reads
from dualwrite.ports import Store
from dualwrite.switch import CUTOVER, LEASE_SECONDS, ROLLBACK, Course, bring_back
from dualwrite.timing import PHASE_TTL
from tests.faults.cells import CELL, CellsSQL
from tests.faults.child import DEADLINE, STEPS, cut, read_log, running, switch, use
from tests.faults.proxy import HANG, Proxy, delay
from tests.fixtures.faults import PATIENT, World, assert_equal, go_dual, until

USERS, KEYS = 2, 3
# A process may act on a phase it has read for as long as it is allowed to; and a busy machine may take its time.
TIMING = replace(PATIENT, phase_every=PHASE_TTL / 2)


def _switched_under_use(
    world: World, folder: Path, *courses: Course
) -> tuple[Parts, list[list[object]], list[float]]:
    """Switch while processes write and read, and PocketBase is far behind; what each of them did, and the pauses."""
    logs = [folder / f"log-{name}" for name in range(USERS)]
    stop, pauses = folder / "stop", []
    go_dual(parts := world.parts(pb_timeout=5.0, timing=TIMING))
    with Proxy(world.server.url) as proxy, ExitStack() as processes:
        place = world.place(pb_url=proxy.url, pb_timeout=5.0, timing=TIMING)
        users = [
            processes.enter_context(running(use, place, log, name, USERS, KEYS, stop))
            for name, log in enumerate([*logs, folder / "log-reader"])
        ]
        written_more(logs)
        for course in courses:
            proxy.mode(delay(0.3 if course is CUTOVER else 0.1))
            written_more(logs)
            # In time for the first write to the other store to be quick.
            switched = switch(
                parts, course, say=lambda text: proxy.release() if "reads move" in text else None
            )
            pauses.append(switched.paused)
            written_more(logs)
        stop.touch()
        for process in users:
            process.join(20)
            assert process.exitcode == 0
    return parts, [event for log in folder.glob("log-*") for event in read_log(log)], pauses


def written_more(logs: list[Path]) -> None:
    """Wait until every user has written a good deal more."""
    before = [written(log) for log in logs]
    until(lambda: all(written(log) > n + 20 for log, n in zip(logs, before, strict=True)), 60)


def written(log: Path) -> int:
    return sum(event[0] == "write" for event in read_log(log))


def assert_nothing_lost(store: Store, events: list[list[object]]) -> None:
    last: dict[str, int] = defaultdict(int)
    for what, key, number, _, _ in events:
        if what == "write":
            last[str(key)] = max(last[str(key)], int(str(number)))
    found = store.read(CELL, [(key,) for key in last])
    assert {key: int(str(row["text"])) for (key,), row in found.items()} == last


def assert_nobody_saw_the_past(events: list[list[object]]) -> None:
    """Whoever asks after somebody was answered n, by a read or a write, is answered n or more."""
    by_key: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for _, key, number, asked, answered in events:
        by_key[key].append((asked, answered, number))
    for found in by_key.values():
        by_answer = sorted(found, key=lambda event: event[1])
        newest, at = 0, 0
        for asked, _, number in sorted(found):
            while at < len(by_answer) and by_answer[at][1] < asked:
                newest, at = max(newest, by_answer[at][2]), at + 1
            assert number >= newest


def test_the_switch_loses_no_write_and_shows_nobody_the_past(world: World, tmp_path: Path) -> None:
    parts, events, (paused,) = _switched_under_use(world, tmp_path, CUTOVER)
    assert parts.control.read().phase is Phase.PB_ONLY
    assert paused < DEADLINE
    assert_nothing_lost(parts.pb_store, events)
    assert_nobody_saw_the_past(events)
    writer = sqlite3.connect(world.sql_url.removeprefix("sqlite:///"))
    with pytest.raises(sqlite3.IntegrityError, match="dualwrite: the phase forbids writes"):
        writer.execute("INSERT INTO cell VALUES ('unwired', 'x')")
    writer.close()


def test_the_switch_on_postgresql_loses_no_write_and_shows_nobody_the_past(
    postgres_world: World, tmp_path: Path
) -> None:
    psycopg = pytest.importorskip("psycopg")
    parts, events, _ = _switched_under_use(postgres_world, tmp_path, CUTOVER)
    assert_nothing_lost(parts.pb_store, events)
    assert_nobody_saw_the_past(events)
    with (
        psycopg.connect(postgres_world.sql_url) as writer,
        pytest.raises(psycopg.Error, match="dualwrite: the phase forbids writes"),
    ):
        writer.execute("INSERT INTO cell VALUES ('unwired', 'x')")


@pytest.mark.parametrize("which", ["world", "postgres_world"])
def test_there_and_back_and_there_again_loses_no_write_and_shows_nobody_the_past(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    there: World = request.getfixturevalue(which)
    parts, events, pauses = _switched_under_use(there, tmp_path, CUTOVER, ROLLBACK, CUTOVER, ROLLBACK)
    print("paused", *(f"{paused:.2f} s" for paused in pauses))
    assert parts.control.read().phase is Phase.DUAL
    assert_nothing_lost(parts.sql_store, events)
    assert_nobody_saw_the_past(events)
    assert parts.relay().drain(seconds=15)
    assert_equal(parts)


@pytest.mark.parametrize("course", [CUTOVER, ROLLBACK], ids=lambda course: course.name)
@pytest.mark.parametrize("step", STEPS)
def test_a_switch_killed_after_any_step_ends_by_itself_and_can_be_run_again(
    step: str, course: Course, world: World, tmp_path: Path
) -> None:
    """Any process that takes part ends the pause; writers that waited go on as if nothing had been."""
    go_dual(parts := world.parts(pb_timeout=5.0))
    log, answers = tmp_path / "said", []
    with world.runtime(pb_timeout=5.0) as runtime:
        cells = runtime.repositories["cells"]
        assert cells.put("before", "x")
        assert cells.put("gone", "x")
        if course is ROLLBACK:
            switch(parts)
            assert cells.remove("gone")
        with running(cut, world.place(pb_timeout=5.0), log, course, step):
            until(lambda: any(str(said).endswith(step) for (said,) in read_log(log)), 20)
        left = parts.control.read().phase
        assert left is {"prepared": course.origin, "done": course.goal}.get(step, Phase.FROZEN)
        writer = threading.Thread(target=lambda: answers.append(cells.put("during", "y")))
        time.sleep(PHASE_TTL)  # until then a process may act on the phase it has read
        writer.start()
        time.sleep(0.2)
        assert bool(answers) is (left is not Phase.FROZEN)
        writer.join(LEASE_SECONDS + 5.0)
        assert answers == [True]
        assert [cells.get(key) for key in ("before", "during")] == ["x", "y"]
        assert parts.control.read().phase is (course.goal if step == "done" else course.origin)
        if step != "done":
            until(lambda: can_switch(parts, course), LEASE_SECONDS + 5.0)
        assert parts.control.read().phase is course.goal
        assert [cells.get(key) for key in ("before", "during")] == ["x", "y"]
        assert cells.get("gone") == (None if course is ROLLBACK else "x")
        if course is ROLLBACK:
            assert runtime.drain(5.0)
    if course is ROLLBACK:
        assert parts.relay().drain(seconds=15)
        assert_equal(parts)


def can_switch(parts: Parts, course: Course) -> bool:
    """Whether the turn of whoever was killed is over; then it is done."""
    try:
        switch(parts, course)
    except ConfigurationError:
        return False
    return True


def test_a_killed_switch_is_brought_back_by_hand_at_once(world: World, tmp_path: Path) -> None:
    go_dual(parts := world.parts(pb_timeout=5.0))
    log = tmp_path / "said"
    with running(cut, world.place(pb_timeout=5.0), log, CUTOVER, "reads move"):
        until(lambda: len(read_log(log)) == 4, 20)
    state = parts.control.read()
    assert (state.phase, state.reads) == (Phase.FROZEN, Reads.POCKETBASE)
    bring_back(parts.control, actor="test", why="what `dualwrite phase dual` does")
    assert parts.control.read().phase is Phase.DUAL
    CellsSQL(parts.database).put("after", "x")


def test_a_switch_that_cannot_be_finished_in_time_is_called_off_and_its_writers_go_on(world: World) -> None:
    """PocketBase hangs in the midst of it: what is owed cannot be paid."""
    go_dual(parts := world.parts(pb_timeout=5.0))
    with Proxy(world.server.url) as proxy, world.runtime(pb_url=proxy.url, pb_timeout=5.0) as runtime:
        cells = runtime.repositories["cells"]
        proxy.mode(HANG)
        assert cells.put("owed", "x")
        behind = world.parts(pb_url=proxy.url)
        begin = time.monotonic()
        with pytest.raises(ConfigurationError, match="1 obligations are still open"):
            behind.switch(actor="test", deadline=3.0).run(behind.cutover())
        assert time.monotonic() - begin < 3.0 + 2.0
        assert parts.control.read().phase is Phase.DUAL
        assert cells.put("after", "y")
        proxy.release()
    assert parts.relay().drain(seconds=15)
    assert_equal(parts)


@pytest.mark.parametrize("actors", [("one", "two"), ("same", "same")], ids=["two people", "one person twice"])
def test_of_two_switches_at_once_one_wins_and_the_other_changes_nothing(
    actors: tuple[str, str], world: World
) -> None:
    go_dual(world.parts())
    both = [world.parts(pb_timeout=5.0) for _ in actors]
    outcomes: list[str] = []
    begin = threading.Barrier(len(both))

    def run(parts: Parts, actor: str) -> None:
        begin.wait()
        try:
            switch(parts, actor=actor)
        except ConfigurationError:
            outcomes.append("refused")
        else:
            outcomes.append("switched")

    threads = [threading.Thread(target=run, args=pair) for pair in zip(both, actors, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "switched"]
    assert both[0].control.read().phase is Phase.PB_ONLY
    assert [change.target for change in both[0].control.history(3)] == [
        Phase.PB_ONLY,
        Phase.FROZEN,
        Phase.FROZEN,
    ]
