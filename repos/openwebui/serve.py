"""`serve`: Open WebUI's own command of that name, with the wired application in place of its own."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from dualwrite.errors import ConfigurationError
from repos.openwebui.metrics import answered, name_folder
from repos.openwebui.places import PACKAGE
from repos.openwebui.settings import WiringSettings
from repos.openwebui.wiring import prepare

THEIRS = f"{PACKAGE}.main:app"
OURS = "repos.openwebui.application:application"


def serve(arguments: Sequence[str], wiring: WiringSettings) -> None:
    """Run `open-webui serve` with these arguments, in this process. Each worker it starts wires the application it loads.

    Raises:
        ConfigurationError: this Open WebUI does not fit, its database is not as it must be, or it starts its server in a way
            that is not known.
    """
    if wiring.metrics_port is not None:
        name_folder()
    # Its command says so before it imports anything of its own; without it, it looks for its page beside a source tree.
    os.environ["FROM_INIT_PY"] = "true"
    prepare(wiring.backend)
    command: Any = importlib.import_module(PACKAGE)
    uvicorn = importlib.import_module("uvicorn")

    def run(app: str, **options: Any) -> None:
        if app != THEIRS:
            raise ConfigurationError(f"`open-webui serve` starts {app}, and {THEIRS} is known")
        with nullcontext() if wiring.metrics_port is None else answered(wiring) as address:
            if address:
                print(f"metrics of all workers at {address}", file=sys.stderr, flush=True)
            uvicorn.run(OURS, factory=True, **options)

    # All that the command does before (its secret key, its libraries) stays its own; what it hands to the server is ours.
    command.uvicorn = SimpleNamespace(run=run)
    command.app(["serve", *arguments], prog_name="open-webui")
