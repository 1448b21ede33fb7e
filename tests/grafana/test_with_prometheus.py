"""Every query of every panel, asked of the real Prometheus after a real run: valid, and something comes back."""

from __future__ import annotations

import pytest

from tests.fixtures.prometheus import finite
from tests.grafana.conftest import Watched
from tests.grafana.files import Asked, filled, other_queries, panel_queries, rules


@pytest.mark.parametrize("asked", panel_queries() + other_queries(), ids=lambda asked: asked.id)
def test_a_query_is_valid_and_not_empty(watched: Watched, asked: Asked) -> None:
    found = watched.server.query_range(filled(asked.expr), seconds=watched.seconds)
    assert finite(found), filled(asked.expr)


@pytest.mark.parametrize("record", [rule["record"] for rule in rules("recording.yml")])
def test_a_recording_rule_records(watched: Watched, record: str) -> None:
    assert finite(watched.server.query_range(record, seconds=watched.seconds))


def test_every_rule_is_evaluated_without_an_error(watched: Watched) -> None:
    groups = watched.server.ask("rules")["groups"]
    found = {rule["name"]: rule for group in groups for rule in group["rules"]}
    named = {
        rule.get("alert") or rule["record"]
        for file in ("alerts.yml", "recording.yml")
        for rule in rules(file)
    }
    assert set(found) == named
    assert {name: rule["lastError"] for name, rule in found.items() if rule.get("lastError")} == {}
    assert {rule["health"] for rule in found.values()} == {"ok"}


def test_the_target_was_scraped_without_an_error(watched: Watched) -> None:
    (target,) = watched.server.ask("targets")["activeTargets"]
    assert (target["health"], target["lastError"]) == ("up", "")
    assert target["lastScrapeDuration"] < 1.0


def test_the_first_mismatch_of_a_method_fires(watched: Watched) -> None:
    (alert,) = watched.server.query('ALERTS{alertname="DualwriteMismatch"}')
    labels = alert["metric"]
    assert (labels["alertstate"], labels["repository"], labels["method"]) == ("firing", "notes", "all")
