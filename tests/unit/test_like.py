"""`repos.rules.like` against the databases it speaks for."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualwrite.errors import Invalid
from dualwrite.pocketbase import like, matches
from repos.pocketbase.like import ignoring_case
from repos.rules.like import matcher, require_pattern

TEXT = st.text(alphabet=st.sampled_from("aAbBéÉİiKk\u212aßΣσς%_\\\0 ☃"), max_size=8)  # noqa: RUF001 - that is what is tested


@given(pattern=TEXT, text=TEXT)
@settings(max_examples=2000, deadline=None)
def test_sqlite_agrees(pattern: str, text: str) -> None:
    with sqlite3.connect(":memory:") as connection:
        plain, lowered = connection.execute(
            "SELECT :text LIKE :pattern, lower(:text) LIKE lower(:pattern)",
            {"text": text, "pattern": pattern},
        ).fetchone()
    connection.close()
    assert matcher("sqlite", pattern, ignore_case=False)(text) is bool(plain)
    assert matcher("sqlite", pattern, ignore_case=True)(text) is bool(lowered)


def test_postgresql_agrees(postgres_server: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    characters = TEXT.filter(lambda text: "\0" not in text)

    with psycopg.connect(postgres_server) as connection:

        @given(pattern=characters, text=characters)
        @settings(max_examples=2000, deadline=None, database=None)
        def agrees(pattern: str, text: str) -> None:
            if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
                # PostgreSQL may raise for a backslash at the end; to us nothing is like it.
                assert not matcher("postgresql", pattern, ignore_case=False)(text)
                return
            query = "SELECT %(text)s::text LIKE %(pattern)s, %(text)s::text ILIKE %(pattern)s"
            plain, folded = connection.execute(query, {"text": text, "pattern": pattern}).fetchone()
            assert matcher("postgresql", pattern, ignore_case=False)(text) is plain
            assert matcher("postgresql", pattern, ignore_case=True)(text) is folded

        agrees()


@given(pattern=TEXT, text=TEXT)
@settings(max_examples=2000, deadline=None)
def test_what_postgresql_folds_sqlite_finds_once_it_is_folded(pattern: str, text: str) -> None:
    if "\0" in pattern + text:
        return  # PostgreSQL knows no NUL
    asked = ignoring_case("postgresql", pattern)
    assert matches(like("text", asked), {"text": text}) is matcher("postgresql", pattern, ignore_case=True)(
        text
    )
    for old, new in asked.fold:
        text = text.replace(old, new)
    with sqlite3.connect(":memory:") as connection:
        query = "SELECT ? LIKE ? ESCAPE ?"
        (found,) = connection.execute(query, (text, asked.text, asked.escape)).fetchone()
    connection.close()
    assert matcher("postgresql", pattern, ignore_case=True)(text) is bool(found)


def test_many_wildcards_take_no_time() -> None:
    assert not matcher("sqlite", "%a" * 30 + "b", ignore_case=True)("a" * 3000)


def test_what_sqlite_calls_too_complex_is_refused() -> None:
    require_pattern("postgresql", "x" * 60_000)
    require_pattern("sqlite", "x" * 50_000)
    with pytest.raises(Invalid):
        require_pattern("sqlite", "x" * 50_001)
