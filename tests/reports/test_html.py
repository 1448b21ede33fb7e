"""The page: complete, escaped, self-contained, readable by everybody."""

from __future__ import annotations

import re

import pytest

from dualwrite.evidence import Evidence
from reports import render_html
from tests.reports import samples
from tests.reports.markup import Page

EVERY = [samples.ready, samples.not_ready, samples.live, samples.switched, samples.hostile, samples.huge]


@pytest.fixture(params=EVERY, ids=lambda build: build.__name__)
def html(request: pytest.FixtureRequest) -> str:
    return render_html(request.param())


def bare() -> Evidence:
    full = samples.ready()
    return Evidence(
        title=full.title,
        migration=full.migration,
        started=full.started,
        finished=full.finished,
        verdict=full.verdict,
    )


def test_is_well_formed(html: str) -> None:
    assert html.startswith("<!DOCTYPE html>")
    Page(html)


def test_the_least_evidence_there_can_be_is_a_page_too() -> None:
    page = Page(render_html(bare()))
    assert "Ready to switch" in page.text
    assert "unknown" in page.text


def test_asks_for_nothing_from_anywhere(html: str) -> None:
    page = Page(html)
    assert not page.all("script")
    assert not page.all("link")
    assert not page.all("img")
    assert not [
        attributes for _, attributes in page.elements if any(name.startswith("on") for name in attributes)
    ]
    assert all(a["href"].startswith("#") for a in page.all("a"))
    assert not re.search(r"url\(|@import|https?:", html.replace('xmlns="http://www.w3.org/2000/svg"', ""))
    policies = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv")]
    assert policies
    assert policies[0].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policies[0]
    assert not [attributes for _, attributes in page.elements if "style" in attributes]


def test_every_link_leads_somewhere_and_ids_are_unique(html: str) -> None:
    page = Page(html)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.all("a")} <= set(ids)
    assert {
        attributes["aria-labelledby"] for _, attributes in page.elements if "aria-labelledby" in attributes
    } <= set(ids)


def test_has_landmarks_captions_and_scopes(html: str) -> None:
    page = Page(html)
    assert [len(page.all(tag)) for tag in ("header", "main", "footer", "nav", "h1")] == [1, 1, 1, 1, 1]
    assert len(page.all("caption")) == len(page.all("table")) > 0
    assert {th["scope"] for th in page.all("th")} == {"row", "col"}
    assert all(svg["aria-hidden"] == "true" for svg in page.all("svg"))
    assert len(page.all("summary")) == len(page.all("details"))


def test_the_verdict_comes_first() -> None:
    for build, words in ((samples.ready, "Ready to switch"), (samples.not_ready, "Not ready to switch")):
        page = Page(render_html(build()))
        order = [(tag, attributes.get("id")) for tag, attributes in page.elements if tag in {"h1", "h2"}]
        assert order[0] == ("h1", "verdict")
        assert words in page.text


def test_sections_stand_in_order() -> None:
    headings = [h["id"] for h in Page(render_html(samples.not_ready())).all("h2")]
    names = [
        "lost",
        "gate",
        "methods",
        "examples",
        "latency",
        "entities",
        "keys",
        "waiting",
        "timeline",
        "traffic",
        "faults",
        "steps",
        "switch",
        "notes",
        "versions",
    ]
    assert headings == [f"{name}-h" for name in names]


def test_answers_what_a_newcomer_asks() -> None:
    text = Page(render_html(samples.not_ready())).text
    assert "Not ready to switch" in text
    for reason in samples.not_ready().verdict.reasons:
        assert reason in text
    assert (
        "Since when? answers differ since 2026-03-01 12:05:09 UTC , last seen 2026-03-01 14:06:01 UTC" in text
    )
    assert "rows of chat differ since 2026-03-01 13:05:09 UTC" in text
    assert "the oldest obligation is open since 2026-03-01 13:52:43 UTC" in text
    methods = text.partition("In which methods?")[2].partition("For which keys?")[0].replace(" ", "")
    assert methods == "chats.get_chat_list_by_user_id(7),tags.get_tags_by_user_id(1)"
    assert "For which keys? message b1946ac9-0000-4000-8000-00000000002a" in text
    assert "Phase dual since 2026-03-01 14:05:13 UTC" in text


def leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in leaves(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in leaves(item)]
    return [value] if isinstance(value, str) and value else []


def test_every_text_of_the_evidence_is_shown() -> None:
    evidence = samples.not_ready().model_dump(exclude={"started", "finished", "timeline"})
    text = Page(render_html(samples.not_ready())).text.replace(" ", "")
    exceptions = {"value", "type", "missing", "$", "absent", "rehearsal"}  # shown in words
    missing = {leaf for leaf in leaves(evidence) if leaf.replace(" ", "") not in text} - exceptions
    assert not missing


def test_a_report_on_a_live_migration_says_when_and_that_rows_are_equal() -> None:
    text = Page(render_html(samples.live())).text
    assert "as it stood 2026-03-01 14:06:15 UTC" in text
    assert "The last full verify began 2026-03-01 13:55:09 UTC" in text
    assert "In which methods? chats. get_ chat_ list_ by_ user_ id (7)" in text
    keys = text.partition("For which keys?")[2].partition("Gate")[0]
    assert "rows are equal on both sides; the answers that differed were about 99999999-0000-4000" in keys
    assert "Faults When PocketBase did not answer" in text
    assert "None is known of." in text


def test_a_hundred_names_in_a_condition_do_not_drown_the_verdict() -> None:
    (reason,) = [r for r in samples.live().verdict.reasons if r.startswith("The gate refuses")]
    assert len(reason) < 400
    assert "groups.get_groups_89" in Page(render_html(samples.live())).text, "the gate's table has them all"


def test_after_the_switch_the_page_says_so() -> None:
    text = Page(render_html(samples.switched())).text
    assert "Switched to PocketBase PocketBase is the only store. Writes paused for 1.2 s." in text
    assert "What the gate said before the switch." in text


def test_every_figure_is_shown() -> None:
    text = Page(render_html(samples.not_ready())).text
    for figure in (
        "18,330",
        "18,328",
        "13 min 32 s",
        "1,918",
        "0.368%",
        "0.178% to 0.757%",
        "61.0 ms",
        "12,480",
        "11.2 ms",
    ):
        assert figure in text
    assert "Writes were paused for 1.2 s" in Page(render_html(samples.ready())).text


def test_hostile_text_stays_text() -> None:
    html = render_html(samples.hostile())
    assert "<script" not in html
    assert "<img" not in html
    assert "\u202e" not in html
    # `<script>` shows once or more for every field that takes text.
    assert html.count("&lt;script&gt;") > 30
    assert len(Page(html).all("title")) == 1


def test_each_field_alone_is_escaped() -> None:
    """Each text of the evidence in turn, since one that is escaped proves nothing of its neighbour."""
    plain = samples.hostile("plain")
    paths = re.findall(r'"plain"', plain.to_json())
    for number in range(len(paths)):
        pieces = plain.to_json().split('"plain"')
        json = '"plain"'.join(pieces[: number + 1]) + '"<script>x"' + '"plain"'.join(pieces[number + 1 :])
        html = render_html(Evidence.from_json(json))
        assert "<script" not in html
        Page(html)


def test_is_small_however_much_there_is() -> None:
    assert len(render_html(samples.huge()).encode()) < 1_000_000


def test_a_thousand_differences_are_all_there() -> None:
    huge = samples.huge()
    first = next(entity for entity in huge.entities if entity.named)
    alone = huge.model_copy(update={"entities": (first,)})
    text = Page(render_html(alone)).text
    assert all(named.key[0] in text for named in first.named)
    assert "1,000 keys" in text


def test_says_what_it_leaves_out() -> None:
    text = Page(render_html(samples.huge())).text
    assert "This page names 1,000 of 9,000 differences; report.json has them all." in text
    assert "60 older ones are in report.json." in text
    assert "4,800 more are in report.json." in text


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def schemes() -> list[dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", render_html(samples.ready()), re.DOTALL)
    return [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks[:2]]


@pytest.mark.parametrize("scheme", schemes(), ids=["light", "dark"])
def test_contrast_is_aa(scheme: dict[str, str]) -> None:
    """WCAG 2.2: 4.5 for text, 3 for marks that carry meaning."""
    for text in ("text", "muted", "link", "good", "bad", "warn"):
        for back in ("page", "card", "sunk"):
            assert contrast(scheme[text], scheme[back]) >= 4.5, (text, back)
    for tone in ("good", "bad", "warn"):
        assert contrast(scheme[tone], scheme[f"{tone}-back"]) >= 4.5, tone
        assert contrast(scheme["text"], scheme[f"{tone}-back"]) >= 4.5, tone
    for mark in ("sql", "pocketbase", "mark-good", "mark-bad"):
        assert contrast(scheme[mark], scheme["card"]) >= 3, mark
