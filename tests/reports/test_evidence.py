"""The data of a report: a stable schema, a round trip, and no contradiction."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from dualwrite import evidence as module
from dualwrite.errors import ConfigurationError
from dualwrite.evidence import (
    SCHEMA_VERSION,
    EntityEvidence,
    Evidence,
    Latency,
    MethodEvidence,
    NamedDifference,
    read_evidence,
)
from reports import render_html, render_json
from tests.reports import samples
from tools import report_schema

EXAMPLE = Path(__file__).with_name("report-v1.json")
EVERY = [samples.ready, samples.not_ready, samples.live, samples.switched, samples.hostile, samples.huge]


@pytest.mark.parametrize("build", EVERY)
def test_comes_back_as_it_went(build) -> None:
    assert Evidence.from_json(render_json(build())) == build()


def test_the_committed_example_still_reads_and_still_is_what_is_written() -> None:
    assert read_evidence(EXAMPLE) == samples.not_ready()
    assert EXAMPLE.read_text(encoding="utf-8") == samples.not_ready().to_json()


def test_the_schema_is_the_committed_one() -> None:
    """A changed field changes this file: within version 1 only new fields with a default may appear."""
    assert report_schema.TARGET.read_text(encoding="utf-8") == report_schema.schema()
    assert f"v{SCHEMA_VERSION}" in report_schema.TARGET.name


@pytest.mark.parametrize("build", EVERY)
def test_every_report_is_valid_by_the_committed_schema(build) -> None:
    schema = json.loads(report_schema.TARGET.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    document = json.loads(render_json(build()))
    validator.validate(document)
    assert not validator.is_valid({**document, "schema_version": 2})
    assert not validator.is_valid({**document, "finished": None})
    assert validator.is_valid({**document, "of a later release": 1})


def test_a_later_release_may_have_added_fields() -> None:
    data = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    data["new"] = 1
    data["entities"][0]["new"] = {"deep": True}
    assert Evidence.from_json(json.dumps(data)) == samples.not_ready()


def test_a_misspelt_field_is_an_error_where_it_is_built() -> None:
    with pytest.raises(ValidationError, match="sql_row\n"):
        EntityEvidence.model_validate({"name": "chat", "sql_row": 1})


def test_times_are_iso_8601_with_a_zone() -> None:
    data = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert data["started"] == "2026-03-01T14:05:09Z"
    with pytest.raises(ValidationError, match="timezone"):
        Evidence.model_validate(data | {"started": "2026-03-01T14:05:09"})


def test_no_readiness_beside_a_lost_write_or_a_condition_that_does_not_hold() -> None:
    bad = samples.not_ready()
    for name in ("lost_writes", "conditions"):
        data = samples.ready().model_dump() | {name: getattr(bad, name)}
        with pytest.raises(ValidationError, match="nobody is ready"):
            Evidence.model_validate(data)


@pytest.mark.parametrize("verdict", [{"ready": True, "reasons": ["x"]}, {"ready": False}])
def test_a_verdict_is_ready_or_says_why_not(verdict: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="either ready or has reasons"):
        module.Verdict.model_validate(verdict)


def test_names_at_most_a_thousand_differences() -> None:
    named = [NamedDifference(entity="chat", key=(str(n),), path="$", kind="missing") for n in range(1001)]
    with pytest.raises(ValidationError, match="at most 1000"):
        EntityEvidence(name="chat", named=tuple(named))


def test_text_that_utf8_cannot_hold_does_not_cost_the_report() -> None:
    evidence = samples.hostile("lone \ud800 surrogate")
    assert "lone \\ud800 surrogate" in render_html(evidence).encode().decode()
    assert Evidence.from_json(evidence.to_json()) == evidence


def test_the_mismatch_rate_counts_what_proves_something() -> None:
    method = MethodEvidence(
        repository="chats", method="get", equal=90, transient=9, lag=50, confirmed=1, failed=50
    )
    assert (method.compared, method.judged, method.mismatch_rate) == (200, 100, 0.01)
    assert method.mismatch_rate_low == pytest.approx(0.001767, abs=1e-6)
    assert method.mismatch_rate_high == pytest.approx(0.054486, abs=1e-6)
    dumped = json.loads(method.model_dump_json())
    assert dumped["mismatch_rate_high"] == method.mismatch_rate_high


def test_without_comparisons_everything_is_possible() -> None:
    method = MethodEvidence(repository="chats", method="get", failed=3)
    assert (method.mismatch_rate, method.mismatch_rate_low, method.mismatch_rate_high) == (None, 0.0, 1.0)


def test_latency_by_nearest_rank() -> None:
    assert Latency.of(n / 1000 for n in range(1, 101)) == Latency(p50_ms=50, p99_ms=99, calls=100)
    assert Latency.of([]) is None


def test_the_last_phase_is_the_latest() -> None:
    evidence = samples.ready()
    shuffled = evidence.model_copy(update={"phases": evidence.phases[::-1]})
    assert shuffled.phase == evidence.phases[-1]
    assert shuffled.phase.at == datetime(2026, 3, 1, 14, 6, 10, 200_000, tzinfo=UTC)


def test_every_part_is_frozen_and_documented() -> None:
    parts = [
        p
        for p in vars(module).values()
        if isinstance(p, type) and issubclass(p, BaseModel) and p is not BaseModel
    ]
    assert len(parts) > 15
    for part in parts:
        assert part.model_config["frozen"], part
        assert part.__doc__, part


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (None, "cannot be read (No such file or directory)"),
        ("{", "not a report of schema 1: Invalid JSON"),
        ("[]", "not a report of schema 1"),
        ('{"schema_version": 2}', "not a report of schema 1: schema_version: Input should be 1"),
        ("{}", "title: Field required (and 4 more)"),
    ],
)
def test_a_file_that_is_no_report_is_named_in_one_line(tmp_path: Path, text: str | None, what: str) -> None:
    path = tmp_path / "report.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_evidence(path)
    assert str(path) in str(caught.value)
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)
