"""The tables we make are the tables Open WebUI makes."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from dualwrite.errors import ConfigurationError
from dualwrite.sql import Database
from repos.entities import ENTITIES
from repos.migration import check
from repos.rehearsal import schema
from repos.rehearsal.connection import connected
from repos.rehearsal.tables import TABLES, table
from tests.fixtures.openwebui import create_schema

NAMES = [each.name for each in TABLES] + ["alembic_version"]


def sqlite_shape(path: Path) -> dict[str, Any]:
    connection = sqlite3.connect(path)
    shape: dict[str, Any] = {}
    for name in NAMES:
        indexes = connection.execute(
            'SELECT name, "unique", origin FROM pragma_index_list(?)', (name,)
        ).fetchall()
        shape[name] = (
            connection.execute(
                "SELECT name, type, \"notnull\", replace(dflt_value, ' ', ''), pk FROM pragma_table_info(?)",
                (name,),
            ).fetchall(),
            sorted(
                (
                    *index,
                    connection.execute(
                        "SELECT name FROM pragma_index_info(?) ORDER BY seqno", index[:1]
                    ).fetchall(),
                )
                for index in indexes
            ),
        )
    shape["head"] = connection.execute("SELECT * FROM alembic_version").fetchall()
    connection.close()
    return shape


def postgresql_shape(url: str) -> dict[str, Any]:
    shape: dict[str, Any] = {}
    with connected(url) as connection:
        for name in NAMES:
            shape[name] = (
                connection.rows(
                    "SELECT column_name, data_type, character_maximum_length, is_nullable, column_default"
                    " FROM information_schema.columns WHERE table_name = ? AND table_schema = 'public'"
                    " ORDER BY ordinal_position",
                    (name,),
                ),
                connection.rows("SELECT indexdef FROM pg_indexes WHERE tablename = ? ORDER BY 1", (name,)),
                connection.rows(
                    "SELECT contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = ?::regclass"
                    " AND contype <> 'n' ORDER BY 1, 2",
                    (f'"{name}"',),
                ),
            )
        shape["head"] = connection.rows("SELECT * FROM alembic_version")
    return shape


def test_sqlite_schema_is_open_webuis(tmp_path: Path) -> None:
    create_schema(f"sqlite:///{tmp_path}/real.db", tmp_path / "data")
    schema.create(f"sqlite:///{tmp_path}/ours.db")
    assert sqlite_shape(tmp_path / "ours.db") == sqlite_shape(tmp_path / "real.db")


def test_postgresql_schema_is_open_webuis(postgres_url: str, tmp_path: Path) -> None:
    schema.create(postgres_url)
    ours = postgresql_shape(postgres_url)
    with connected(postgres_url) as connection:
        for name in NAMES:
            connection.execute(f'DROP TABLE "{name}"')
        connection.commit()
    create_schema(postgres_url, tmp_path / "data")
    assert ours == postgresql_shape(postgres_url)


def test_passes_the_migrations_own_check(database_url: str) -> None:
    schema.create(database_url)
    database = Database.open(database_url)
    check(database)
    database.close()


def test_tables_and_entities_name_the_same_columns() -> None:
    for entity in ENTITIES:
        declared = {(column.name, column.nullable) for column in entity.columns}
        assert {(column.name, not column.required) for column in table(entity.table).columns} == declared


def test_refuses_a_database_that_is_not_empty(database_url: str) -> None:
    schema.create(database_url)
    schema.create(database_url)  # tables without rows are left as they are
    with connected(database_url) as connection:
        connection.execute("INSERT INTO tag (id, name, user_id) VALUES ('a', 'A', 'u')")
        connection.commit()
    with pytest.raises(ConfigurationError, match="not empty: there are rows in the table tag"):
        schema.create(database_url)
    with connected(database_url) as connection:
        connection.execute("DROP TABLE tag")
        connection.commit()
    with pytest.raises(ConfigurationError, match="holds some of Open WebUI's tables"):
        schema.create(database_url)


def test_refuses_a_database_open_webui_does_not_run_on() -> None:
    with pytest.raises(ConfigurationError, match="'mysql'"):
        schema.create("mysql://root@localhost/x")
