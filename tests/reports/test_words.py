"""Figures as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from reports import words
from reports.story import Story, generalised
from tests.reports import samples


@pytest.mark.parametrize(
    ("function", "given", "text"),
    [
        (words.duration, None, "\u2013"),
        (words.duration, 0.0, "0 ms"),
        (words.duration, 0.34, "340 ms"),
        (words.duration, 0.99996, "1.0 s"),
        (words.duration, 59.94, "59.9 s"),
        (words.duration, 59.96, "1 min 0 s"),
        (words.duration, 3840, "1 h 4 min"),
        (words.milliseconds, 0.004, "< 0.01 ms"),
        (words.milliseconds, 0.123, "0.12 ms"),
        (words.milliseconds, 999.4, "999 ms"),
        (words.milliseconds, 999.9, "1.0 s"),
        (words.share, 0.0, "0%"),
        (words.share, 1.0, "100%"),
        (words.share, 0.000001, "< 0.001%"),
        (words.share, 0.9999, "> 99.9%"),
        (words.share, 0.00368, "0.368%"),
        (words.share, 0.5, "50%"),
        (words.count, 1234567, "1,234,567"),
        (words.key, ("a",), "a"),
        (words.key, ("a", "é"), '["a", "é"]'),
        (words.visible, "a\u202eb\x00c\u2028d", r"a\u202eb\u0000c\u2028d"),
        (
            words.moment,
            datetime(2026, 3, 1, 1, 0, tzinfo=timezone(timedelta(hours=2))),
            "2026-02-28 23:00:00 UTC",
        ),
        (generalised, "a[17].b", "a[*].b"),
        (generalised, "m.3f2b8c1e-0000-4000-8000-000000000001.x", "m.*.x"),
    ],
)
def test_reads_well(function, given: object, text: str) -> None:
    assert function(given) == text


def test_long_text_is_clipped_and_says_so() -> None:
    assert words.visible("x" * 1000) == "x" * 240 + "… (1,000 characters)"


def test_small_groups_of_differences_are_not_crowded_out() -> None:
    huge = samples.huge()
    rare = samples.named("chat", "rare", "title", "type")
    chat = next(e for e in huge.entities if e.name == "chat")
    chat = chat.model_copy(update={"named": (*chat.named[:999], rare)})
    others = tuple(e for e in huge.entities if e.name != "chat")
    story = Story(huge.model_copy(update={"entities": (*others, chat)}))
    assert [p.shown for p in story.patterns if p.path == "title"] == [(rare,)]
    assert sum(len(p.shown) for p in story.patterns) == 1000
    assert story.unshown == 8000
