"""A small application's tables, its entities, and a plain connection to write with."""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg

from dualwrite.entity import Column, Entity, Index, Key, Kind, Row, parse_key
from dualwrite.phase import Phase, Reads
from dualwrite.sql import Database, SqlControl

NOTE = Entity(
    name="note",
    table="note",
    collection="notes",
    key=("id",),
    columns=(
        Column("id"),
        Column("title"),
        Column("share_id", nullable=True),
        Column("stars", Kind.INTEGER),
        Column("time_ns", Kind.BIGINT, nullable=True),
        Column("done", Kind.BOOLEAN, nullable=True),
        Column("meta", Kind.JSON, nullable=True),
        Column("settings", Kind.JSON, nullable=True),
        Column("day", Kind.DATE, nullable=True),
    ),
    indexes=(Index(("share_id",), unique=True),),
)
GROUP = Entity(
    name="groups",
    table="group",
    collection="groups",
    key=("id", "user_id"),
    columns=(Column("id"), Column("user_id"), Column("name", nullable=True)),
)
REPLY = Entity(
    name="reply",
    table="reply",
    collection="replies",
    key=("id",),
    columns=(Column("id"), Column("note_id")),
)
ENTITIES = (NOTE, GROUP, REPLY)

DDL = (
    """CREATE TABLE note (id VARCHAR(255) NOT NULL, title TEXT NOT NULL, share_id VARCHAR(255), stars BIGINT NOT NULL,
    time_ns BIGINT, done BOOLEAN, meta JSON, settings TEXT, day DATE)""",
    "CREATE UNIQUE INDEX note_id ON note (id)",
    "CREATE UNIQUE INDEX note_share_id ON note (share_id)",
    'CREATE TABLE "group" (id TEXT NOT NULL, user_id TEXT NOT NULL, name VARCHAR(20), PRIMARY KEY (id, user_id))',
    """CREATE TABLE reply (id TEXT NOT NULL PRIMARY KEY, note_id VARCHAR(255) NOT NULL,
    FOREIGN KEY (note_id) REFERENCES note (id) ON DELETE CASCADE ON UPDATE CASCADE)""",
)


def note(id: str, **values: object) -> Row:
    """A row with every column."""
    row: dict[str, Any] = {
        "id": id,
        "title": "t",
        "share_id": None,
        "stars": 0,
        "time_ns": None,
        "done": None,
        "meta": None,
        "settings": None,
        "day": None,
    }
    return row | values


def create_tables(database: Database) -> None:
    with database.write() as connection:
        for statement in DDL:
            connection.exec_driver_sql(statement)


def go(database: Database, *phases: Phase) -> None:
    """Walk the phase through these."""
    control = SqlControl(database)
    for phase in phases:
        reads = Reads.POCKETBASE if phase is Phase.PB_ONLY else Reads.SQL
        control.change(expect=control.read().phase, to=phase, reads=reads, actor="test", why="test")


class Writer:
    """A writer that knows nothing of this library: a plain driver connection in autocommit, `?` for parameters."""

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite")
        self.connection: Any = (
            sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=5)
            if self.sqlite
            else psycopg.connect(url, autocommit=True)
        )

    def __call__(self, statement: str, *parameters: object) -> Any:
        return self.connection.execute(statement if self.sqlite else statement.replace("?", "%s"), parameters)

    def many(self, statement: str, rows: list[tuple[object, ...]]) -> None:
        self("BEGIN")
        cursor = self.connection.cursor()
        cursor.executemany(statement if self.sqlite else statement.replace("?", "%s"), rows)
        cursor.close()
        self("COMMIT")

    def note(self, id: str, share_id: str | None = None) -> None:
        self("INSERT INTO note (id, title, share_id, stars) VALUES (?, 't', ?, 0)", id, share_id)

    def owed(self) -> list[tuple[str, Key]]:
        """The obligations on disk, sorted; then there are none."""
        rows = self("SELECT entity, key FROM dualwrite_obligation").fetchall()
        self("DELETE FROM dualwrite_obligation")
        return sorted((entity, parse_key(key)) for entity, key in rows)

    def close(self) -> None:
        self.connection.close()
