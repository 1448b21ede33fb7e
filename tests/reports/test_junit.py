"""JUnit XML, read by somebody else's reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from junitparser import Failure, JUnitXml, Skipped, TestSuite

from dualwrite.evidence import Evidence
from reports import render_junit
from tests.reports import samples

EVERY = [samples.ready, samples.not_ready, samples.live, samples.switched, samples.hostile, samples.huge]


def read(evidence: Evidence, folder: Path) -> dict[str, TestSuite]:
    path = folder / "report.xml"
    path.write_text(render_junit(evidence), encoding="utf-8")
    suites = JUnitXml.fromfile(str(path))
    found = {suite.name: suite for suite in suites}
    assert suites.tests == sum(len(list(suite)) for suite in found.values())
    assert suites.failures == sum(suite.failures for suite in found.values())
    return found


@pytest.mark.parametrize("build", EVERY)
def test_the_counts_are_those_of_the_cases(build, tmp_path: Path) -> None:
    for suite in read(build(), tmp_path).values():
        results = [result for case in suite for result in case.result]
        assert suite.tests == len(list(suite))
        assert suite.failures == sum(isinstance(result, Failure) for result in results)
        assert suite.skipped == sum(isinstance(result, Skipped) for result in results)
        assert suite.errors == 0


@pytest.mark.parametrize("build", [samples.ready, samples.switched])
def test_nothing_fails_where_it_is_ready(build, tmp_path: Path) -> None:
    assert {name for name, suite in read(build(), tmp_path).items() if suite.failures} == set()


def test_each_reason_is_a_case_that_fails(tmp_path: Path) -> None:
    suites = read(samples.not_ready(), tmp_path)
    failed = {
        f"{name}: {case.name}": case.result[0].message
        for name, suite in suites.items()
        for case in suite
        if case.result and isinstance(case.result[0], Failure)
    }
    assert "verdict: ready to switch" in failed
    assert failed["gate: no stuck key"] == "2 stuck"
    assert failed["methods: chats.get_chat_list_by_user_id"].startswith(
        "7 of 1,904 comparisons differ, first 2026"
    )
    assert failed["entities: chat"].startswith(
        "4 rows differ; 1 row lags; 14 obligations are open; 2 rows are refused"
    )
    assert failed["steps: verify"] == "5 keys differ"
    assert len(suites["lost writes"]) == 1
    assert "methods: groups.get_groups" not in failed, "a comparison that could not be made proves nothing"


def test_a_waived_method_does_not_fail(tmp_path: Path) -> None:
    first, *rest = samples.not_ready().methods
    waived = samples.not_ready().model_copy(
        update={"methods": (first.model_copy(update={"waiver": "ada"}), *rest)}
    )
    assert read(waived, tmp_path)["methods"].failures == 1


def test_what_xml_cannot_hold_is_replaced(tmp_path: Path) -> None:
    suites = read(samples.hostile("a\x00b\x1b[31m\ufffe"), tmp_path)
    assert {case.name for case in suites["gate"]} == {"a\ufffdb\ufffd[31m\ufffd"}
