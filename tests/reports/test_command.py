"""`dualwrite report`, run as a user runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from dualwrite.evidence import Evidence
from reports import render_html, render_json, render_junit, render_markdown
from reports.command import report
from tests.reports import samples

app = typer.Typer()
app.command()(report)


def run(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    return saved(samples.ready(), tmp_path / "ready.json")


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    return saved(samples.not_ready(), tmp_path / "blocked.json")


def saved(evidence: Evidence, path: Path) -> Path:
    path.write_text(evidence.to_json(), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("form", "render"),
    [("html", render_html), ("md", render_markdown), ("json", render_json), ("junit", render_junit)],
)
def test_writes_the_format_asked_for(ready: Path, tmp_path: Path, form: str, render) -> None:
    out = tmp_path / "page"
    result = run(ready, "--format", form, "--out", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert out.read_text(encoding="utf-8") == render(samples.ready())
    assert run(ready, "--format", form).stdout == render(samples.ready())


def test_the_file_name_says_the_format(ready: Path, tmp_path: Path) -> None:
    assert run(ready, "--out", tmp_path / "page.html").exit_code == 0
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == render_html(samples.ready())
    assert run(ready).stdout == render_markdown(samples.ready())


def test_fails_only_where_it_is_not_ready_and_was_asked_to(ready: Path, blocked: Path) -> None:
    assert run(blocked).exit_code == 0
    assert run(ready, "--fail-if-not-ready").exit_code == 0
    result = run(blocked, "--fail-if-not-ready")
    assert result.exit_code == 1
    assert result.stdout == render_markdown(samples.not_ready())
    assert result.stderr.startswith("not ready: 1 acknowledged write cannot be found again (message). ")
    assert result.stderr.count("\n") == 1


def test_one_line_for_what_cannot_be_used(ready: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    for args, what in (
        ((tmp_path / "none.json",), "none.json: cannot be read (No such file or directory)"),
        ((tmp_path,), "cannot be read (Is a directory)"),
        ((broken,), "broken.json: not a report of schema 1: title: Field required (and 4 more)"),
        (
            (ready, "--out", tmp_path / "page.pdf"),
            "page.pdf: which format? Give --format html, md, json or junit",
        ),
        (
            (ready, "--out", tmp_path / "no" / "page.md"),
            "page.md: cannot be written (No such file or directory)",
        ),
    ):
        result = run(*args)
        assert result.exit_code == 2
        assert what in result.stderr
        assert result.stderr.count("\n") == 1
        assert result.stdout == ""
