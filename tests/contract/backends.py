"""The backends that every contract suite runs on: a backend is one entry of `BACKENDS`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass

import pytest

from dualwrite.backfill import Backfill
from dualwrite.codec import canonical_json
from dualwrite.dialect import Dialect
from dualwrite.entity import Entity, Key, Row
from dualwrite.parts import Parts
from dualwrite.phase import Phase, Reads
from dualwrite.pocketbase import PocketBaseStore
from dualwrite.ports import Store
from dualwrite.runtime import Runtime
from dualwrite.settings import Settings
from dualwrite.setup import initialise
from dualwrite.sql import Database, SqlStore
from repos import Repositories
from repos.entities import PREFIX
from repos.migration import openwebui, pocketbase
from repos.rehearsal.schema import create
from tests.fixtures.openwebui import PLAIN_PREFIX, openwebui_connection


@dataclass(frozen=True)
class Backend:
    """Repositories on one backend, and its rows behind their back. `dialect` is what it behaves like."""

    name: str
    dialect: Dialect
    repos: Repositories
    store: Store
    prove: Callable[[], None] = lambda: None
    """Asserts what else must hold after a test."""

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


def pocketbase_backend(dialect: Dialect, prefix: str = PREFIX) -> Make:
    @contextmanager
    def make(request: pytest.FixtureRequest, _: pytest.TempPathFactory) -> Iterator[Backend]:
        with openwebui_connection(request.getfixturevalue("openwebui_server"), prefix) as server:
            adapters = Repositories(pocketbase(server, dialect=dialect))
            yield Backend("pocketbase", dialect, adapters, PocketBaseStore(server))

    return make


def _dual(backend: str) -> Make:
    """The transitional repositories in phase `dual`, each write applied before its answer."""

    @contextmanager
    def make(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Iterator[Backend]:
        server = request.getfixturevalue("openwebui_server")
        if backend == "postgresql":
            url = request.getfixturevalue("postgres_database")()
        else:
            url = f"sqlite:///{folders.mktemp('dual') / 'webui.db'}"
        create(url)
        settings = Settings.load(
            sql_url=url,
            pb_url=server.url,
            pb_identity=server.identity,
            pb_password=server.password,
            apply="inline",
            sample_rate=1.0,
            relay=False,
        )
        with closing(Parts.open(openwebui, settings)) as parts:
            both = BothStores(parts.sql_store, parts.pb_store)
            for entity in openwebui.entities:
                both.delete(entity, [entity.key_of(row) for row in parts.pb_store.scan(entity, limit=10_000)])
            for _ in initialise(parts):
                pass
            parts.control.change(
                expect=Phase.SQL_ONLY, to=Phase.DUAL, reads=Reads.SQL, actor="test", why="contract suite"
            )
            Backfill(parts.sql_store, parts.pb_store, parts.journal, parts.control, owner="test").run(
                openwebui.entities
            )
            with Runtime.sharing(parts) as runtime:
                dialect = parts.database.dialect
                yield Backend(
                    "dual", dialect, Repositories(runtime.repositories), both, lambda: _prove_equal(runtime)
                )

    return make


@dataclass(frozen=True)
class BothStores:
    """SQL's rows; what a test puts or deletes behind the repositories' back goes to both."""

    sql: Store
    pocketbase: Store
    exact: bool = True

    def read(self, entity: Entity, keys: Collection[Key]) -> dict[Key, Row]:
        return self.sql.read(entity, keys)

    def scan(
        self, entity: Entity, *, after: Key | None = None, upto: Key | None = None, limit: int = 1000
    ) -> list[Row]:
        return self.sql.scan(entity, after=after, upto=upto, limit=limit)

    def count(self, entity: Entity) -> int:
        return self.sql.count(entity)

    def put(self, entity: Entity, rows: Sequence[Row]) -> None:
        self.sql.put(entity, rows)
        self.pocketbase.put(entity, rows)

    def delete(self, entity: Entity, keys: Collection[Key]) -> None:
        self.sql.delete(entity, keys)
        self.pocketbase.delete(entity, keys)


def _prove_equal(runtime: Runtime) -> None:
    """Nothing differed, and both stores hold the same rows, before any relay has been at work."""
    parts = runtime.parts
    assert runtime.drain(30.0)
    assert [one for one in parts.comparisons.summary() if one.get("confirmed")] == []
    for entity in openwebui.entities:
        assert parts.sql_store.scan(entity, limit=10_000) == parts.pb_store.scan(entity, limit=10_000)
    assert parts.relay().drain(seconds=30.0), "an obligation is left that cannot be paid"


BACKENDS: dict[str, Make] = {
    "dual-sqlite": _dual("sqlite"),
    "dual-postgresql": _dual("postgresql"),
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "pocketbase": pocketbase_backend("sqlite"),
    "pocketbase-after-postgresql": pocketbase_backend("postgresql"),
    "pocketbase-without-hooks": pocketbase_backend("sqlite", PLAIN_PREFIX),
}
