"""Repositories on stores that cannot, may not or must not do what they are asked: each a context manager."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import event

from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.sql import Database
from repos import Repositories, connect
from repos.migration import openwebui
from repos.rehearsal.schema import create

Place = pytest.FixtureRequest
"""Where the servers and folders of a test are had from."""


@contextmanager
def sql(url: str, *, read_only: bool = False) -> Iterator[Repositories]:
    """Repositories on a SQL database, which need not be in order."""
    database = Database.open(url, read_only=read_only)
    try:
        yield Repositories(openwebui.sql(database))
    finally:
        database.close()


def sqlite_url(place: Place) -> str:
    """A new Open WebUI database."""
    folder: Path = place.getfixturevalue("tmp_path")
    url = f"sqlite:///{folder / 'webui.db'}"
    create(url)
    return url


def postgresql_url(place: Place) -> str:
    """A new Open WebUI database."""
    url: str = place.getfixturevalue("postgres_url")
    create(url)
    return url


def server(place: Place) -> EmbeddedPocketBase:
    """A PocketBase with the collections."""
    found: EmbeddedPocketBase = place.getfixturevalue("openwebui_server")
    return found


@contextmanager
def through(url: str, running: EmbeddedPocketBase) -> Iterator[Repositories]:
    """Repositories that reach a server over another address: logged in, the hooks found."""
    login = {"pb_identity": running.identity, "pb_password": running.password}
    with connect("pocketbase", pb_url=url, **login) as repos:
        assert repos.tags.get_tags_by_user_id("nobody") == []
        yield repos


# ---- unauthorised


@contextmanager
def postgresql_without_rights(place: Place) -> Iterator[Repositories]:
    """A role that may connect and no more."""
    url = postgresql_url(place)
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "DO $$ BEGIN CREATE ROLE nobody_here; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
    with sql(f"{url}&options=-crole%3Dnobody_here") as repos:
        yield repos


@contextmanager
def sqlite_read_only(place: Place) -> Iterator[Repositories]:
    """A file that is opened for reading."""
    with sql(sqlite_url(place), read_only=True) as repos:
        yield repos


@contextmanager
def postgresql_read_only(place: Place) -> Iterator[Repositories]:
    """A session that may only read."""
    with sql(postgresql_url(place), read_only=True) as repos:
        yield repos


@contextmanager
def pocketbase_wrong_password(place: Place) -> Iterator[Repositories]:
    """An identity whose password is another one."""
    running = server(place)
    with connect("pocketbase", pb_url=running.url, pb_identity=running.identity, pb_password="no") as repos:
        yield repos


@contextmanager
def pocketbase_expired_token(place: Place) -> Iterator[Repositories]:
    """A superuser's token, a second too late."""
    running = server(place)
    with superuser(running) as admin:
        record = admin.post("/api/collections/_superusers/auth-refresh").json()["record"]
        impersonate = f"/api/collections/_superusers/impersonate/{record['id']}"
        token = admin.post(impersonate, json={"duration": 1}).json()["token"]
    time.sleep(1.1)
    with connect("pocketbase", pb_url=running.url, pb_token=token) as repos:
        yield repos


@contextmanager
def pocketbase_no_superuser(place: Place) -> Iterator[Repositories]:
    """One of PocketBase's own users, who may see nothing of ours."""
    running = server(place)
    login = {"password": "password-of-a-guest", "email": "guest@example.com"}
    with superuser(running) as admin:
        admin.post("/api/collections/users/records", json={**login, "passwordConfirm": login["password"]})
    asked = {"identity": login["email"], "password": login["password"]}
    token = httpx.post(f"{running.url}/api/collections/users/auth-with-password", json=asked).json()["token"]
    with connect("pocketbase", pb_url=running.url, pb_token=token) as repos:
        yield repos


def superuser(running: EmbeddedPocketBase) -> httpx.Client:
    """Bare HTTP as whoever runs the server; a context manager."""
    asked = {"identity": running.identity, "password": running.password}
    answer = httpx.post(f"{running.url}/api/collections/_superusers/auth-with-password", json=asked)
    return httpx.Client(base_url=running.url, headers={"Authorization": answer.json()["token"]})


# ---- unavailable


@contextmanager
def sqlite_locked(place: Place) -> Iterator[Repositories]:
    """A file that another process keeps to itself."""
    url = sqlite_url(place)
    database = Database.open(url)
    event.listen(database.engine, "connect", lambda driver, _: driver.execute("PRAGMA busy_timeout = 1"))
    database.engine.dispose()
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield Repositories(openwebui.sql(database))
    finally:
        other.close()
        database.close()


@contextmanager
def postgresql_stopped(place: Place) -> Iterator[Repositories]:
    """A database that ends its connections and takes no new ones."""
    url = postgresql_url(place)
    admin_url: str = place.getfixturevalue("postgres_server")
    with sql(url) as repos, psycopg.connect(admin_url, autocommit=True) as admin:
        repos.users.has_users()  # the pool has a connection that will be dead
        with psycopg.connect(url) as here:
            name = here.execute("SELECT current_database()").fetchone()[0]  # type: ignore[index]
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        try:
            yield repos
        finally:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@contextmanager
def pocketbase_stopped(_: Place) -> Iterator[Repositories]:
    """Nothing listens where PocketBase should."""
    with connect("pocketbase", pb_url="http://127.0.0.1:1", pb_token="none") as repos:
        yield repos


# ---- not as it must be


@contextmanager
def sqlite_without_tables(place: Place) -> Iterator[Repositories]:
    """A database of something else."""
    path: Path = place.getfixturevalue("tmp_path") / "other.db"
    path.touch()
    with sql(f"sqlite:///{path}") as repos:
        yield repos


@contextmanager
def postgresql_without_tables(place: Place) -> Iterator[Repositories]:
    """A database of something else."""
    with sql(place.getfixturevalue("postgres_url")) as repos:
        yield repos


@contextmanager
def pocketbase_without_collections(place: Place) -> Iterator[Repositories]:
    """A server on which `dualwrite init` has not run."""
    running = server(place)
    monkeypatch: pytest.MonkeyPatch = place.getfixturevalue("monkeypatch")
    monkeypatch.setenv("DUALWRITE_PREFIX", "elsewhere_")
    login = {"pb_identity": running.identity, "pb_password": running.password}
    with connect("pocketbase", pb_url=running.url, **login) as repos:
        yield repos
