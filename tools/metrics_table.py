"""Write docs/metrics.md from the catalogue. A test holds the file against it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from dualwrite.metrics import CATALOGUE, Type

TARGET = Path(__file__).parent.parent / "docs" / "metrics.md"


def page() -> str:
    """The page's text."""
    lines = [
        "# Metrics",
        "",
        "Made from `dualwrite/metrics/catalogue.py` by `python tools/metrics_table.py`. Labels are names from contracts and",
        "entities, outcomes and kinds; no value of a row is ever one.",
        "",
        "| name | type | labels | unit | meaning |",
        "|---|---|---|---|---|",
    ]
    for metric in CATALOGUE:
        name = metric.name + ("_total" if metric.type is Type.COUNTER else "")
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{name}` | {metric.type} | {labels} | {metric.unit} | {metric.help} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page())
