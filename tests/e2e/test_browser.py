"""In a real browser, a wired Open WebUI looks and complains as the untouched one does, in every phase and through a switch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import PICTURES
from tests.e2e.deployment import JOURNEY, Deployment
from tests.e2e.page import WebPage, browser_page
from tests.e2e.pictures import unlike
from tests.e2e.session import ARRIVAL, CHANNEL, DEPARTURE, STAY, do
from tests.e2e.stage import Blank, cut_over

pytestmark = pytest.mark.e2e

UNLIKE = 0.0005
"""The share of pixels that may differ: the edge of a letter is not drawn alike every time."""


@dataclass(frozen=True)
class Seen:
    """What a session left: pictures by name, and what the page complained of."""

    pictures: Mapping[str, Path]
    complaints: frozenset[str]

    def assert_like(self, other: Seen) -> None:
        """The pictures look the same, and nothing was complained of that the other did not complain of."""
        assert self.complaints <= other.complaints
        measured = {name: unlike(other.pictures[name], picture) for name, picture in self.pictures.items()}
        assert max(measured.values()) <= UNLIKE, measured


class Visits:
    """Sessions in deployments of their own; the untouched application's once."""

    def __init__(self, blank: Blank, folder: Path) -> None:
        self._blank = blank
        self._folder = folder
        self._untouched: Seen | None = None

    @contextmanager
    def deployment(self, name: str, *, wired: bool = True) -> Iterator[tuple[Deployment, WebPage]]:
        """A new one, and a page on it."""
        folder = self._folder / name
        with (
            Deployment(folder, self._blank("sqlite", folder), wired=wired) as deployment,
            browser_page(deployment.url) as page,
        ):
            yield deployment, page

    def untouched(self) -> Seen:
        """What Open WebUI itself shows."""
        if self._untouched is None:
            with self.deployment("untouched", wired=False) as (_, page):
                self._untouched = session(page, "untouched")
        return self._untouched


@pytest.fixture(scope="session")
def visits(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Visits:
    """For the whole session: every test compares with the same visit."""
    return Visits(blank, tmp_path_factory.mktemp("browser"))


def nothing() -> None:
    """In the middle of a session."""


def session(
    page: WebPage, name: str, *, before: Callable[[], None] = nothing, during: Callable[[], None] = nothing
) -> Seen:
    """All acts, with pictures of the chat page and of a channel. `before` is called once somebody has arrived, `during` runs
    beside the stay."""
    pictures = {what: PICTURES / f"{name}-{what}.png" for what in ("chat", "channel")}
    do(page, ARRIVAL)
    before()
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(during)
        do(page, STAY)
        page.picture(pictures["chat"])
        running.result()
    do(page, CHANNEL)
    page.picture(pictures["channel"])
    do(page, DEPARTURE)
    return Seen(pictures, frozenset(page.complaints))


@pytest.mark.parametrize("phase", list(JOURNEY))
def test_every_phase_looks_the_same(visits: Visits, phase: str) -> None:
    with visits.deployment(phase) as (deployment, page):
        deployment.go(phase)
        seen = session(page, phase)
    seen.assert_like(visits.untouched())


def test_a_live_cutover_in_the_middle_of_a_session_is_not_seen(visits: Visits) -> None:
    with visits.deployment("cutover") as (deployment, page):

        def before() -> None:
            deployment.lead(*JOURNEY["dual"], ("verify",))

        def during() -> None:
            ended = cut_over(deployment)
            assert ended.status == 0, ended

        seen = session(page, "cutover", before=before, during=during)
        assert deployment.status()["phase"] == "pb_only"
    seen.assert_like(visits.untouched())


def test_an_answer_that_streams_through_a_cutover_is_whole(visits: Visits) -> None:
    with visits.deployment("streaming") as (deployment, page):
        do(page, ARRIVAL)
        deployment.lead(*JOURNEY["dual"], ("verify",))
        page.new_chat()
        page.send("Tell me slowly about keas")
        begun = time.monotonic()
        ended = cut_over(deployment)
        assert ended.status == 0, (ended, time.monotonic() - begun)
        page.answered("Tell me slowly about keas")
        page.new_chat()
        page.open_chat("On Tell me slowly about keas")
        assert (
            page.page.get_by_text("Tell me slowly about keas").count() >= 5
        )  # the question, and four times the answer
        assert deployment.status()["phase"] == "pb_only"
    assert page.complaints <= visits.untouched().complaints
