"""All commands, ours and those that other packages register under the entry-point group `dualwrite.commands`."""

from __future__ import annotations

from importlib.metadata import entry_points

import typer

from dualwrite.cli.cutover import cutover
from dualwrite.cli.data import backfill, verify
from dualwrite.cli.probe import probe
from dualwrite.cli.rehearse import rehearse
from dualwrite.cli.relay import relay
from dualwrite.cli.rollback import rollback
from dualwrite.cli.setup import doctor, init, retire
from dualwrite.cli.status import phase, status

GROUP = "dualwrite.commands"


def build() -> typer.Typer:
    """The application with every command."""
    app = typer.Typer(
        name="dualwrite",
        help="Move a repository layer from SQLAlchemy to PocketBase without downtime and with proof.",
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for command in (
        rehearse,
        doctor,
        init,
        status,
        phase,
        backfill,
        verify,
        probe,
        relay,
        cutover,
        rollback,
        retire,
    ):
        app.command()(command)
    for entry in entry_points(group=GROUP):
        app.command(name=entry.name)(entry.load())
    return app
