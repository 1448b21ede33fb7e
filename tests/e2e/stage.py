"""The scenario played in deployments of every kind, and what must hold of its answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.cli.command import Ended
from tests.e2e.deployment import JOURNEY, WAIVED, Deployment
from tests.e2e.differences import differences
from tests.e2e.play import Player
from tests.e2e.scenario import CHAPTERS
from tests.e2e.step import Exchange

Blank = Callable[[str, Path], str]
"""Makes an Open WebUI database with nobody in it, on `sqlite` in that folder or on `postgresql`, and says its URL."""

BEFORE = ("people", "groups", "models")
IN_DUAL = ("chats", "talk", "files", "channels", "tags", "folders")
MEANWHILE = ("sharing",)
AFTER = ("deletions",)
"""The scenario's chapters around a switch: in `sql_only`, in `dual`, while the cutover runs, and when it is done."""

_TRIES = 20


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
    wrong = [one for one in status["comparisons"] if one.get("confirmed") or one.get("failed")]
    assert not wrong, wrong
    deployment.lead(("relay", "--drain"), ("verify",))


def assert_same_through_a_cutover(stage: Stage, database: str) -> None:
    """The way of an operator, from the beginning to `pb_only`, on the command line beside the scenario."""
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
