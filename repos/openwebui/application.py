"""The wired application, for any ASGI server: `uvicorn --factory repos.openwebui.application:application`."""

from __future__ import annotations

import importlib
from typing import Any

from repos.openwebui.places import PACKAGE
from repos.openwebui.wiring import install


def application() -> Any:
    """Open WebUI's FastAPI application, wired before any of it is imported. Raises `ConfigurationError` as `install`."""
    install()
    app = importlib.import_module(f"{PACKAGE}.main").app
    install(app)
    return app
