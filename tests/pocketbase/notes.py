"""The entities of these tests: every kind of column, nullable and not, a composite key, unique values, content."""

from __future__ import annotations

from dualwrite.entity import Column, Content, Entity, Index, Key, Kind, Row, Value

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
PAPER = Entity(
    "paper",
    "paper",
    "papers",
    ("id",),
    (Column("id"), Column("title"), Column("path", nullable=True), Column("meta", Kind.JSON, nullable=True)),
    content=Content(path="path", largest=256 * 1024 * 1024),
)
ENTITIES = (NOTE, USER, PAPER)


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


def paper(id: str = "p", **values: Value) -> Row:
    """A paper, whose bytes are another matter."""
    return {"id": id, "title": "", "path": None, "meta": None} | values


def key(id: str = "n", user_id: str = "u") -> Key:
    """The key of a note."""
    return (id, user_id)
