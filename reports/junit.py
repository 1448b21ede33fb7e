"""Evidence as JUnit XML, for a pipeline that shows what did not hold beside its tests.

One suite for each kind of thing that can stand in the way, one case for each thing: a failed case is a reason why the switch
may not happen. A method that nobody has compared is skipped: it neither holds nor fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from dualwrite.evidence import EntityEvidence, Evidence, MethodEvidence, StepOutcome
from reports import words

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that holds, fails with these words, or was not looked at."""

    name: str
    failed: str = ""
    skipped: str = ""
    seconds: float = 0.0


def render_junit(evidence: Evidence) -> str:
    """JUnit XML as the usual readers take it (the schema of Jenkins' xUnit plugin)."""
    suites = [(name, cases) for name, cases in _suites(evidence) if cases]
    root = Element(
        "testsuites",
        name=_text(evidence.title),
        tests=str(sum(len(cases) for _, cases in suites)),
        failures=str(sum(1 for _, cases in suites for case in cases if case.failed)),
        errors="0",
    )
    at = evidence.finished.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for name, cases in suites:
        suite = SubElement(root, "testsuite", _attributes(name, cases, at))
        for case in cases:
            _add(suite, f"dualwrite.{evidence.migration}.{name}", case)
    indent(root, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _attributes(name: str, cases: Sequence[Case], at: str) -> dict[str, str]:
    return {
        "name": name,
        "timestamp": at,
        "tests": str(len(cases)),
        "failures": str(sum(1 for case in cases if case.failed)),
        "errors": "0",
        "skipped": str(sum(1 for case in cases if case.skipped)),
        "time": f"{sum(case.seconds for case in cases):.3f}",
    }


def _add(suite: Element, of: str, case: Case) -> None:
    element = SubElement(
        suite, "testcase", classname=_text(of), name=_text(case.name), time=f"{case.seconds:.3f}"
    )
    if case.failed:
        failure = SubElement(element, "failure", message=_text(case.failed), type="NotReady")
        failure.text = _text(case.failed)
    elif case.skipped:
        SubElement(element, "skipped", message=_text(case.skipped))


def _suites(evidence: Evidence) -> Iterable[tuple[str, list[Case]]]:
    reasons = evidence.verdict.reasons
    yield "verdict", [Case("ready to switch", failed="\n".join(reasons))]
    yield (
        "gate",
        [
            Case(
                c.name,
                failed="" if c.holds else c.figure or "does not hold",
                skipped=f"waived by {c.waiver}" if c.waiver and c.holds else "",
            )
            for c in evidence.conditions
        ],
    )
    yield "entities", [_entity(entity) for entity in evidence.entities]
    yield "methods", [_method(method) for method in evidence.methods]
    yield (
        "steps",
        [
            Case(
                step.name,
                failed=(step.detail or "failed") if step.outcome is StepOutcome.FAILED else "",
                skipped=(step.detail or "not run") if step.outcome is StepOutcome.SKIPPED else "",
                seconds=step.seconds,
            )
            for step in evidence.steps
        ],
    )
    yield (
        "lost writes",
        [
            Case(f"{lost.entity} {words.key(lost.key)}", failed="acknowledged, and not found again")
            for lost in evidence.lost_writes
        ],
    )


def _entity(entity: EntityEvidence) -> Case:
    if entity.clean:
        skipped = "verify has not compared its rows" if entity.sql_rows is None else ""
        return Case(entity.name, skipped=skipped, seconds=entity.verify_seconds or 0.0)
    figures = (
        (entity.remaining, "row differs", "rows differ"),
        (entity.lagging, "row lags", "rows lag"),
        (entity.obligations_open, "obligation is open", "obligations are open"),
        (entity.obligations_stuck, "row is refused by PocketBase", "rows are refused by PocketBase"),
    )
    said = [words.counted(number, one, many) for number, one, many in figures if number]
    keys = [f"{words.key(named.key)} {named.path}: {named.kind}" for named in entity.named[:20]]
    return Case(entity.name, failed="\n".join(["; ".join(said), *keys]), seconds=entity.verify_seconds or 0.0)


def _method(method: MethodEvidence) -> Case:
    if method.confirmed and not method.waiver:
        since = f", first {words.moment(method.first_mismatch)}" if method.first_mismatch else ""
        last = f", last {words.moment(method.last_mismatch)}" if method.last_mismatch else ""
        return Case(
            method.name,
            failed=f"{method.confirmed:,} of {method.judged:,} comparisons differ{since}{last}",
        )
    return Case(method.name, skipped="" if method.judged else "never compared")


def _text(text: str) -> str:
    """What XML 1.0 can hold."""
    return _NOT_IN_XML.sub("\ufffd", text)
