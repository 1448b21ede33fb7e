"""What the documentation says is what the code does."""

from __future__ import annotations

from pathlib import Path

from tools import metrics_table, round_trips_table

ROOT = Path(__file__).parents[2]


def test_the_metrics_page_is_made_from_the_catalogue() -> None:
    assert (ROOT / "docs" / "metrics.md").read_text() == metrics_table.page()


def test_the_page_of_round_trips_is_made_from_what_the_tests_count() -> None:
    assert (ROOT / "docs" / "round-trips.md").read_text() == round_trips_table.page()


def test_the_readme_shows_the_example_that_the_tests_run() -> None:
    example = (ROOT / "examples" / "notes.py").read_text().split('"""\n', 1)[1].strip()
    assert f"```python\n{example}\n```" in (ROOT / "README.md").read_text()
