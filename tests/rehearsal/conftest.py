"""One sample that most tests only read."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from dualwrite.rehearse.material import Size
from repos.rehearsal.material import OpenWebUIRehearsal

SIZE = Size(users=60, rows=600, row_bytes=4000, seed=7)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, int]]:
    """A generated SQLite file and its row counts."""
    path = tmp_path_factory.mktemp("sample") / "webui.db"
    return path, OpenWebUIRehearsal().create(f"sqlite:///{path}", SIZE)
