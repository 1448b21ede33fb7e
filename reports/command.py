"""`dualwrite report`: a rehearsal's `report.json`, or the migration as it stands, as a page and as an exit status for scripts."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, assert_never

import typer

from dualwrite.cli.options import Name, Pb, Sql, opened
from dualwrite.errors import ConfigurationError, DualwriteError
from dualwrite.evidence import Evidence, read_evidence
from dualwrite.files import write_whole
from dualwrite.live import live_evidence
from dualwrite.metrics.exposition import exposition
from dualwrite.metrics.latency import latencies
from reports.junit import render_junit
from reports.render import render_html, render_json, render_markdown

NOT_READY = 1
UNUSABLE = 2


class Format(StrEnum):
    """What to write."""

    HTML = "html"
    MD = "md"
    JSON = "json"
    JUNIT = "junit"


_SUFFIXES = {".xml": Format.JUNIT}


def report(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="[REPORT.json]",
            help="What `dualwrite rehearse` wrote. Left out: the migration as it stands.",
        ),
    ] = None,
    sql: Sql = None,
    pb: Pb = None,
    migration: Name = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="Default: what --out ends with, else md.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PATH", help="A file. Default: standard output.")
    ] = None,
    fail_if_not_ready: Annotated[
        bool, typer.Option("--fail-if-not-ready", help="Exit with status 1 where the verdict is not ready.")
    ] = False,
) -> None:
    """Show a report on a rehearsal, or on the migration as it stands: as a page, as Markdown, as JSON or as JUnit XML.

    Exit status: 0 done, 1 not ready (with --fail-if-not-ready), 2 the report cannot be read, made or written.
    """
    try:
        chosen = form or _by_suffix(out)
        if path is not None and (sql or pb or migration):
            raise ConfigurationError(
                f"{path} or a live migration: leave out --sql, --pb and --migration, or {path}"
            )
        evidence = read_evidence(path) if path is not None else _live(sql, pb, migration)
        text = _renderer(chosen)(evidence)
        if out:
            write_whole(out, text)
    except DualwriteError as error:
        raise _unusable(" ".join(str(error).split())) from error
    except OSError as error:
        raise _unusable(f"{out}: cannot be written ({error.strerror or error})") from error
    if out:
        typer.echo(f"{out} written", err=True)
    else:
        typer.echo(text, nl=False)
    if fail_if_not_ready and not evidence.verdict.ready:
        typer.echo(f"not ready: {' '.join(evidence.verdict.reasons)}".replace("\n", " "), err=True)
        raise typer.Exit(NOT_READY)


def _live(sql: str | None, pb: str | None, migration: str | None) -> Evidence:
    with opened(sql, pb, migration) as parts:
        return live_evidence(parts, latencies=latencies(exposition(parts).collect()))


def _by_suffix(out: Path | None) -> Format:
    if out is None:
        return Format.MD
    try:
        return _SUFFIXES.get(out.suffix) or Format(out.suffix.removeprefix("."))
    except ValueError:
        raise ConfigurationError(f"{out}: which format? Give --format html, md, json or junit") from None


def _renderer(form: Format) -> Callable[[Evidence], str]:
    match form:
        case Format.HTML:
            return render_html
        case Format.MD:
            return render_markdown
        case Format.JSON:
            return render_json
        case Format.JUNIT:
            return render_junit
        case _:
            assert_never(form)


def _unusable(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(UNUSABLE)
