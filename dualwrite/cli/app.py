"""All commands by name, ours and those that other packages register under the entry-point group `dualwrite.commands`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import typer

GROUP = "dualwrite.commands"
OURS: Mapping[str, str] = {
    "rehearse": "dualwrite.cli.rehearse:rehearse",
    "doctor": "dualwrite.cli.setup:doctor",
    "init": "dualwrite.cli.setup:init",
    "status": "dualwrite.cli.status:status",
    "phase": "dualwrite.cli.status:phase",
    "backfill": "dualwrite.cli.data:backfill",
    "verify": "dualwrite.cli.data:verify",
    "probe": "dualwrite.cli.probe:probe",
    "relay": "dualwrite.cli.relay:relay",
    "cutover": "dualwrite.cli.cutover:cutover",
    "rollback": "dualwrite.cli.rollback:rollback",
    "retire": "dualwrite.cli.setup:retire",
}
"""`module:function`, in the order of the help."""


def build(words: Sequence[str]) -> typer.Typer:
    """The application for a command line. Only the command that it names is loaded, since all of them take a second; where it names
    none, as for the help, all are there without their options."""
    app = typer.Typer(
        name="dualwrite",
        help="Move a repository layer from SQLAlchemy to PocketBase without downtime and with proof.",
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)  # else a single command would have no name
    commands = places()
    named = words[0] if words else ""
    if named in commands:
        app.command(name=named)(resolve_name(commands[named]))
    else:
        for name, place in commands.items():
            app.command(name=name)(_described(place))
    return app


def places() -> dict[str, str]:
    """Every command, and where it is."""
    return {**OURS, **{entry.name: entry.value for entry in entry_points(group=GROUP)}}


def _root() -> None: ...


def _described(place: str) -> Callable[[], None]:
    """Stands for a command in the help: it has its text, read without importing it."""

    def stand_in() -> None: ...

    stand_in.__doc__ = _text_of(place)
    return stand_in


def _text_of(place: str) -> str | None:
    module, _, name = place.partition(":")
    for file in _files(module):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return ast.get_docstring(node)
    command: Any = resolve_name(place)
    return str(command.__doc__)


def _files(module: str) -> list[Path]:
    """Where its source may be. `find_spec` of a module in a package would import the package."""
    top, *inside = module.split(".")
    spec = find_spec(top)
    found = [
        Path(folder, *inside).with_suffix(".py")
        for folder in (spec and spec.submodule_search_locations) or ()
    ]
    return [file for file in found if file.is_file()]
