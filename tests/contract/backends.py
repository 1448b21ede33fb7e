"""The backends that every contract suite runs on: a backend is one entry of `BACKENDS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from dualwrite.entity import Entity, Row
from dualwrite.ports import Store
from dualwrite.sql import Database, SqlStore
from repos import Repositories
from repos.migration import openwebui, pocketbase
from repos.rehearsal.schema import create
from repos.rules.dialect import Dialect


@dataclass(frozen=True)
class Backend:
    """Repositories on one backend, and its rows behind their back. `dialect` is what it behaves like."""

    name: str
    dialect: Dialect
    repos: Repositories
    store: Store

    def rows(self, entity: Entity) -> list[Row]:
        """Every row, by key."""
        return self.store.scan(entity, limit=10_000)

    def put(self, entity: Entity, *rows: Row) -> None:
        """Rows as another program could have left them; columns left out are NULL."""
        empty: Row = {column.name: None for column in entity.columns}
        self.store.put(entity, [empty | row for row in rows])

    def clear(self, entities: Sequence[Entity] = openwebui.entities) -> None:
        """Delete every row."""
        for entity in entities:
            keys = [entity.key_of(row) for row in self.rows(entity)]
            if keys:
                self.store.delete(entity, keys)


Make = Callable[[pytest.FixtureRequest, pytest.TempPathFactory], AbstractContextManager[Backend]]


@contextmanager
def _sqlite(_: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Iterator[Backend]:
    with _sql(f"sqlite:///{folders.mktemp('contract') / 'webui.db'}") as backend:
        yield backend


@contextmanager
def _postgresql(request: pytest.FixtureRequest, _: pytest.TempPathFactory) -> Iterator[Backend]:
    with _sql(request.getfixturevalue("postgres_database")()) as backend:
        yield backend


@contextmanager
def _sql(url: str) -> Iterator[Backend]:
    create(url)
    database = Database.open(url)
    try:
        adapters = Repositories(openwebui.sql(database))
        yield Backend(database.dialect, database.dialect, adapters, SqlStore(database))
    finally:
        database.close()


@contextmanager
def _pocketbase(request: pytest.FixtureRequest, _: pytest.TempPathFactory) -> Iterator[Backend]:
    server, store = request.getfixturevalue("openwebui_pocketbase")
    yield Backend("pocketbase", "sqlite", Repositories(pocketbase(server)), store)


@contextmanager
def _pocketbase_after_postgresql(
    request: pytest.FixtureRequest, _: pytest.TempPathFactory
) -> Iterator[Backend]:
    server, store = request.getfixturevalue("openwebui_pocketbase")
    adapters = Repositories(pocketbase(server, dialect="postgresql"))
    yield Backend("pocketbase", "postgresql", adapters, store)


BACKENDS: dict[str, Make] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "pocketbase": _pocketbase,
    "pocketbase-after-postgresql": _pocketbase_after_postgresql,
}
