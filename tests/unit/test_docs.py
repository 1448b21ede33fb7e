"""What the documentation says is what the code does."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from dualwrite.content_backfill import PROBLEMS
from dualwrite.entity import Content
from dualwrite.pocketbase.collections import FILE_TOKEN_SECONDS
from grafana.dashboards import BOARDS
from tests.model import rule, switch
from tests.named import is_there
from tools import metrics_table, round_trips_table
from tools.mutations import MUTATIONS

ROOT = Path(__file__).parents[2]


def test_the_metrics_page_is_made_from_the_catalogue() -> None:
    assert (ROOT / "docs" / "metrics.md").read_text() == metrics_table.page()


def test_the_page_of_round_trips_is_made_from_what_the_tests_count() -> None:
    assert (ROOT / "docs" / "round-trips.md").read_text() == round_trips_table.page()


def test_the_page_on_content_names_every_problem() -> None:
    text = (ROOT / "docs" / "content.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [fate.value for fate in PROBLEMS]
    assert f"{FILE_TOKEN_SECONDS} seconds" in text
    assert f"{Content(path='path').largest // 1024**3} GiB" in text


def test_the_readme_shows_the_example_that_the_tests_run() -> None:
    example = (ROOT / "examples" / "notes.py").read_text().split('"""\n', 1)[1].strip()
    assert f"```python\n{example}\n```" in (ROOT / "README.md").read_text()


def test_every_row_of_the_errors_page_has_a_test_and_every_test_a_row() -> None:
    rows = re.findall(r"^\| \*([^*|]+)\*", (ROOT / "docs" / "errors.md").read_text(), flags=re.MULTILINE)
    slugs = {row.lower().replace(" ", "_") for row in rows}
    assert len(slugs) == len(rows) > 0
    files = (ROOT / "tests" / "contract").glob("test_errors*.py")
    tests = {
        name
        for file in files
        for name in re.findall(r"^def test_(\w+)", file.read_text(), flags=re.MULTILINE)
    }
    unproved = {slug for slug in slugs if not any(name.startswith(f"{slug}_") for name in tests)}
    unsaid = {name for name in tests if not any(name.startswith(f"{slug}_") for slug in slugs)}
    assert (unproved, unsaid) == (set(), set())


def _tables(page: str) -> list[list[str]]:
    """The rows of a page's tables, heads left out."""
    lines = (ROOT / "docs" / page).read_text().splitlines()
    rows = [line for before, line in zip(["", *lines], lines, strict=False) if line.startswith("| ")]
    heads = {line for line, after in zip(lines, [*lines[1:], ""], strict=True) if after.startswith("|---")}
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in rows if line not in heads]


def test_every_threat_has_what_stands_against_it_and_a_test_that_is_there() -> None:
    rows = _tables("security.md")
    assert len(rows) > 20
    for row in rows:
        assert len(row) == 3, row
        threat, guard, proof = row
        named = re.findall(r"`(tests/[^`]+)`", proof)
        assert all((threat, guard, named)), row
        assert [name for name in named if not is_there(name)] == [], threat


def test_every_safeguard_has_its_tests_and_every_mutation_its_place() -> None:
    text = (ROOT / "docs" / "faults.md").read_text().split("## What each safeguard is for")[1]
    named = re.findall(r"`(tests/[^`]+)`", text)
    assert [name for name in named if not is_there(name)] == []
    for mutation in MUTATIONS:
        assert text.count(f"`{mutation.name}`") == 1, mutation.name
        row = next(line for line in text.splitlines() if f"`{mutation.name}`" in line)
        assert row.startswith(f"| {mutation.safeguard} |"), mutation.name
    rules = {f"`{field.name}`" for kind in (rule.Rules, switch.Rules) for field in fields(kind)}
    assert {name for name in rules if name not in text} == set()


def test_every_dashboard_has_a_paragraph() -> None:
    text = (ROOT / "docs" / "grafana.md").read_text().lower()
    for board in BOARDS:
        assert f"**{board.title.removeprefix('Dualwrite: ')}** answers: " in text
