"""The backends that every contract suite runs on: a backend is one entry of `BACKENDS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from dualwrite.codec import canonical_json
from dualwrite.entity import Entity, Row
from dualwrite.pocketbase import PocketBaseStore
from dualwrite.ports import Store
from dualwrite.sql import Database, SqlStore
from repos import Repositories
from repos.entities import PREFIX
from repos.migration import openwebui, pocketbase
from repos.rehearsal.schema import create
from repos.rules.dialect import Dialect
from tests.fixtures.openwebui import PLAIN_PREFIX, openwebui_connection


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

    def text(self, json: str) -> str:
        """JSON text as this backend gives it back: without hooks, PocketBase does not keep its spacing."""
        return json if self.store.exact else canonical_json(json)

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


def _pocketbase(dialect: Dialect, prefix: str = PREFIX) -> Make:
    @contextmanager
    def make(request: pytest.FixtureRequest, _: pytest.TempPathFactory) -> Iterator[Backend]:
        with openwebui_connection(request.getfixturevalue("openwebui_server"), prefix) as server:
            adapters = Repositories(pocketbase(server, dialect=dialect))
            yield Backend("pocketbase", dialect, adapters, PocketBaseStore(server))

    return make


BACKENDS: dict[str, Make] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "pocketbase": _pocketbase("sqlite"),
    "pocketbase-after-postgresql": _pocketbase("postgresql"),
    "pocketbase-without-hooks": _pocketbase("sqlite", PLAIN_PREFIX),
}
