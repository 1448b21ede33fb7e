"""The switch under running writers: nothing acknowledged is lost, nobody sees the past, and a killed switch can be undone."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from dualwrite.errors import ConfigurationError
from dualwrite.parts import Parts
from dualwrite.phase import Phase, Reads
from dualwrite.switch import CUTOVER, LEASE_SECONDS, ROLLBACK, Course, bring_back
from dualwrite.timing import PHASE_TTL
from tests.faults.cells import CellsSQL
from tests.faults.child import DEADLINE, STEPS, cut, read_log, running, switch
from tests.faults.proxy import HANG, Proxy
from tests.faults.register import judge
from tests.faults.scene import under_use
from tests.fixtures.dialects import on_both
from tests.fixtures.faults import World, assert_equal, go_dual, until

WORLDS = on_both("which", "world", "postgres_world")


@WORLDS
def test_the_switch_loses_no_write_and_shows_nobody_the_past(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Nor there, nor back; one client writes raw SQL, and what it is told is true as well."""
    world: World = request.getfixturevalue(which)
    with under_use(world, tmp_path, unwired=True) as scene:
        for course in (CUTOVER, ROLLBACK, CUTOVER, ROLLBACK):
            scene.play(course)
        history = scene.history(world)
    print("paused", *(f"{paused:.2f} s" for paused in scene.pauses), f"{len(history)} calls")
    assert scene.parts.control.read().phase is Phase.DUAL
    assert max(scene.pauses) < DEADLINE
    assert judge(history) == []
    assert scene.parts.relay().drain(seconds=15)
    assert_equal(scene.parts)


@pytest.mark.parametrize("course", [CUTOVER, ROLLBACK], ids=lambda course: course.name)
@pytest.mark.parametrize(
    "step",
    [
        pytest.param(step, marks=() if step in ("writes pause", "reads move") else pytest.mark.slow)
        for step in STEPS
    ],
)
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
