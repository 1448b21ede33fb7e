"""`rehearse`: the first thing a new user runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dualwrite.cli.data import print_verified_entities
from dualwrite.cli.options import Json, Name, migration_of
from dualwrite.cli.output import err, out, print_json, progress_bars
from dualwrite.errors import ConfigurationError
from dualwrite.evidence import Evidence
from dualwrite.rehearse.material import Size
from dualwrite.rehearse.rehearsal import Rehearsal, Wishes
from dualwrite.rehearse.workspace import Workspace
from dualwrite.renderers import render_all


def rehearse(
    sql: Annotated[
        str | None,
        typer.Option(
            "--sql", metavar="URL", help="sqlite:////path/webui.db, opened read-only; a sample by default"
        ),
    ] = None,
    work: Annotated[Path, typer.Option(help="folder of the rehearsal; a killed one goes on there")] = Path(
        "dualwrite-rehearsal"
    ),
    users: Annotated[int, typer.Option(min=1, help="of the generated sample")] = 20,
    chats: Annotated[int, typer.Option(min=0, help="of the generated sample")] = 300,
    seed: Annotated[int, typer.Option(help="of the sample and the traffic")] = 1,
    rate: Annotated[float, typer.Option(min=1, help="calls a second of traffic")] = 150.0,
    seconds: Annotated[float, typer.Option(min=0, help="of traffic after the backfill")] = 6.0,
    outage: Annotated[float, typer.Option(min=0.1, max=60, help="seconds of each fault")] = 2.0,
    migration: Name = None,
    as_json: Json = False,
) -> None:
    """Run a whole migration on a copy: dual writes under traffic, backfill, faults, verify, cutover; leaves a report."""
    wishes = Wishes(
        _file_of(sql), Size(users=users, rows=chats, seed=seed), rate=rate, seconds=seconds, outage=outage
    )
    workspace = Workspace(work.absolute())
    say = (
        (lambda text: err.print(text, markup=False))
        if as_json
        else (lambda text: out.print(text, markup=False))
    )
    written: list[Path] = []

    def keep(evidence: Evidence) -> None:
        written.extend(render_all(evidence, workspace.report))

    with progress_bars() as bars:
        evidence = Rehearsal(migration_of(migration), workspace, wishes, say=say).run(bars, keep=keep)
    if as_json:
        print_json(evidence.model_dump(mode="json"))
    else:
        print_verified_entities(evidence.entities)
        for path in written:
            out.print(f"report: {path}", markup=False)
        if evidence.verdict.ready:
            out.print("✓ equal on both sides, nothing lost")
        for reason in evidence.verdict.reasons:
            out.print(f"✗ {reason}", markup=False)
    if not evidence.verdict.ready:
        raise typer.Exit(1)


def _file_of(url: str | None) -> Path | None:
    if url is None:
        return None
    if not url.startswith("sqlite:///"):
        raise ConfigurationError(
            "rehearse works on a copy of an SQLite file: --sql sqlite:////path/webui.db (PostgreSQL: rehearse with a sample)"
        )
    path = Path(url.removeprefix("sqlite:///"))
    if not path.is_file():
        raise ConfigurationError(
            f"there is no SQLite database at {path}: give --sql sqlite:////path/webui.db"
        )
    return path
