"""What the documentation says is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from dualwrite.content_backfill import PROBLEMS
from dualwrite.entity import Content
from dualwrite.pocketbase.collections import FILE_TOKEN_SECONDS
from tools.metrics_table import page

ROOT = Path(__file__).parents[2]


def test_the_metrics_page_is_made_from_the_catalogue() -> None:
    assert (ROOT / "docs" / "metrics.md").read_text() == page()


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
