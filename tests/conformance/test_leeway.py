"""The differences that are accepted are the ones the docs tell of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.leeway import ACCEPTED, UNDEFINED, Accepted, Undefined

PAGE = Path(__file__).parents[2] / "docs" / "equality.md"


@pytest.mark.parametrize(
    ("title", "declared"),
    [("Calls that are not made", UNDEFINED), ("Answers that may differ", ACCEPTED)],
)
def test_the_docs_list_what_is_declared(
    title: str, declared: tuple[Undefined, ...] | tuple[Accepted, ...]
) -> None:
    _, section = PAGE.read_text().split(f"## {title}\n")
    rows = [line for line in section.split("\n## ")[0].splitlines() if line.startswith("| `")]
    assert rows == [
        f"| {', '.join(f'`{name}`' for name in sorted(each.methods))} | {each.reason} |" for each in declared
    ]
