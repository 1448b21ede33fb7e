"""`serve`: Open WebUI's own command of that name, with the wired application in place of its own."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from dualwrite.errors import ConfigurationError
from repos.openwebui.places import PACKAGE
from repos.openwebui.wiring import check_installed

THEIRS = f"{PACKAGE}.main:app"
OURS = "repos.openwebui.application:application"


def serve(arguments: Sequence[str]) -> None:
    """Run `open-webui serve` with these arguments, in this process; its own workers are wired by the application they load.

    Raises:
        ConfigurationError: this Open WebUI does not fit, or starts its server in a way that is not known.
    """
    check_installed()
    command: Any = importlib.import_module(PACKAGE)
    uvicorn = importlib.import_module("uvicorn")

    def run(app: str, **options: Any) -> None:
        if app != THEIRS:
            raise ConfigurationError(f"`open-webui serve` starts {app}, and {THEIRS} is known")
        uvicorn.run(OURS, factory=True, **options)

    # All that the command does before (its secret key, its libraries) stays its own; what it hands to the server is ours.
    command.uvicorn = SimpleNamespace(run=run)
    command.app(["serve", *arguments], prog_name="open-webui")
