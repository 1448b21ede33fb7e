"""Debian's Chromium, and what every page that it opens is held to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.fixtures.absent import absent

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
PHONE, DESKTOP = (390, 844), (1280, 900)
WIDTHS = {"phone": PHONE, "desktop": DESKTOP}
SCHEMES = ("light", "dark")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_AXE = Axe()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this machine; nothing is downloaded."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        absent("Chromium", "apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page, every address that it asked for, and everything that its console said."""

    page: Page
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def assert_quiet(self, *, origin: str = "") -> None:
        """Nothing was said, and nothing was asked of anybody but `origin`."""
        assert self.said == []
        assert self.asked, "the page itself"
        assert {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in self.asked} <= {
            origin or "file://"
        }

    def assert_accessible(self) -> None:
        """By axe, every rule it has, but those that are only advice of somebody's taste."""
        found = _AXE.run(
            self.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
        )
        assert found.violations_count == 0, found.generate_report()

    def assert_fits(self) -> None:
        """There is nothing to the right of the window."""
        wide, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= window

    def screenshot(self, name: str) -> None:
        """Keep what it looks like."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@contextmanager
def opened(
    browser: Browser,
    url: str,
    *,
    width: str = "desktop",
    scheme: str = "light",
    script: bool = True,
    policy: bool = True,
) -> Iterator[Watched]:
    """The page in a window of that width, in a browser session of its own. Without its `policy` a tool can be let in."""
    across, down = WIDTHS[width]
    context = browser.new_context(
        viewport={"width": across, "height": down},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=script,
        bypass_csp=not policy,
    )
    page = context.new_page()
    watched = Watched(page)
    page.on("request", lambda request: watched.asked.append(request.url))
    page.on("console", lambda message: watched.said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: watched.said.append(f"error: {error}"))
    page.goto(url)
    try:
        yield watched
    finally:
        context.close()
