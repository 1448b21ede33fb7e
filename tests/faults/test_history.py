"""The history check sees what a switch with one safeguard left out does to its clients: a write is lost, or the past is read.
Where nothing is left out `test_switch` finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from typing_extensions import override

from dualwrite.errors import ConfigurationError
from dualwrite.parts import Parts
from dualwrite.phase import ControlState, Phase, Reads
from dualwrite.sql import SqlControl
from dualwrite.switch import CUTOVER, ROLLBACK, Course, Switch, Switched
from dualwrite.timing import PHASE_TTL
from tests.faults.child import DEADLINE, switch
from tests.faults.register import Contradiction, Wrong, judge
from tests.faults.scene import Scene, Switching, under_use, whole
from tests.faults.unfenced import remove_fence
from tests.fixtures.dialects import on_both

WORLDS = on_both("which", "world", "postgres_world")
ROUNDS = 6
"""How often a broken switch may get away with it, or be called off because another safeguard notices: what it does to whom is a
matter of milliseconds."""


def no_wait(parts: Parts, course: Course, say: Callable[[str], None]) -> Switched:
    """Writes go on although some processes still read where they read before."""
    hurried = Switch(
        parts.control, owner="hurried", actor="test", deadline=DEADLINE, say=say, sleep=lambda seconds: None
    )
    return hurried.run(parts.cutover() if course is CUTOVER else parts.rollback(deadline=DEADLINE))


class EarlyReads(SqlControl):
    """A control table whose reads move with the freeze, before both stores are equal."""

    @override
    def change(
        self, *, expect: Phase, to: Phase, reads: Reads, actor: str, why: str, epoch: int | None = None
    ) -> ControlState:
        if (expect, to) == (Phase.DUAL, Phase.FROZEN):
            reads = Reads.POCKETBASE
        return super().change(expect=expect, to=to, reads=reads, actor=actor, why=why, epoch=epoch)


def early_reads(parts: Parts, course: Course, say: Callable[[str], None]) -> Switched:
    """The reads move while PocketBase is still behind."""
    early = replace(parts, control=EarlyReads(parts.database))
    return switch(early, course, say=say)


def no_wait_for_writes(parts: Parts, course: Course, say: Callable[[str], None]) -> Switched:
    """A rollback that copies past the requests that are still under way."""
    if course is ROLLBACK:
        parts = replace(parts, timing=replace(parts.timing, give_up=-PHASE_TTL))
    return switch(parts, course, say=say)


@dataclass(frozen=True)
class Broken:
    """A switch with one safeguard left out, while each request to PocketBase is `slow` seconds late."""

    switching: Switching = whole
    fence: bool = True
    slow: float | None = None


BROKEN = {
    "no fence": Broken(fence=False, slow=0.0),
    "reads that move too early": Broken(early_reads),
    "no wait for the phase that processes still know": Broken(no_wait, slow=0.0),
    "a rollback that does not wait for the last writes": Broken(no_wait_for_writes, slow=0.4),
}


@WORLDS
@pytest.mark.parametrize("name", BROKEN)
def test_without_one_safeguard_the_history_shows_it(
    name: str, which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    broken, world = BROKEN[name], request.getfixturevalue(which)
    found: list[Contradiction] = []
    with under_use(world, tmp_path, unwired=not broken.fence) as scene:
        if not broken.fence:
            assert remove_fence(scene.parts.database) > 0
        for _ in range(ROUNDS):
            played(scene, broken)
            found = judge(scene.so_far())
            if found:
                break
    print(*found, sep="\n")
    assert found
    assert {one.wrong for one in found} <= {Wrong.LOST, Wrong.STALE}


def played(scene: Scene, broken: Broken) -> None:
    """There, or back, with the safeguard left out."""
    course = CUTOVER if scene.parts.control.read().phase is Phase.DUAL else ROLLBACK
    try:
        scene.play(course, broken.switching, slow=broken.slow)
    except ConfigurationError as error:
        print(f"{course.name} called off: {error}")
