"""`rehearse`: the first thing a new user runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from prometheus_client import CollectorRegistry

from dualwrite.cli.data import print_verified_entities
from dualwrite.cli.options import Json, Name, migration_of
from dualwrite.cli.output import err, out, print_json, progress_bars
from dualwrite.errors import ConfigurationError
from dualwrite.evidence import Evidence
from dualwrite.metrics.exposition import exposition
from dualwrite.metrics.prometheus import PrometheusMetrics
from dualwrite.metrics.serving import serving
from dualwrite.parts import Parts
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
    metrics: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="serve /metrics there while it runs, and a live page"),
    ] = None,
    stay: Annotated[
        bool, typer.Option("--stay", help="with --metrics: go on serving at the end, until it is stopped")
    ] = False,
    migration: Name = None,
    as_json: Json = False,
) -> None:
    """Run a whole migration on a copy: dual writes under traffic, backfill, faults, verify, cutover; leaves a report."""
    place = _place_of(metrics)
    if stay and place is None:
        raise ConfigurationError("--stay is for --metrics HOST:PORT: give both, or neither")
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

    def conclude(evidence: Evidence) -> None:
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
        if stay:
            err.print("the rehearsal is over and its stores are still there; stop with Ctrl-C")
            _until_stopped()

    counted = PrometheusMetrics(CollectorRegistry())

    @contextmanager
    def beside(parts: Parts) -> Iterator[None]:
        if place is None:
            yield
            return
        with serving(parts, exposition(parts, counted=counted.registry), *place) as url:
            err.print(f"served while it runs: {url} and {url}metrics", markup=False)
            yield

    with progress_bars() as bars:
        rehearsal = Rehearsal(migration_of(migration), workspace, wishes, say=say, metrics=counted)
        evidence = rehearsal.run(bars, keep=keep, beside=beside, stay=conclude)
    if not evidence.verdict.ready:
        raise typer.Exit(1)


def _place_of(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise ConfigurationError(f"--metrics {text} names no place: write HOST:PORT, as in 127.0.0.1:9470")
    return host.strip("[]"), int(port)


def _until_stopped() -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()


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
