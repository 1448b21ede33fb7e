"""Empty Open WebUI databases, and folders for what is left to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.application import ROOT
from tests.e2e.deployment import copied, make_schema

PICTURES = ROOT / "build" / "e2e"

Blank = Callable[[str, Path], str]
"""Makes an Open WebUI database with nobody in it, on `sqlite` in that folder or on `postgresql`, and says its URL."""


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Blank:
    """Open WebUI's own migrations run once on SQLite; its file is copied."""
    templates: list[Path] = []

    def make(dialect: str, folder: Path) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        if dialect == "postgresql":
            url = str(request.getfixturevalue("postgres_database")())
            make_schema(url, folder / "schema")
            return url
        if not templates:
            template = tmp_path_factory.mktemp("template") / "webui.db"
            make_schema(f"sqlite:///{template}", template.parent)
            templates.append(template)
        return copied(templates[0], folder)

    return make
