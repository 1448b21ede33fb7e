"""The command line of the wiring."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from dualwrite.cli.ending import ended
from repos.openwebui.fit import misfits
from repos.openwebui.serve import serve as serve_wired
from repos.openwebui.source import Source

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, help="Open WebUI on these repositories."
)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
)
def serve(context: typer.Context) -> None:
    """Start Open WebUI, wired. Takes what `open-webui serve` takes (--host, --port)."""
    serve_wired(context.args)


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
