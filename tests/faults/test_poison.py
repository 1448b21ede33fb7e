"""Rows that PocketBase cannot hold: named by key and column wherever one looks, never altered, never in the way of others."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest

from dualwrite import Adapter, Column, Entity, Migration, Settings, read
from dualwrite.backfill import Backfill
from dualwrite.cli.status import _status
from dualwrite.dialect import Dialect
from dualwrite.entity import Kind
from dualwrite.metrics.catalogue import STUCK
from dualwrite.metrics.stored import of_journal
from dualwrite.parts import Parts
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBase, json_io
from dualwrite.pocketbase.names import collection_name
from dualwrite.pocketbase.session import Request
from dualwrite.setup import initialise
from dualwrite.sql import Database
from tests.fixtures.faults import SHORT, go_dual
from tests.fixtures.pocketbase import NEWEST, pocketbase_binary

PREFIX = "rocks_"
ROCK = Entity(
    "rock",
    table="rock",
    collection="rocks",
    key=("id",),
    columns=(Column("id"), Column("text", nullable=True), Column("meta", Kind.JSON, nullable=True)),
)
LONGEST = 200  # characters, once somebody has set the field's limit by hand
POISON = {
    "nan": ("'t'", """'{"weights": [1, NaN]}'"""),
    "infinity": ("'t'", "'{\"at\": -Infinity}'"),
    "no json": ("'t'", "'{\"at\": '"),
    "surrogate": ("CAST(x'61eda08062' AS TEXT)", "NULL"),
    "not utf-8": ("CAST(x'61ff62' AS TEXT)", "NULL"),
}
COLUMNS = {"nan": "meta", "infinity": "meta", "no json": "meta", "surrogate": "text", "not utf-8": "text"}
LONG = "too long"


class IRocks(Protocol):
    @read()
    def get(self, id: str) -> bool: ...


class Rocks(Adapter, IRocks, contract=IRocks):
    def get(self, id: str) -> bool:
        return bool(id)


def _sql(database: Database) -> Mapping[str, IRocks]:
    return {"rocks": Rocks()}


def _pocketbase(pocketbase: PocketBase, dialect: Dialect) -> Mapping[str, IRocks]:
    return {"rocks": Rocks()}


rocks = Migration(
    PREFIX.rstrip("_"), contracts={"rocks": IRocks}, entities=(ROCK,), sql=_sql, pocketbase=_pocketbase
)


@pytest.fixture(scope="module", params=["hooks", "api"])
def server(request: pytest.FixtureRequest) -> Iterator[EmbeddedPocketBase]:
    hooks = ((ROCK,), PREFIX) if request.param == "hooks" else None
    with EmbeddedPocketBase(binary=pocketbase_binary(NEWEST), hooks=hooks) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rocks.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE rock (id TEXT PRIMARY KEY NOT NULL, text TEXT, meta TEXT)")
        connection.commit()
    return path


@pytest.fixture
def parts(server: EmbeddedPocketBase, file: Path) -> Iterator[Parts]:
    settings = Settings.load(
        sql_url=f"sqlite:///{file}",
        pb_url=server.url,
        pb_identity=server.identity,
        pb_password=server.password,
    )
    opened = Parts.open(rocks, settings, timing=SHORT)
    list(initialise(opened, without_hooks=opened.pocketbase.hooks() is None))
    collection = collection_name(PREFIX, ROCK)
    session = opened.pocketbase.session
    session.send(Request("DELETE", f"/api/collections/{collection}/truncate", "truncate", writes=True))
    yield opened
    opened.close()


def write(file: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(file, timeout=20)) as connection:
        connection.execute(statement, values)
        connection.commit()


def write_poison(file: Path) -> list[str]:
    for name, (text, meta) in POISON.items():
        write(file, f"INSERT INTO rock VALUES ('{name}', {text}, {meta})")
    for number in range(5):
        write(file, "INSERT INTO rock VALUES (?, 'good', '[]')", f"good-{number}")
    return sorted(POISON)


def as_it_lies(file: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(
            "SELECT id, hex(CAST(text AS BLOB)), hex(CAST(meta AS BLOB)) FROM rock ORDER BY id"
        ).fetchall()


def assert_named(parts: Parts, poison: list[str]) -> None:
    """Status, metrics and verify name the very same keys, and the good ones are in PocketBase."""
    status = _status(parts)
    named = {row["key"][0]: row["error"] for row in status["stuck"]}
    assert named == {key: f"Unrepresentable: {COLUMNS[key]}" for key in poison}
    assert [row["stuck"] for row in status["journal"]] == [len(poison)]
    samples = of_journal(["rock"], parts.journal.state())
    assert [sample.value for sample in samples if sample.metric is STUCK] == [len(poison)]
    (verified,) = parts.verify().run([ROCK])
    assert verified.differing == 0
    assert verified.lagging == len(poison), "known, owed, and not passed over"
    assert sorted((one.key[0], one.path, one.kind) for one in verified.refused) == [
        (key, COLUMNS[key], "Unrepresentable") for key in poison
    ]
    copied = parts.pb_store.scan(ROCK, limit=100)
    assert sorted(str(row["id"]) for row in copied) == [f"good-{number}" for number in range(5)]


def test_the_relay_names_them(parts: Parts, file: Path) -> None:
    go_dual(parts)
    poison = write_poison(file)
    before = as_it_lies(file)
    assert not parts.relay().drain(seconds=10), "stuck keys are left, and it says so"
    assert_named(parts, poison)
    assert as_it_lies(file) == before


def test_the_backfill_names_them(parts: Parts, file: Path) -> None:
    poison = write_poison(file)
    go_dual(parts)
    before = as_it_lies(file)
    (copied,) = Backfill(
        parts.sql_store, parts.pb_store, parts.journal, parts.control, owner=parts.owner
    ).run([ROCK])
    assert sorted(key[0] for key, _ in copied.refused) == poison
    assert {key[0]: reason.split()[1] for key, reason in copied.refused} == COLUMNS
    assert_named(parts, poison)
    assert as_it_lies(file) == before


def test_a_poison_row_that_is_mended_goes_its_way(parts: Parts, file: Path) -> None:
    go_dual(parts)
    write_poison(file)
    parts.relay().drain(seconds=10)
    write(file, "UPDATE rock SET text = 'mended', meta = '[1]'")
    write(file, "UPDATE dualwrite_obligation SET not_before = NULL")
    assert parts.relay().drain(seconds=10)
    assert _status(parts)["stuck"] == []
    (verified,) = parts.verify().run([ROCK])
    assert (verified.differing, verified.lagging, verified.refused) == (0, 0, [])


def test_a_value_over_a_limit_is_named_and_keeps_nobody(parts: Parts, file: Path) -> None:
    if parts.pocketbase.exact:
        pytest.skip("the hook routes write past the field's limits")
    session = parts.pocketbase.session
    path = f"/api/collections/{collection_name(PREFIX, ROCK)}"
    found = json_io.loads(session.send(Request("GET", path, "collection")))
    for field in found["fields"]:
        if field["name"] == "text":
            field["max"] = LONGEST
    body = json_io.dumps({"fields": found["fields"]})
    session.send(Request("PATCH", path, "collection", content=body, writes=True))
    go_dual(parts)
    write(file, "INSERT INTO rock VALUES (?, ?, NULL)", LONG, "x" * (LONGEST + 1))
    for number in range(20):
        write(file, "INSERT INTO rock VALUES (?, 'good', '[]')", f"good-{number:02}")
    assert not parts.relay().drain(seconds=10)
    assert [(row["key"], row["error"]) for row in _status(parts)["stuck"]] == [([LONG], "TooLarge")]
    (verified,) = parts.verify().run([ROCK])
    assert [(one.key, one.path, one.kind) for one in verified.refused] == [((LONG,), "$", "TooLarge")]
    assert verified.pocketbase_rows == 20
