"""Markdown: short enough for a pull request, and values stay values."""

from __future__ import annotations

import re

import pytest

from reports import render_markdown
from reports.render import escape_markdown
from tests.reports import samples

GITHUB_COMMENT = 65_536


def test_answers_what_a_newcomer_asks() -> None:
    text = render_markdown(samples.not_ready())
    assert text.startswith("# Not ready to switch\n")
    for line in (
        "**9 things stand in the way.**",
        "- Phase: dual since 2026-03-01 14:05:13 UTC",
        "- Since when: answers differ since 2026-03-01 12:05:09 UTC (last seen 2026-03-01 14:06:01 UTC); "
        "rows of chat differ since 2026-03-01 13:05:09 UTC; the oldest obligation is open since 2026-03-01 13:52:43 UTC",
        "- In methods: chats.get_chat_list_by_user_id (7), tags.get_tags_by_user_id (1)",
    ):
        assert line in text.splitlines()
    for reason in samples.not_ready().verdict.reasons:
        assert reason in text


def test_a_good_rehearsal_says_so() -> None:
    text = render_markdown(samples.ready())
    assert text.startswith("# Ready to switch\n")
    assert "- Writes paused for the switch: 1.2 s, 125,951 rows" in text


@pytest.mark.parametrize("build", [samples.ready, samples.not_ready, samples.hostile, samples.huge])
def test_rows_of_a_table_have_as_many_cells_as_its_head(build) -> None:
    width = 0
    for line in render_markdown(build()).splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not (cells and width) or cells == width, line
        width = cells


def test_hostile_text_stays_text() -> None:
    text = render_markdown(samples.hostile())
    assert "<script" not in text
    assert "<img" not in text
    assert "\u202e" not in text
    assert not re.search(r"(?<!\\)\]\(", text)


def test_fits_a_comment_on_github() -> None:
    assert len(render_markdown(samples.huge())) < GITHUB_COMMENT


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("get_user_by_id", "get_user_by_id"),
        ("_private_", r"\_private\_"),
        ("a|b", r"a\|b"),
        ("two\nlines", "two lines"),
        ("# heading", r"\# heading"),
        ("1. item", r"1\. item"),
        ("0.368%", "0.368%"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("`x` *y* [z](u)", r"\`x\` \*y\* \[z\](u)"),
        (12, "12"),
    ],
)
def test_escapes(value: object, text: str) -> None:
    assert escape_markdown(value) == text
