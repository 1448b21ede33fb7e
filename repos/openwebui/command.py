"""The command line of the wiring."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from dualwrite.cli.ending import ended
from repos.openwebui.fit import misfits
from repos.openwebui.serve import serve as serve_wired
from repos.openwebui.settings import WiringSettings
from repos.openwebui.source import Source

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, help="Open WebUI on these repositories."
)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def serve(
    context: typer.Context,
    backend: Annotated[
        str | None,
        typer.Option(help="dual follows the stored phase; sql or pocketbase [env: DUALWRITE_BACKEND]"),
    ] = None,
    metrics_port: Annotated[
        int | None, typer.Option(help="metrics of all workers here [env: DUALWRITE_METRICS_PORT]")
    ] = None,
    metrics_host: Annotated[str | None, typer.Option(help="[env: DUALWRITE_METRICS_HOST]")] = None,
) -> None:
    """Start Open WebUI, wired. Takes what `open-webui serve` takes, too (--host, --port); UVICORN_WORKERS holds as there."""
    wiring = WiringSettings.load(backend=backend, metrics_port=metrics_port, metrics_host=metrics_host)
    os.environ["DUALWRITE_BACKEND"] = wiring.backend  # the workers read it
    serve_wired(context.args, wiring)


@app.command()
def check(
    path: Annotated[
        Path, typer.Argument(help="the folder open_webui, or a checkout that has backend/open_webui")
    ],
) -> None:
    """Read a source tree of Open WebUI, without running it, and say what does not fit. Exit status 1 where something does not."""
    source = Source(path)
    release = source.version()
    found = misfits(source, release)
    for line in found:
        print(f"✗ {line}")
    if found:
        raise typer.Exit(1)
    print(f"✓ {source.folder} fits" + (f" (release {release})" if release else ""))


def main() -> None:
    """Exit status 0: done; 1: refused or does not fit; 2: wrong usage."""
    logging.basicConfig(level=logging.WARNING)
    raise SystemExit(ended(app, sys.argv[1:]))
