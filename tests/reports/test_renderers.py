"""The core writes reports without knowing what they look like."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from dualwrite import renderers
from dualwrite.errors import ConfigurationError
from dualwrite.evidence import Evidence, read_evidence
from dualwrite.files import write_whole
from reports import render_html, render_junit, render_markdown
from tests.reports import samples

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, renderers.GROUP)


def test_writes_json_and_one_file_per_renderer(tmp_path: Path) -> None:
    evidence = samples.not_ready()
    written = renderers.render_all(
        evidence, tmp_path / "new" / "folder", renderers={"html": render_html, "md": render_markdown}
    )
    assert [path.name for path in written] == ["report.json", "report.html", "report.md"]
    assert sorted(tmp_path.rglob("*.*")) == sorted(written)
    assert read_evidence(written[0]) == evidence
    assert written[1].read_text(encoding="utf-8") == render_html(evidence)


def test_a_renderer_that_fails_costs_no_evidence(tmp_path: Path) -> None:
    def broken(evidence: Evidence) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        renderers.render_all(samples.ready(), tmp_path, renderers={"html": broken})
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_our_own_are_registered() -> None:
    points = tomllib.loads(PYPROJECT.read_text())["project"]["entry-points"]
    found = renderers.load(entry(name, value) for name, value in points[renderers.GROUP].items())
    assert found == {"html": render_html, "md": render_markdown, "xml": render_junit}
    assert points["dualwrite.commands"] == {
        "metrics": "reports.metrics:metrics",
        "report": "reports.command:report",
    }


@pytest.mark.parametrize(
    ("entries", "what"),
    [
        ([entry("json", "reports:render_json")], "must be named after a file suffix"),
        ([entry("../x", "reports:render_html")], "must be named after a file suffix"),
        (
            [entry("html", "reports:render_html"), entry("html", "reports:render_json")],
            r"two packages .* \.html",
        ),
        ([entry("html", "nowhere_at_all:render")], "cannot be loaded"),
        ([entry("html", "reports:nothing")], "cannot be loaded"),
        ([entry("html", "reports:__name__")], "is not a function"),
    ],
)
def test_an_entry_point_that_is_none_is_named(entries: list[EntryPoint], what: str) -> None:
    with pytest.raises(ConfigurationError, match=what):
        renderers.load(entries)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    write_whole(path, "old\n")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new, and then \ud800")
    assert path.read_bytes() == b"old\n"
    assert list(tmp_path.iterdir()) == [path]
    write_whole(path, "new\n")
    assert path.read_bytes() == b"new\n"
