"""The same alerts for a Grafana that evaluates them itself, where nobody may give rule files to Prometheus."""

from __future__ import annotations

from typing import Any

import yaml

SOURCE = "dualwrite-prometheus"
BACK = 600  # seconds that Grafana looks back from now; the queries are instant, and have their own windows


def managed(alerts: str) -> str:
    """A provisioning file, from the text of Prometheus' rule file."""
    groups = yaml.safe_load(alerts)["groups"]
    made = {"apiVersion": 1, "groups": [_group(group) for group in groups]}
    head = "# Made from prometheus/alerts.yml by `python -m grafana.build`.\n"
    return head + yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=120)


def _group(group: dict[str, Any]) -> dict[str, Any]:
    return {
        "orgId": 1,
        "name": group["name"],
        "folder": "Dualwrite",
        "interval": "15s",
        "rules": [_rule(rule) for rule in group["rules"]],
    }


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule fires where its query has a result, whatever its value: the comparison is in the query, as in Prometheus."""
    query = {
        "refId": "A",
        "relativeTimeRange": {"from": BACK, "to": 0},
        "datasourceUid": SOURCE,
        "model": {"refId": "A", "expr": rule["expr"].strip(), "instant": True, "range": False},
    }
    there = {
        "refId": "B",
        "relativeTimeRange": {"from": BACK, "to": 0},
        "datasourceUid": "__expr__",
        "model": {"refId": "B", "type": "math", "expression": "is_number($A)"},
    }
    return {
        "uid": rule["alert"].lower()[:40],
        "title": rule["alert"],
        "condition": "B",
        "data": [query, there],
        "for": rule.get("for", "0s"),
        "noDataState": "OK",
        "execErrState": "Error",
        "labels": dict(rule["labels"]),
        "annotations": {name: _told(text) for name, text in rule["annotations"].items()},
    }


def _told(text: str) -> str:
    """Grafana's `$value` is every query's; the one that was asked is `$values.A`."""
    return text.replace("$value ", "$values.A.Value ")
