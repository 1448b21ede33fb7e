"""The real stores behind the ports, empty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from dualwrite.entity import Entity, Kind
from dualwrite.phase import Phase, Reads
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBase, PocketBaseStore, apply_schema
from dualwrite.sql import Database, SqlControl, SqlJournal, SqlStore, install
from tests.domain import NOTES
from tests.ports.implementations import Stores

_TYPES = {Kind.BOOLEAN: "BOOLEAN", Kind.BIGINT: "BIGINT", Kind.JSON: "JSON"}


@contextmanager
def sqlite(request: pytest.FixtureRequest) -> Iterator[Stores]:
    folder: Path = request.getfixturevalue("tmp_path")
    with _sql(Database.open(f"sqlite:///{folder / 'notes.db'}", owned=True)) as stores:
        yield stores


@contextmanager
def postgresql(request: pytest.FixtureRequest) -> Iterator[Stores]:
    with _sql(Database.open(request.getfixturevalue("postgres_url"))) as stores:
        yield stores


@contextmanager
def _sql(database: Database) -> Iterator[Stores]:
    columns = ", ".join(
        f'"{column.name}" {_TYPES.get(column.kind, "TEXT")}{"" if column.nullable else " NOT NULL"}'
        for column in NOTES.columns
    )
    with database.write() as connection:
        connection.execute(text(f'CREATE TABLE "{NOTES.table}" ({columns}, PRIMARY KEY (id))'))
    install(database, [NOTES], "tests")
    control, store, journal = SqlControl(database), SqlStore(database), SqlJournal(database)
    control.change(expect=Phase.SQL_ONLY, to=Phase.DUAL, reads=Reads.SQL, actor="tests", why="begin")

    def wait(seconds: float) -> None:
        """Time passes where the clock cannot be moved: everything else becomes older."""
        with database.write() as connection:
            for table, names in {
                "dualwrite_obligation": ("created", "not_before", "lease_until", "paid_at"),
                "dualwrite_lease": ("until",),
            }.items():
                moved = ", ".join(f"{name} = {name} - :seconds" for name in names)
                connection.execute(text(f"UPDATE {table} SET {moved}"), {"seconds": seconds})

    try:
        yield Stores(
            reader=store,
            writer=store,
            journal=journal,
            control=control,
            seed=store.put,
            wait=wait,
            trigger=lambda entity, keys: journal.owe(entity.name, keys, hold=0.0),
        )
    finally:
        database.close()


@contextmanager
def pocketbase(request: pytest.FixtureRequest) -> Iterator[Stores]:
    with _records(request, hooks=True) as stores:
        yield stores


@contextmanager
def pocketbase_without_hooks(request: pytest.FixtureRequest) -> Iterator[Stores]:
    with _records(request, hooks=False) as stores:
        yield stores


@contextmanager
def _records(request: pytest.FixtureRequest, *, hooks: bool) -> Iterator[Stores]:
    server: EmbeddedPocketBase = request.getfixturevalue("notes_server")
    prefix = "ports_" if hooks else "plain_"
    with PocketBase.connect(
        server.url, identity=server.identity, password=server.password, prefix=prefix, entities=[NOTES]
    ) as connection:
        apply_schema(connection, [NOTES], enable_batch=True)
        store = PocketBaseStore(connection)
        assert store.exact is hooks
        clear(store, NOTES)
        yield Stores(reader=store, writer=store, seed=store.put)


def clear(store: PocketBaseStore, entity: Entity) -> None:
    """Delete every record."""
    while rows := store.scan(entity):
        store.delete(entity, [entity.key_of(row) for row in rows])
