"""PocketBase goes away while somebody uses Open WebUI, and comes back. The nine SQL tables go away for good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from dualwrite.pocketbase import EmbeddedPocketBase
from tests.e2e.deployment import JOURNEY, WAIVED, Deployment, move_tables_away
from tests.e2e.page import WebPage, browser_page
from tests.e2e.session import ARRIVAL, CHANNEL, DEPARTURE, STAY, do
from tests.e2e.stage import Blank

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Scene:
    """A wired deployment, its PocketBase, and somebody's page."""

    deployment: Deployment
    server: EmbeddedPocketBase
    page: WebPage


@pytest.fixture
def scene(blank: Blank, tmp_path: Path) -> Iterator[Scene]:
    """In `sql_only`; nobody has signed up."""
    with Deployment(tmp_path, blank("sqlite", tmp_path), wired=True) as deployment:
        assert deployment.server is not None
        with browser_page(deployment.url) as page:
            yield Scene(deployment, deployment.server, page)


def test_an_outage_in_dual_is_invisible(scene: Scene) -> None:
    scene.deployment.lead(*JOURNEY["dual"])
    do(scene.page, ARRIVAL)
    scene.server.kill()
    do(scene.page, STAY)
    assert scene.page.complaints == set()
    assert sum(entity["open"] for entity in scene.deployment.status()["journal"]) > 0

    scene.server.start()
    do(scene.page, CHANNEL)
    scene.deployment.lead(("relay", "--drain"), ("verify",))
    assert scene.page.complaints == set()


def test_an_outage_in_pb_only_is_an_ordinary_error_and_over_when_it_is_over(scene: Scene) -> None:
    scene.deployment.go("pb_only")
    do(scene.page, ARRIVAL)
    scene.page.new_chat()
    token = scene.page.page.evaluate("localStorage.token")
    assert scene.page.complaints == set()

    scene.server.kill()
    failed = chats(scene.deployment, token)
    assert (failed.status_code, failed.text) == (500, "Internal Server Error")
    scene.page.attempt("Is anybody there?")
    assert any(complaint.startswith("500: ") for complaint in scene.page.complaints), scene.page.complaints

    scene.server.start()
    recovered = chats(scene.deployment, token)
    assert (recovered.status_code, [chat["title"] for chat in recovered.json()]) == (200, ["Of parrots"])
    scene.page.forget()
    do(scene.page, STAY)
    assert scene.page.complaints == set()


def chats(deployment: Deployment, token: str) -> httpx.Response:
    """The first page of somebody's chats."""
    session = {"Authorization": f"Bearer {token}"}
    url = f"{deployment.url}/api/v1/chats/?page=1"
    return httpx.get(url, headers=session, trust_env=False, timeout=60)


def test_nothing_is_missed_when_the_nine_tables_are_moved_away(scene: Scene) -> None:
    do(scene.page, ARRIVAL)
    scene.deployment.lead(*JOURNEY["dual"], ("verify",), ("cutover", *WAIVED))
    move_tables_away(scene.deployment.database_url)
    for acts in (STAY, CHANNEL, DEPARTURE):
        do(scene.page, acts)
    assert scene.page.complaints == set()
