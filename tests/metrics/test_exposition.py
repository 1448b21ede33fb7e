"""The text of `/metrics` after a known run against real stores."""

from __future__ import annotations

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dualwrite.metrics import CATALOGUE, Metric, Type
from dualwrite.metrics.catalogue import BUCKETS
from tests.metrics.stage import SECRET, Stage

Run = tuple[Stage, str]


def value(text: str, series: str) -> float:
    """Of one series, written as in the text."""
    (found,) = re.findall(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found)


def test_the_text_after_a_known_run(after_a_run: Run) -> None:
    text = after_a_run[1]
    for line in (
        "dualwrite_up 1.0",
        'dualwrite_call_errors_total{backend="sql",error="Conflict",method="add",repository="notes"} 1.0',
        'dualwrite_call_seconds_count{backend="sql",method="add",repository="notes"} 4.0',
        'dualwrite_call_seconds_count{backend="pocketbase",method="add",repository="notes"} 3.0',
        'dualwrite_comparisons_total{kind="",method="add",outcome="equal",repository="notes"} 3.0',
        'dualwrite_settled_total{by="backfill",entity="note",result="equal"} 5.0',
        'dualwrite_settled_total{by="writer",entity="note",result="equal"} 3.0',
        'dualwrite_settled_total{by="verify",entity="note",result="equal"} 1.0',
        'dualwrite_phase{phase="dual"} 1.0',
        'dualwrite_phase{phase="pb_only"} 0.0',
        'dualwrite_obligations{entity="note"} 0.0',
        'dualwrite_stuck_keys{entity="note"} 0.0',
        'dualwrite_backfill_complete{entity="note"} 1.0',
        'dualwrite_progress_rows{entity="note",job="backfill"} 5.0',
        'dualwrite_progress_expected_rows{entity="note",job="verify"} 9.0',
        'dualwrite_verify_differences{entity="note"} 0.0',
        'dualwrite_gate_condition{condition="backfill"} 1.0',
        'dualwrite_gate_condition{condition="comparisons"} 1.0',
        "dualwrite_waivers 1.0",
        "dualwrite_ready 1.0",
        'dualwrite_switches_total{course="cutover",outcome="called_off"} 1.0',
        'dualwrite_switches_total{course="cutover",outcome="done"} 1.0',
        'dualwrite_switches_total{course="rollback",outcome="done"} 1.0',
        'dualwrite_switches_total{course="rollback",outcome="called_off"} 0.0',
        "dualwrite_breaker_open 0.0",
    ):
        assert line in text.splitlines()
    assert value(text, 'dualwrite_shadow_total{fate="skipped",work="read"}') >= 1
    assert value(text, 'dualwrite_settled_total{by="relay",entity="note",result="equal"}') >= 1
    assert value(text, 'dualwrite_last_freeze_seconds{course="cutover"}') > 0.5


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
def test_the_run_touches_every_metric_with_just_its_labels(after_a_run: Run, metric: Metric) -> None:
    families = {family.name: family for family in text_string_to_metric_families(after_a_run[1])}
    family = families[metric.name]
    assert family.type == metric.type
    assert family.documentation == metric.help
    suffixes = {Type.COUNTER: {"_total"}, Type.GAUGE: {""}, Type.HISTOGRAM: {"_bucket", "_count", "_sum"}}
    samples = family.samples
    assert samples
    assert {sample.name.removeprefix(metric.name) for sample in samples} == suffixes[metric.type]
    assert {frozenset(sample.labels) - {"le"} for sample in samples} == {frozenset(metric.labels)}


def test_nothing_else_is_shown_and_no_series_twice(after_a_run: Run) -> None:
    families = list(text_string_to_metric_families(after_a_run[1]))
    assert {family.name for family in families} == {metric.name for metric in CATALOGUE}
    series = [
        (sample.name, *sorted(sample.labels.items())) for family in families for sample in family.samples
    ]
    assert len(series) == len(set(series))


def test_no_value_of_a_row_is_anywhere_in_it(after_a_run: Run) -> None:
    text = after_a_run[1]
    assert SECRET not in text
    assert "old0" not in text


def test_the_versions_are_in_the_labels(after_a_run: Run) -> None:
    assert re.search(
        r'^dualwrite_build_info\{dialect="sqlite",hooks="[^"]+",migration="notes",python="3\.\d+\.\d+",version="[\d.]+"\} 1\.0$',
        after_a_run[1],
        re.MULTILINE,
    )


def test_the_buckets_are_those_of_the_catalogue(after_a_run: Run) -> None:
    found = re.findall(r'^dualwrite_call_seconds_bucket\{.*?le="([^"]+)"', after_a_run[1], re.MULTILINE)
    assert {float(edge) for edge in found} == {*BUCKETS, float("inf")}
