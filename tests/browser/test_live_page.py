"""The live page in a real browser, between a real database and a real PocketBase."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, expect

from dualwrite.compare import Kind
from reports.serve.beside import beside
from tests.browser.browser import SCHEMES, WIDTHS, opened
from tests.live.seeds import WRONG, Seeded, seeded
from tests.metrics.stage import SECRET

SOON = 25_000
"""Milliseconds in which a page that renews itself every five seconds must have done so, on a machine that is busy."""


@dataclass(frozen=True)
class Live:
    """A migration at work and where its page is."""

    seeded: Seeded
    url: str

    @property
    def origin(self) -> str:
        return self.url.rstrip("/")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with (
        seeded(tmp_path_factory.mktemp("page")) as stage,
        beside(stage.stage.parts, stage.stage.registry, "127.0.0.1", 0) as url,
    ):
        yield Live(stage, url)


@pytest.mark.slow
def test_the_page_changes_by_itself_when_a_mismatch_is_seeded(browser: Browser, live: Live) -> None:
    with opened(browser, live.url) as seen:
        page = seen.page
        expect(page.get_by_text("none answered differently")).to_be_visible()
        settings = page.locator("#settings")
        settings.locator("summary").click()
        page.locator("nav a").first.focus()
        page.evaluate("window.sameDocument = true")
        for kind, wrong in WRONG.items():
            live.seeded.ask(wrong)
            row = page.locator("#examples details").filter(
                has=page.get_by_role("cell", name=kind, exact=True)
            )
            expect(row.first).to_be_attached(timeout=SOON)
            assert "notes.all" in (row.first.text_content() or ""), "under the method that is wrong"
        expect(page.locator("dl.answers")).to_contain_text(f"notes.all ({len(Kind)})", timeout=SOON)
        assert page.evaluate("window.sameDocument"), "without a reload"
        assert settings.evaluate("details => details.open"), "what was opened stays open"
        assert page.evaluate("document.activeElement.closest('nav') !== null"), "and the focus where it was"
        expect(page.locator("#renewed")).to_contain_text("Renewed at")
        assert SECRET not in page.content()
        assert "old0" not in page.content()
        seen.screenshot("live-desktop-light")
        seen.assert_quiet(origin=live.origin)


@pytest.mark.parametrize(("width", "scheme"), list(zip(WIDTHS, SCHEMES[::-1], strict=True)))
def test_is_quiet_accessible_and_fits(browser: Browser, live: Live, width: str, scheme: str) -> None:
    with opened(browser, live.url, width=width, scheme=scheme) as seen:
        expect(seen.page.locator("#renewed")).to_contain_text("Renewed at", timeout=SOON)
        seen.screenshot(f"live-{width}-{scheme}")
        seen.assert_fits()
        seen.assert_quiet(origin=live.origin)
    # The page's policy keeps out whatever is not its own, axe included; what it renders is the same without the policy.
    with opened(browser, live.url, width=width, scheme=scheme, policy=False) as seen:
        seen.assert_accessible()


def test_the_policy_lets_in_nothing_but_the_page_itself(browser: Browser, live: Live) -> None:
    with urlopen(live.url, timeout=20) as response:
        policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    with opened(browser, live.url) as seen:
        seen.page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.got = 1'; document.body.append(s); }"
        )
        assert seen.page.evaluate("window.got === undefined")
        assert any("Content Security Policy" in line for line in seen.said)


def test_without_script_it_is_renewed_by_loading_it_again(browser: Browser, live: Live) -> None:
    with opened(browser, live.url, script=False) as seen:
        expect(seen.page.get_by_role("link", name="load it again")).to_be_visible()
        before = seen.page.locator(".eyebrow time").get_attribute("datetime")
        seen.page.wait_for_timeout(3000)
        seen.page.get_by_role("link", name="load it again").click()
        assert seen.page.locator(".eyebrow time").get_attribute("datetime") != before
        seen.assert_quiet(origin=live.origin)


def test_says_so_where_the_server_is_gone(browser: Browser, live: Live) -> None:
    stage = live.seeded.stage
    serving = ExitStack()
    url = serving.enter_context(beside(stage.parts, stage.registry, "127.0.0.1", 0))
    with serving, opened(browser, url) as seen:
        serving.close()
        expect(seen.page.locator("#renewed")).to_contain_text("Not renewed since", timeout=SOON)
        expect(seen.page.locator("h1")).to_be_visible()


def test_health_says_whether_the_database_answers(live: Live) -> None:
    with urlopen(f"{live.url}healthz", timeout=20) as response:
        assert json.load(response) == {"database": "answers", "phase": "dual"}


def test_metrics_are_those_of_the_exposition(live: Live) -> None:
    with urlopen(f"{live.url}metrics", timeout=20) as response:
        text = response.read().decode()
    assert "dualwrite_up 1.0" in text
    assert SECRET not in text
