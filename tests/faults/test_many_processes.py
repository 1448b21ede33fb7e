"""Four processes, a relay and a backfill share one migration from `sql_only` to `pb_only`, with one that has never heard of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest

from dualwrite.phase import Phase
from dualwrite.places import load_copying
from dualwrite.timing import PHASE_TTL
from tests.faults import clients, crew
from tests.faults.cell import token
from tests.faults.cells import CELL
from tests.faults.child import Followed, running
from tests.faults.clients import FENCE
from tests.faults.crew import Post
from tests.faults.history import Outcome, calls_of
from tests.faults.register import judge
from tests.faults.scene import TIMING, at_rest, whole
from tests.fixtures.faults import World, assert_equal, go_dual, until

USERS = tuple(f"user-{number}" for number in range(4))
UNWIRED = "unwired"
PACE = 0.08
ROLES = {
    **dict.fromkeys(USERS, partial(clients.use, pace=PACE)),
    UNWIRED: partial(clients.write_unwired, pace=PACE),
    "relay": crew.relay,
}
SLACK = 3.0  # seconds that a busy machine may be late


class Crowd:
    """The processes, what each has noted, and the switch between."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.logs = {name: Followed(post.log(name)) for name in (*ROLES, "backfill")}

    def noted(self, name: str, what: str) -> list[list[object]]:
        """What somebody noted of this kind, with its time."""
        self.logs[name].read_on()
        return [event for event in self.logs[name].events if event[1] == what]

    def goes_on(self, *names: str) -> None:
        """Wait until each of them was answered some more."""
        before = {name: len(self.noted(name, Outcome.DONE)) for name in names}
        until(lambda: all(len(self.noted(name, Outcome.DONE)) > n + 5 for name, n in before.items()), 60)

    def knows(self, phase: Phase) -> dict[str, float]:
        """Wait until each process knows the phase; since when it does, by the machine's clock."""

        def since(name: str) -> float | None:
            known = self.noted(name, "phase")
            return float(str(known[-1][0])) if known and known[-1][2] == phase else None

        until(lambda: all(since(name) is not None for name in USERS), 30)
        return {name: since(name) or 0.0 for name in USERS}


@contextmanager
def crowd(world: World, folder: Path) -> Iterator[Crowd]:
    """All at work while the phase is still `sql_only`."""
    post = Post(world.place(pb_token=token(world.server), pb_timeout=5.0, timing=TIMING), folder, 1)
    with ExitStack() as stack:
        processes = {name: stack.enter_context(running(role, post, name)) for name, role in ROLES.items()}
        yield Crowd(post)
        post.leave.touch()
        for name, process in processes.items():
            process.join(30)
            assert process.exitcode == 0, name


@pytest.mark.parametrize("which", ["world", "postgres_world"], ids=["sqlite", "postgresql"])
def test_many_processes_share_one_migration_and_none_is_left_behind(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    world: World = request.getfixturevalue(which)
    parts = world.parts(pb_timeout=10.0, timing=TIMING)
    with crowd(world, tmp_path) as all_:
        all_.goes_on(*USERS, UNWIRED)

        go_dual(parts)
        changed = time.monotonic()
        assert max(all_.knows(Phase.DUAL).values()) < changed + PHASE_TTL + SLACK
        with running(crew.copy, all_.post, "backfill") as backfill:
            until(lambda: bool(all_.noted("backfill", "done")), 120)
            all_.post.calm.touch()
            backfill.join(60)
            assert backfill.exitcode == 0
        assert load_copying(parts.control, CELL).done

        # What the unwired one writes is followed while it goes on.
        all_.goes_on(*USERS, UNWIRED)
        assert all_.noted(UNWIRED, Outcome.REFUSED) == []

        whole(parts)
        changed = time.monotonic()
        assert max(all_.knows(Phase.PB_ONLY).values()) < changed + PHASE_TTL + SLACK
        all_.goes_on(*USERS)
        refused = all_.noted(UNWIRED, Outcome.REFUSED)
        until(lambda: len(all_.noted(UNWIRED, Outcome.REFUSED)) > len(refused) + 5)
        assert all(FENCE in str(event[4]) for event in all_.noted(UNWIRED, Outcome.REFUSED))
        assert all(float(str(at)) < changed for at, *_ in all_.noted(UNWIRED, Outcome.DONE))

        all_.post.quiet.touch()
        until(lambda: all(all_.noted(name, "quiet") for name in (*USERS, UNWIRED)), 30)
    history = [call for name in (*USERS, UNWIRED) for call in calls_of(name, all_.logs[name].events)]
    found = judge([*history, *at_rest(world)])
    print(*found, f"{len(history)} calls", sep="\n")
    assert found == []


@pytest.mark.parametrize("which", ["world", "postgres_world"], ids=["sqlite", "postgresql"])
def test_in_dual_an_unwired_writer_is_followed_without_its_help(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Nobody else writes, so whatever is in PocketBase is there because somebody followed it."""
    world: World = request.getfixturevalue(which)
    go_dual(parts := world.parts(pb_timeout=10.0, timing=TIMING))
    post = Post(world.place(pb_token=token(world.server), pb_timeout=5.0, timing=TIMING), tmp_path, 1)
    log = Followed(post.log(UNWIRED))

    def written() -> int:
        log.read_on()
        return sum(event[1] == Outcome.DONE for event in log.events)

    with running(crew.relay, post, "relay"), running(clients.write_unwired, post, UNWIRED, PACE) as unwired:
        until(lambda: written() > 50, 60)
        post.quiet.touch()
        unwired.join(30)
        assert unwired.exitcode == 0
        until(lambda: parts.journal.state() == [], 30)
    assert_equal(parts)
    assert parts.pb_store.count(CELL) == len(clients.KEYS)
