"""Prometheus' own tool reads the configuration and the rules, and each alert fires and goes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from dualwrite.metrics import CATALOGUE
from tests.fixtures.absent import absent
from tests.grafana.alert_cases import CASES, Case
from tests.grafana.files import RULES, rules
from tests.grafana.test_dashboards import names_in

ALERTS = {rule["alert"]: rule for rule in rules("alerts.yml")}


def promtool(*arguments: str | Path) -> str:
    """What it says. Fails where it finds something wrong."""
    program = shutil.which("promtool")
    if program is None:
        absent("promtool", "apt-get install -y prometheus")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_configuration_is_valid() -> None:
    assert "2 rule files found" in promtool("check", "config", RULES / "prometheus.yml")


@pytest.mark.parametrize("file", ["alerts.yml", "recording.yml"])
def test_the_rules_are_valid(file: str) -> None:
    assert f"{len(rules(file))} rules found" in promtool("check", "rules", RULES / file)


def test_every_alert_has_a_case_and_stands_in_the_catalogue_at_a_metric_that_it_looks_at() -> None:
    assert set(CASES) == set(ALERTS)
    documented = {alert for metric in CATALOGUE for alert in metric.alerts}
    assert documented == set(ALERTS) - {"DualwriteTargetDown"}, "which looks at Prometheus' own metric"
    for metric in CATALOGUE:
        for alert in metric.alerts:
            assert any(name.startswith(metric.name) for name in names_in(ALERTS[alert]["expr"])), (
                metric,
                alert,
            )


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_what_is_wrong_and_what_to_do(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["mend"].endswith(".")


def rule_test(alert: str, case: Case) -> dict[str, Any]:
    """In promtool's form."""
    firing = f'count(ALERTS{{alertname="{alert}", alertstate="firing"}})'
    return {
        "interval": "15s",
        "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
        "promql_expr_test": [
            {
                "expr": firing,
                "eval_time": f"{round(case.fires * 60)}s",
                "exp_samples": [{"labels": "{}", "value": case.times}],
            },
            {"expr": firing, "eval_time": f"{round(case.gone * 60)}s", "exp_samples": []},
        ],
    }


@pytest.mark.parametrize("alert", CASES)
def test_an_alert_fires_and_goes(alert: str, tmp_path: Path) -> None:
    document = {
        "rule_files": [str(RULES / "alerts.yml")],
        "evaluation_interval": "15s",
        "tests": [rule_test(alert, CASES[alert])],
    }
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump(document))
    assert "SUCCESS" in promtool("test", "rules", file)


def test_on_a_quiet_day_nothing_fires(tmp_path: Path) -> None:
    """Everything as it is while all is well, for an hour."""
    well = {
        'up{job="dualwrite", instance="a"}': "1+0x400",
        'dualwrite_up{instance="a"}': "1+0x400",
        'dualwrite_phase{phase="dual"}': "1+0x400",
        'dualwrite_phase{phase="frozen"}': "0+0x400",
        "dualwrite_relay_passed_timestamp_seconds": "0+15x400",
        "dualwrite_verified_timestamp_seconds": "0+0x400",
        "dualwrite_ready": "0+0x400",
        'dualwrite_gate_condition{condition="pocketbase"}': "1+0x400",
        'dualwrite_obligations_due{entity="note"}': "0+0x400",
        'dualwrite_comparisons_total{repository="notes", method="get", outcome="equal", kind=""}': "0+10x400",
        'dualwrite_call_seconds_bucket{backend="sql", le="0.1"}': "0+10x400",
        'dualwrite_call_seconds_bucket{backend="sql", le="+Inf"}': "0+10x400",
        'dualwrite_call_seconds_count{backend="sql"}': "0+10x400",
        'dualwrite_call_errors_total{backend="sql", error="Conflict"}': "0+5x400",
        'dualwrite_settled_total{entity="note", by="writer", result="equal"}': "0+10x400",
        'dualwrite_shadow_total{work="read", fate="queued"}': "0+10x400",
        'dualwrite_pocketbase_request_seconds_count{status="200"}': "0+10x400",
        'dualwrite_switches_total{course="cutover", outcome="called_off"}': "1+0x400",
    }
    document = {
        "rule_files": [str(RULES / "alerts.yml"), str(RULES / "recording.yml")],
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [{"series": series, "values": values} for series, values in well.items()],
                "promql_expr_test": [
                    {"expr": "ALERTS", "eval_time": f"{minutes}m", "exp_samples": []}
                    for minutes in (10, 30, 60)
                ],
            }
        ],
    }
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump(document))
    assert "SUCCESS" in promtool("test", "rules", file)
