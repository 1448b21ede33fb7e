"""Our declarations against databases that Open WebUI's own migrations made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import String, inspect, text

from dualwrite.entity import Kind
from dualwrite.errors import ConfigurationError
from dualwrite.sql import Database, check_tables
from repos.entities import ENTITIES, SCHEMA_HEAD
from repos.migration import openwebui
from repos.rules.dialect import JSON_IN_TEXT, VARCHAR


@pytest.fixture(scope="module")
def database(openwebui_url: str) -> Iterator[Database]:
    database = Database.open(openwebui_url)
    yield database
    database.close()


def test_every_column_kind_null_and_key_is_as_declared(database: Database) -> None:
    assert check_tables(database, ENTITIES) == []


def test_the_migration_accepts_the_database(database: Database) -> None:
    openwebui.check(database)


def test_columns_are_declared_in_the_order_of_the_tables(database: Database) -> None:
    """Except where SQLite and PostgreSQL differ from each other."""
    inspector = inspect(database.engine)
    for entity in ENTITIES:
        real = [column["name"] for column in inspector.get_columns(entity.table)]
        assert sorted(real) == sorted(column.name for column in entity.columns), entity.name


def test_keys_are_the_primary_keys(database: Database) -> None:
    """Where the older tables have one: their key is a unique index named after it."""
    inspector = inspect(database.engine)
    for entity in ENTITIES:
        primary = tuple(inspector.get_pk_constraint(entity.table)["constrained_columns"])
        assert primary in ((), entity.key), entity.name


def test_unique_indexes_are_declared(database: Database) -> None:
    inspector = inspect(database.engine)
    for entity in ENTITIES:
        real = {
            tuple(index["column_names"]) for index in inspector.get_indexes(entity.table) if index["unique"]
        } - {entity.key}
        assert real == {index.columns for index in entity.indexes if index.unique}, entity.name


def test_lengths_are_declared(database: Database) -> None:
    inspector = inspect(database.engine)
    for entity in ENTITIES:
        real = {
            column["name"]: column["type"].length
            for column in inspector.get_columns(entity.table)
            if isinstance(column["type"], String) and column["type"].length
        }
        assert real == VARCHAR.get(entity.name, {}), entity.name


def test_json_kept_as_text_is_declared(database: Database) -> None:
    """By PostgreSQL: SQLite's types say nothing."""
    if database.dialect == "sqlite":
        return
    inspector = inspect(database.engine)
    for entity in ENTITIES:
        types = {column["name"]: column["type"] for column in inspector.get_columns(entity.table)}
        real = {
            column.name
            for column in entity.columns
            if column.kind is Kind.JSON and isinstance(types[column.name], String)
        }
        assert real == JSON_IN_TEXT.get(entity.name, set()), entity.name


def test_the_head_is_the_newest_revision(database: Database) -> None:
    with database.read() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == SCHEMA_HEAD


def test_another_schema_is_refused_in_one_line(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    try:
        with pytest.raises(ConfigurationError, match=r"schema older, and a5c220713937 is needed") as refusal:
            openwebui.check(database)
        assert "\n" not in str(refusal.value)
    finally:
        with database.write() as connection:
            connection.execute(text(f"UPDATE alembic_version SET version_num = '{SCHEMA_HEAD}'"))


def test_any_other_database_is_refused_in_one_line(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'other.db'}", owned=True)
    try:
        with pytest.raises(ConfigurationError, match="not an Open WebUI database") as refusal:
            openwebui.check(database)
        assert "\n" not in str(refusal.value)
    finally:
        database.close()
