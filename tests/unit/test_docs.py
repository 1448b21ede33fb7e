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
