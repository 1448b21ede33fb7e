"""`dualwrite report`: a `report.json` as a page, and as an exit status for scripts."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, assert_never

import typer

from dualwrite.errors import ConfigurationError
from dualwrite.evidence import Evidence, read_evidence
from dualwrite.files import write_whole
from reports.render import render_html, render_json, render_markdown

NOT_READY = 1
UNUSABLE = 2


class Format(StrEnum):
    """What to write."""

    HTML = "html"
    MD = "md"
    JSON = "json"


def report(
    path: Annotated[Path, typer.Argument(metavar="REPORT.json", help="What `dualwrite rehearse` wrote.")],
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
    """Show a report: as a page, as Markdown or as JSON.

    Exit status: 0 done, 1 not ready (with --fail-if-not-ready), 2 the report cannot be read or written.
    """
    try:
        evidence = read_evidence(path)
        text = _renderer(form or _by_suffix(out))(evidence)
        if out:
            write_whole(out, text)
    except ConfigurationError as error:
        raise _unusable(str(error)) from error
    except OSError as error:
        raise _unusable(f"{out}: cannot be written ({error.strerror or error})") from error
    if out:
        typer.echo(f"{out} written", err=True)
    else:
        typer.echo(text, nl=False)
    if fail_if_not_ready and not evidence.verdict.ready:
        typer.echo(f"not ready: {' '.join(evidence.verdict.reasons)}".replace("\n", " "), err=True)
        raise typer.Exit(NOT_READY)


def _by_suffix(out: Path | None) -> Format:
    if out is None:
        return Format.MD
    try:
        return Format(out.suffix.removeprefix("."))
    except ValueError:
        raise ConfigurationError(f"{out}: which format? Give --format html, md or json") from None


def _renderer(form: Format) -> Callable[[Evidence], str]:
    match form:
        case Format.HTML:
            return render_html
        case Format.MD:
            return render_markdown
        case Format.JSON:
            return render_json
        case _:
            assert_never(form)


def _unusable(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(UNUSABLE)
