"""Every HTTP answer of the wired application is the untouched application's, ids and clocks aside."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.command import Ended
from tests.e2e.conftest import Blank
from tests.e2e.deployment import JOURNEY, WAIVED, Deployment, move_tables_away
from tests.e2e.differences import differences
from tests.e2e.play import Player
from tests.e2e.scenario import CHAPTERS
from tests.e2e.step import Exchange

pytestmark = pytest.mark.e2e

BEFORE = ("people", "groups", "models")
IN_DUAL = ("chats", "talk", "tags", "folders")
MEANWHILE = ("sharing", "files", "channels")
AFTER = ("deletions",)
"""The scenario's chapters around a switch: in `sql_only`, in `dual`, while the cutover runs, and when it is done."""

_TRIES = 20


def on(*databases: str) -> pytest.MarkDecorator:
    """The same test on these databases; those of one are run by one worker, which plays the untouched application once."""
    return pytest.mark.parametrize(
        "database", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in databases]
    )


class Stage:
    """Plays the scenario in deployments of one database each."""

    def __init__(self, blank: Blank, folder: Path) -> None:
        self._blank = blank
        self._folder = folder
        self._untouched: dict[str, list[Exchange]] = {}

    def deployment(self, database: str, name: str, *, wired: bool) -> Deployment:
        """A new one."""
        folder = self._folder / f"{database}-{name}"
        return Deployment(folder, self._blank(database, folder), wired=wired)

    def untouched(self, database: str) -> list[Exchange]:
        """What Open WebUI itself answers."""
        if database not in self._untouched:
            with self.deployment(database, "untouched", wired=False) as deployment:
                self._untouched[database] = played(deployment)
        return self._untouched[database]


@pytest.fixture(scope="session")
def stage(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """For the whole session: every test compares with the same run."""
    return Stage(blank, tmp_path_factory.mktemp("api"))


def played(deployment: Deployment) -> list[Exchange]:
    """The whole scenario."""
    with Player(deployment.url, folder=str(deployment.folder)) as player:
        player.play(step for chapter in CHAPTERS.values() for step in chapter)
        return player.exchanges()


def assert_same(expected: Sequence[Exchange], got: Sequence[Exchange]) -> None:
    """No difference, or all of them."""
    found = differences(expected, got)
    assert not found, "\n".join(found)


def assert_nothing_confirmed(deployment: Deployment) -> None:
    """No comparison behind the callers found a difference, nothing is owed, and both stores hold the same rows."""
    status = deployment.status()
    wrong = [one for one in status["comparisons"] if one["confirmed"] or one["failed"]]
    assert not wrong, wrong
    deployment.lead(("relay", "--drain"), ("verify",))


def test_the_scenario_asks_nearly_every_route_of_the_eight(stage: Stage) -> None:
    """The answers are of every kind, or the comparison would prove little."""
    statuses = {exchange.status for exchange in stage.untouched("sqlite")}
    assert {200, 400, 401, 403, 404} <= statuses


@on("sqlite")
def test_sql_only(stage: Stage, database: str) -> None:
    with stage.deployment(database, "sql_only", wired=True) as deployment:
        assert_same(stage.untouched(database), played(deployment))


@on("sqlite", "postgresql")
def test_dual(stage: Stage, database: str) -> None:
    with stage.deployment(database, "dual", wired=True) as deployment:
        deployment.go("dual")
        assert_same(stage.untouched(database), played(deployment))
        assert_nothing_confirmed(deployment)


@on("sqlite")
def test_pb_only(stage: Stage, database: str) -> None:
    with stage.deployment(database, "pb_only", wired=True) as deployment:
        deployment.go("pb_only")
        assert_same(stage.untouched(database), played(deployment))


@on("sqlite")
def test_pb_only_with_the_nine_tables_moved_away(stage: Stage, database: str) -> None:
    with stage.deployment(database, "moved", wired=True) as deployment:
        deployment.go("pb_only")
        move_tables_away(deployment.database_url)
        assert_same(stage.untouched(database), played(deployment))


@on("sqlite", "postgresql")
def test_a_live_cutover_in_the_middle(stage: Stage, database: str) -> None:
    with ExitStack() as stack:
        deployment = stack.enter_context(stage.deployment(database, "cutover", wired=True))
        player = stack.enter_context(Player(deployment.url, folder=str(deployment.folder)))
        play(player, BEFORE)
        deployment.lead(*JOURNEY["dual"])
        play(player, IN_DUAL)
        deployment.lead(("verify",), ("probe",))
        with ThreadPoolExecutor(1) as beside:
            cutover: Future[Ended] = beside.submit(cut_over, deployment)
            play(player, MEANWHILE)
            assert cutover.result().status == 0, cutover.result()
        assert deployment.status()["phase"] == "pb_only"
        play(player, AFTER)
        assert_same(stage.untouched(database), player.exchanges())


def play(player: Player, chapters: Sequence[str]) -> None:
    """These chapters."""
    for chapter in chapters:
        player.play(CHAPTERS[chapter])


def cut_over(deployment: Deployment, wait: Callable[[float], None] = time.sleep) -> Ended:
    """As an operator does beside live traffic: the gate refuses while a write is on its way, and is asked again."""
    for _ in range(_TRIES):
        ended = deployment.dualwrite("cutover", *WAIVED)
        if ended.status == 0:
            break
        wait(0.2)
    return ended
