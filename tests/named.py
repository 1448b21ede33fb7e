"""Tests as the documentation names them: `tests/sql/test_fence.py`, or that and `::test_…`."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def is_there(name: str) -> bool:
    """Whether there is such a file, and such a test in it: a function, or a method of the class that is named."""
    file, *inside = name.partition("[")[0].split("::")
    path = ROOT / file
    if not path.is_file():
        return False
    text = path.read_text(encoding="utf-8")
    return all(re.search(rf"^\s*(?:def|class) {re.escape(part)}\b", text, re.MULTILINE) for part in inside)
