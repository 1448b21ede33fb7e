"""`connect`: one object for every backend, built from settings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dualwrite.contract import methods_of
from dualwrite.errors import ConfigurationError
from dualwrite.pocketbase import EmbeddedPocketBase
from repos import connect
from repos.migration import openwebui
from repos.rehearsal.schema import create

_ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SQL_URL", "PB_URL", "PB_IDENTITY", "PB_PASSWORD", "PB_TOKEN"):
        monkeypatch.delenv(f"DUALWRITE_{name}", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture
def sql_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'webui.db'}"
    create(url)
    return url


def test_sql(sql_url: str) -> None:
    with connect("sql", sql_url=sql_url) as repos:
        assert repos.tags.insert_new_tag("x", "ann") is not None
    with connect("sql", sql_url=sql_url) as repos:
        assert len(repos.tags.get_tags_by_user_id("ann")) == 1


def test_settings_come_from_the_environment(sql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", sql_url)
    with connect("sql") as repos:
        assert repos.groups.get_groups() == []
    monkeypatch.setenv("DUALWRITE_SQL_URL", "sqlite:////nowhere/at/all.db")
    with pytest.raises(ConfigurationError, match="no SQLite database"), connect("sql"):
        pass


def test_pocketbase(openwebui_server: EmbeddedPocketBase) -> None:
    login = {"pb_identity": openwebui_server.identity, "pb_password": openwebui_server.password}
    with connect("pocketbase", pb_url=openwebui_server.url, **login) as repos:
        made = repos.folders.get_folders_by_user_id("nobody")
    assert made == []


def test_what_is_missing_is_named(sql_url: str) -> None:
    with pytest.raises(ConfigurationError, match="DUALWRITE_SQL_URL"), connect("sql"):
        pass
    with pytest.raises(ConfigurationError, match="DUALWRITE_PB_URL"), connect("pocketbase"):
        pass
    nowhere = connect("pocketbase", pb_url="http://127.0.0.1:1")
    with pytest.raises(ConfigurationError, match="DUALWRITE_PB_IDENTITY"), nowhere:
        pass


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.db").touch()
    other = connect("sql", sql_url=f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(ConfigurationError, match="not an Open WebUI database"), other:
        pass


def test_every_contract_has_an_adapter_on_both_sides() -> None:
    from repos import pocketbase, sql

    assert list(sql.ADAPTERS) == list(pocketbase.ADAPTERS) == list(openwebui.contracts)
    for name, contract in openwebui.contracts.items():
        for adapter in (sql.ADAPTERS[name], pocketbase.ADAPTERS[name]):
            assert adapter.contract is contract
            assert all(callable(getattr(adapter, method)) for method in methods_of(contract))


@pytest.mark.parametrize(
    ("backend", "banned"), [("pocketbase", ("sqlalchemy",)), ("sql", ("httpx", "dualwrite.pocketbase"))]
)
def test_one_side_imports_nothing_of_the_other(
    backend: str, banned: tuple[str, ...], openwebui_server: EmbeddedPocketBase, sql_url: str
) -> None:
    program = (
        "import sys\n"
        "from repos import connect\n"
        f"with connect({backend!r}) as repos: repos.tags.get_tags_by_user_id('ann')\n"
        f"print([name for name in {banned!r} if name in sys.modules])\n"
    )
    assert _said(["-c", program], openwebui_server, DUALWRITE_SQL_URL=sql_url) == "[]\n"


def test_pocketbase_alone_needs_nothing_of_the_sql_side(openwebui_server: EmbeddedPocketBase) -> None:
    """In an interpreter in which SQLAlchemy, the drivers and whatever else only a migration needs cannot be imported."""
    said = json.loads(_said(["-m", "tests.contract.without_sql"], openwebui_server))
    assert said["loaded"] == []
    assert said["alone"] == [], "importing `repos` loads neither store"
    assert list(said["answered"]) == list(openwebui.contracts)
    for name, contract in openwebui.contracts.items():
        # All but those that need no argument, and the one that asks no store.
        assert sum(said["answered"][name].values()) >= len(methods_of(contract)) / 2
        assert min(said["answered"][name][kind] for kind in ("read", "write")) >= 1


def _said(arguments: list[str], server: EmbeddedPocketBase, **environment: str) -> str:
    """What another Python prints, with the server in its environment."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=_ROOT,
        env={
            **environment,
            "DUALWRITE_PB_URL": server.url,
            "DUALWRITE_PB_IDENTITY": server.identity,
            "DUALWRITE_PB_PASSWORD": server.password,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
