"""What is in `grafana/`, as the tests read it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dualwrite.metrics import CATALOGUE, Metric, Type

FOLDER = Path(__file__).parents[2] / "grafana"
RULES = FOLDER / "prometheus"


@dataclass(frozen=True)
class Asked:
    """One query, and who asks it."""

    board: str
    panel: str
    expr: str

    @property
    def id(self) -> str:
        return f"{self.board}: {self.panel}"


def boards() -> dict[str, dict[str, Any]]:
    """The committed dashboards by name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((FOLDER / "json").glob("*.json"))}


def panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every panel but the rows' titles."""
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield from panels(panel)
        else:
            yield panel


def panel_queries() -> list[Asked]:
    """Every query of every panel."""
    return [
        Asked(name, panel["title"], target["expr"])
        for name, board in boards().items()
        for panel in panels(board)
        for target in panel["targets"]
    ]


def other_queries() -> list[Asked]:
    """Those of annotations and variables."""
    found = []
    for name, board in boards().items():
        found += [Asked(name, one["name"], one["expr"]) for one in board["annotations"]["list"]]
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                inner = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"])
                assert inner is not None, variable["query"]
                found.append(Asked(name, variable["name"], f"group by ({inner[2]}) ({inner[1]})"))
    return found


def rules(file: str) -> list[dict[str, Any]]:
    """The rules of one file."""
    document = yaml.safe_load((RULES / file).read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def samples() -> dict[str, Metric]:
    """Every name that a query may ask for, with its metric."""
    suffixes = {Type.HISTOGRAM: ("_bucket", "_sum", "_count")}
    return {
        f"{metric.sample}{suffix}": metric
        for metric in CATALOGUE
        for suffix in suffixes.get(metric.type, ("",))
    }


def filled(expr: str, *, window: str = "1m") -> str:
    """A query as Grafana sends it where everything is chosen."""
    for name, value in {
        "$__rate_interval": window,
        "$__range": window,
        "$instance": ".*",
        "$repository": ".*",
        "$method": ".*",
    }.items():
        expr = expr.replace(name, value)
    assert "$" not in expr
    return expr
