"""`report.html` in a real browser: it asks for nothing, says nothing, and everybody can read it on whatever they have."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dualwrite.evidence import Evidence
from reports import render_html
from tests.browser.browser import SCHEMES, SCREENSHOTS, WIDTHS, opened
from tests.reports import samples

BUILDS = {
    build.__name__: build
    for build in (samples.ready, samples.not_ready, samples.live, samples.switched, samples.hostile)
}


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every sample as a file, and the one that is as large as can be."""
    folder = tmp_path_factory.mktemp("reports")
    for name, build in {**BUILDS, "huge": samples.huge}.items():
        (folder / f"{name}.html").write_text(render_html(build()), encoding="utf-8")
    return folder


def url(folder: Path, name: str) -> str:
    return (folder / f"{name}.html").as_uri()


LOOKS = [
    *((name, width, scheme) for name in ("not_ready", "live") for width in WIDTHS for scheme in SCHEMES),
    *((name, *look) for name in ("ready", "switched") for look in (("phone", "dark"), ("desktop", "light"))),
    ("hostile", "phone", "light"),
]
SELDOM = (("phone", "light"), ("desktop", "dark"))
"""Looked at with the long tests."""


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [pytest.param(*look, marks=pytest.mark.slow if look[1:] in SELDOM else ()) for look in LOOKS],
)
def test_is_quiet_accessible_and_fits(
    browser: Browser, saved: Path, name: str, width: str, scheme: str
) -> None:
    with opened(browser, url(saved, name), width=width, scheme=scheme) as seen:
        seen.screenshot(f"report-{name}-{width}-{scheme}")
        seen.assert_fits()
        seen.assert_accessible()
        seen.assert_quiet()
        assert len(seen.asked) == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_the_largest_report_fits_and_is_under_a_megabyte(browser: Browser, saved: Path, width: str) -> None:
    assert (saved / "huge.html").stat().st_size < 1_000_000
    with opened(browser, url(saved, "huge"), width=width) as seen:
        seen.assert_fits()
        seen.assert_quiet()


def test_the_scheme_follows_the_reader(browser: Browser, saved: Path) -> None:
    colours = set()
    for scheme in SCHEMES:
        with opened(browser, url(saved, "not_ready"), scheme=scheme) as seen:
            colours.add(seen.page.evaluate("getComputedStyle(document.body).backgroundColor"))
            line = seen.page.locator("#latency .only-wide .color-0 .line").first
            colours.add(line.evaluate("line => getComputedStyle(line).stroke"))
    assert len(colours) == 4, "page and plots both"


@pytest.mark.parametrize(("width", "shown"), [("phone", "narrow"), ("desktop", "wide")])
def test_one_form_of_each_plot_is_shown_and_its_text_can_be_read(
    browser: Browser, saved: Path, width: str, shown: str
) -> None:
    with opened(browser, url(saved, "not_ready"), width=width) as seen:
        plots = seen.page.locator(".plot-svg:visible")
        assert plots.count() == 2
        assert seen.page.locator(f".only-{shown} .plot-svg:visible").count() == 2
        heights = plots.locator("text").evaluate_all(
            "all => all.map(text => text.getBoundingClientRect().height)"
        )
        assert min(heights) >= 11


def test_the_keyboard_reaches_everything(browser: Browser, saved: Path) -> None:
    with opened(browser, url(saved, "not_ready")) as seen:
        page = seen.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the details"
        assert page.locator(".skip").bounding_box()["x"] >= 0, "it shows once it is reached"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        reached: set[str] = set()
        for _ in range(120):
            page.keyboard.press("Tab")
            tag, within = page.evaluate(
                "[document.activeElement.tagName, document.activeElement.closest('section')?.id ?? '']"
            )
            reached.add(f"{tag} {within}")
        assert {"SUMMARY keys", "SUMMARY methods", "SUMMARY examples", "SUMMARY versions"} <= reached
        assert "DIV methods" in reached, "a table that may scroll"
        settings = page.locator("#settings")
        settings.locator("summary").focus()
        page.keyboard.press("Enter")
        assert settings.evaluate("details => details.open")


def test_a_screen_reader_hears_the_verdict_first_and_the_plots_in_words(
    browser: Browser, saved: Path
) -> None:
    with opened(browser, url(saved, "not_ready")) as seen:
        heard = seen.page.locator("body").aria_snapshot()
        headings = [line.strip() for line in heard.splitlines() if "heading" in line]
        assert headings[0].startswith('- heading "Not ready to switch" [level=1]')
        assert all("[level=2]" in heading for heading in headings[1:])
        assert 'img "Open obligations from 2026-03-01 14:05:09 UTC to' in heard
        assert 'img "Time of 11 methods on both stores' in heard
        assert 'table "9 repositories' in heard or 'table "8 repositories' in heard


def test_prints_everything_on_paper(browser: Browser, saved: Path) -> None:
    with opened(browser, url(saved, "not_ready")) as seen:
        page = seen.page
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
        closed = page.locator("details:not([open])")
        assert closed.count() > 0
        for number in range(closed.count()):
            assert (
                closed.nth(number).evaluate(
                    "details => details.lastElementChild.getBoundingClientRect().height"
                )
                > 0
            )
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        paper = page.pdf(format="A4", print_background=True)
        (SCREENSHOTS / "report-not_ready.pdf").write_bytes(paper)
        page.set_viewport_size(
            {"width": 718, "height": 1000}
        )  # A4 between margins of a centimetre, at 96 to the inch
        seen.assert_fits()
        seen.screenshot("report-not_ready-print")


def reads_like_a_newcomer(text: str) -> dict[str, str]:
    """Question and answer as they stand on the page, in order."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    questions = ("Phase", "Since when?", "In which methods?", "For which keys?")
    places = [lines.index(question) for question in questions]
    return {
        question: " ".join(lines[at + 1 : end])
        for question, at, end in zip(questions, places, [*places[1:], places[-1] + 2], strict=True)
    }


@pytest.mark.parametrize("build", [samples.not_ready, samples.live])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_newcomer_finds_every_answer_without_scrolling_far(
    browser: Browser, saved: Path, build, width: str
) -> None:
    evidence: Evidence = build()
    with opened(browser, url(saved, build.__name__), width=width) as seen:
        top = seen.page.locator("header")
        said = top.inner_text()
        assert said.index("Not ready to switch") < said.index("in the way.")
        for reason in evidence.verdict.reasons:
            assert reason in said
        answers = reads_like_a_newcomer(said)
        assert answers["Phase"].startswith("dual since 2026-0")
        assert (
            "answers differ since 2026-03-01 12:05:09 UTC, last seen 2026-03-01 14:06:01 UTC"
            in answers["Since when?"]
        )
        assert "chats.get_chat_list_by_user_id (7)" in answers["In which methods?"]
        assert "-0000-4000-8000-" in answers["For which keys?"]
        box = seen.page.locator("dl.answers").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 2 * WIDTHS[width][1]
