"""Whether a database is the one that the entities were declared for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dualwrite.entity import Column, Entity, Kind
from dualwrite.sql import Database, check_tables
from tests.sql.notes import ENTITIES, NOTE, Writer, create_tables


@pytest.fixture
def tables(database: Database) -> Database:
    create_tables(database)
    return database


def test_as_declared(tables: Database) -> None:
    assert check_tables(tables, ENTITIES) == []


def test_installed_is_still_as_declared(installed: Database) -> None:
    assert check_tables(installed, ENTITIES) == []


def test_no_table(database: Database) -> None:
    assert check_tables(database, (NOTE,)) == ["there is no table note"]


def changed(**columns: Column | None) -> Entity:
    """NOTE with some columns declared otherwise, or not at all."""
    kept = {column.name: column for column in NOTE.columns} | columns
    return replace(NOTE, columns=tuple(column for column in kept.values() if column is not None))


@pytest.mark.parametrize(
    ("entity", "says"),
    [
        (changed(title=None), "note.title is not declared"),
        (changed(more=Column("more")), "note.more is missing"),
        (changed(title=Column("title", nullable=True)), "note.title may not be NULL"),
        (changed(time_ns=Column("time_ns", Kind.BIGINT)), "note.time_ns may be NULL"),
        (changed(stars=Column("stars")), "note.stars is BIGINT, not text"),
        (changed(title=Column("title", Kind.BOOLEAN)), "note.title is TEXT, not boolean"),
        (changed(day=Column("day", Kind.JSON, nullable=True)), "note.day is DATE, not json"),
        (replace(NOTE, key=("title",)), "note has no unique index on title"),
    ],
)
def test_differences(tables: Database, entity: Entity, says: str) -> None:
    assert check_tables(tables, (entity,)) == [says]


def test_jsonb_keeps_no_text(postgres: Database) -> None:
    create_tables(postgres)
    with postgres.write() as connection:
        connection.exec_driver_sql("ALTER TABLE note ALTER meta TYPE jsonb")
    assert check_tables(postgres, (NOTE,)) == ["note.meta is JSONB, not json"]


def test_a_partial_unique_index_does_not_make_a_key(tables: Database, writer: Writer) -> None:
    writer("DROP INDEX note_id" if writer.sqlite else "DROP INDEX note_id CASCADE")
    writer("CREATE UNIQUE INDEX note_id ON note (id) WHERE stars > 0")
    assert check_tables(tables, (NOTE,)) == ["note has no unique index on id"]
