"""Small databases and running servers for the command line."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from dualwrite.errors import ConfigurationError
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBase, find_binary
from dualwrite.pocketbase.schema import _collections
from dualwrite.rehearse.material import Size
from repos.entities import ENTITIES, PREFIX
from repos.rehearsal.material import OpenWebUIRehearsal
from tests.cli.command import Here
from tests.fixtures.absent import absent


@dataclass(frozen=True)
class Place:
    """A database, a server, and the settings that name both."""

    database: Path
    server: EmbeddedPocketBase
    before: str

    @property
    def settings(self) -> dict[str, str]:
        """For the environment."""
        return {
            "DUALWRITE_SQL_URL": f"sqlite:///{self.database}",
            "DUALWRITE_PB_URL": self.server.url,
            "DUALWRITE_PB_IDENTITY": self.server.identity,
            "DUALWRITE_PB_PASSWORD": self.server.password,
            "DUALWRITE_PB_TIMEOUT": "2",
        }

    def assert_untouched(self) -> None:
        """Neither side was changed."""
        assert digest(self.database) == self.before
        with connection(self.server) as pb:
            assert [name for name in _collections(pb.session) if name.startswith(PREFIX)] == []


def connection(server: EmbeddedPocketBase) -> PocketBase:
    """A superuser's connection."""
    return PocketBase.connect(
        server.url, identity=server.identity, password=server.password, prefix=PREFIX, entities=ENTITIES
    )


def digest(file: Path) -> str:
    """Of a file's bytes."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def execute(database: Path, *statements: str) -> None:
    """Change a database behind everybody's back."""
    with closing(sqlite3.connect(database, timeout=10)) as driver:
        for statement in statements:
            driver.execute(statement)
        driver.commit()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small generated database, copied before anybody writes to it."""
    path = tmp_path_factory.mktemp("cli") / "webui.db"
    OpenWebUIRehearsal().create(f"sqlite:///{path}", Size(users=4, rows=30, row_bytes=1500))
    return path


@pytest.fixture
def webui(sample: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(sample, tmp_path / "webui.db"))


@pytest.fixture(scope="session")
def bare() -> Iterator[EmbeddedPocketBase]:
    """A PocketBase with neither hooks nor collections, which no test changes for good."""
    try:
        find_binary()
    except ConfigurationError as error:
        absent("PocketBase", str(error))
    with EmbeddedPocketBase() as server:
        yield server


@pytest.fixture
def place(webui: Path, bare: EmbeddedPocketBase) -> Place:
    """An untouched database and an untouched server."""
    return Place(webui, bare, digest(webui))


@pytest.fixture
def hooked(webui: Path) -> Iterator[Place]:
    """A database and a server of the test's own, hooks installed and nothing else done."""
    with EmbeddedPocketBase(hooks=(ENTITIES, PREFIX)) as server:
        yield Place(webui, server, digest(webui))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """The command line in this process."""
    return Here(monkeypatch, capsys)
