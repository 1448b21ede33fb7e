"""The entities of these tests: every kind of column, nullable and not, a composite key, unique values."""

from __future__ import annotations

from dualwrite.entity import Column, Entity, Index, Key, Kind, Row, Value

NOTE = Entity(
    "note",
    "note",
    "notes",
    ("id", "user_id"),
    (
        Column("id"),
        Column("user_id"),
        Column("title", nullable=True),
        Column("body"),
        Column("rank", Kind.INTEGER),
        Column("stars", Kind.INTEGER, nullable=True),
        Column("at", Kind.BIGINT),
        Column("seen_at", Kind.BIGINT, nullable=True),
        Column("done", Kind.BOOLEAN),
        Column("pinned", Kind.BOOLEAN, nullable=True),
        Column("meta", Kind.JSON, nullable=True),
        Column("doc", Kind.JSON),
        Column("day", Kind.DATE, nullable=True),
        Column("slug", nullable=True),
    ),
    (Index(("slug",), unique=True), Index(("user_id", "rank"))),
)
USER = Entity(
    "user", "user", "people", ("id",), (Column("id"), Column("email")), (Index(("email",), unique=True),)
)
ENTITIES = (NOTE, USER)


def note(id: str = "n", user_id: str = "u", **values: Value) -> Row:
    """A note with a value in every column that must have one."""
    row: Row = {column.name: None for column in NOTE.columns}
    row |= {
        "id": id,
        "user_id": user_id,
        "body": "",
        "rank": 0,
        "at": 1763856000123456789,
        "done": False,
        "doc": "{}",
    }
    return row | values


def key(id: str = "n", user_id: str = "u") -> Key:
    """The key of a note."""
    return (id, user_id)
