"""What the command line loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = """
import sys
from dualwrite.cli.app import build
import typer
application = typer.main.get_command(build(sys.argv[1:]))
print(" ".join(application.commands))
print(" ".join(name for name in ("sqlalchemy", "httpx", "jinja2", "repos", "reports") if name in sys.modules))
"""


def loaded(*words: str) -> tuple[list[str], list[str]]:
    """The commands that are there, and which of the heavy packages came with them."""
    told = subprocess.run(
        [sys.executable, "-c", LOADED, *words], capture_output=True, text=True, check=True
    ).stdout
    commands, packages = told.splitlines()
    return commands.split(), packages.split()


@pytest.mark.parametrize("words", [(), ("--help",), ("nonsense",)])
def test_the_help_has_every_command_and_loads_none(words: tuple[str, ...]) -> None:
    commands, packages = loaded(*words)
    assert {"rehearse", "cutover", "report", "metrics"} <= set(commands)
    assert packages == []


def test_a_command_that_is_named_is_the_only_one() -> None:
    commands, packages = loaded("status", "--json")
    assert commands == ["status"]
    assert "sqlalchemy" in packages
