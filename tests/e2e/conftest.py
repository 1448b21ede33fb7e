"""Empty Open WebUI databases, and folders for what is left to look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.application import ROOT
from tests.e2e.deployment import copied, make_schema
from tests.e2e.stage import Blank, Stage

PICTURES = ROOT / "build" / "e2e"


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


@pytest.fixture(scope="module")
def stage(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Every test of a module compares with the same run of the untouched application."""
    return Stage(blank, tmp_path_factory.mktemp("api"))
