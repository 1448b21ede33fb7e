"""The nine kinds of row of Open WebUI 0.6.36 that its eight model classes keep, as its own migrations declare them.

Checked column by column, on SQLite and on PostgreSQL, against a database made by Open WebUI itself
(`tests/conformance/test_schema.py`). Two things are not what the name of a table suggests: a folder's primary key is
`(id, user_id)` although every method looks for its id, and `settings`, `info`, `params` and `meta` of users and models
are TEXT that holds JSON.

Indexes are those of the PocketBase collections: what the queries of the methods filter and sort by.
"""

from __future__ import annotations

from dualwrite.entity import Column, Content, Entity, Index, Kind, Relation

SCHEMA_HEAD = "a5c220713937"  # the newest Alembic revision of 0.6.36
PREFIX = "owui_"

_ID = Column("id")


def _text(name: str, *, nullable: bool = False) -> Column:
    return Column(name, Kind.TEXT, nullable)


def _seconds(name: str, *, nullable: bool = False) -> Column:
    """A clock in seconds since the epoch."""
    return Column(name, Kind.INTEGER, nullable)


def _nanoseconds(name: str) -> Column:
    """A clock in nanoseconds since the epoch: more than a PocketBase number can hold."""
    return Column(name, Kind.BIGINT, nullable=True)


def _json(name: str, *, nullable: bool = True) -> Column:
    return Column(name, Kind.JSON, nullable)


def _flag(name: str, *, nullable: bool = False) -> Column:
    return Column(name, Kind.BOOLEAN, nullable)


USER = Entity(
    name="user",
    table="user",
    collection="users",
    key=("id",),
    columns=(
        _ID,
        _text("name"),
        _text("email"),
        _text("role"),
        _text("profile_image_url"),
        _text("api_key", nullable=True),
        _seconds("created_at"),
        _seconds("updated_at"),
        _seconds("last_active_at"),
        _json("settings"),
        _json("info"),
        _text("oauth_sub", nullable=True),
        _text("username", nullable=True),
        _text("bio", nullable=True),
        _text("gender", nullable=True),
        Column("date_of_birth", Kind.DATE, nullable=True),
    ),
    indexes=(
        Index(("api_key",), unique=True),
        Index(("oauth_sub",), unique=True),
        Index(("email",)),
        Index(("role",)),
        Index(("created_at", "id")),
        Index(("last_active_at",)),
    ),
)

TAG = Entity(
    name="tag",
    table="tag",
    collection="tags",
    key=("id", "user_id"),
    columns=(_ID, _text("name"), _text("user_id"), _json("meta")),
    indexes=(Index(("user_id", "id")),),
)

CHAT = Entity(
    name="chat",
    table="chat",
    collection="chats",
    key=("id",),
    columns=(
        _ID,
        _text("user_id"),
        _text("title"),
        _text("share_id", nullable=True),
        _flag("archived"),
        _seconds("created_at"),
        _seconds("updated_at"),
        _json("chat"),
        _flag("pinned", nullable=True),
        _json("meta", nullable=False),
        _text("folder_id", nullable=True),
    ),
    indexes=(
        Index(("share_id",), unique=True),
        Index(("user_id", "archived", "updated_at")),
        Index(("user_id", "pinned")),
        Index(("folder_id", "user_id")),
        Index(("updated_at",)),
    ),
    relations=(Relation("chat_tags", "meta", "tags", to=TAG, named="id", same=("user_id",)),),
)

MESSAGE = Entity(
    name="message",
    table="message",
    collection="messages",
    key=("id",),
    columns=(
        _ID,
        _text("user_id", nullable=True),
        _text("channel_id", nullable=True),
        _text("content", nullable=True),
        _json("data"),
        _json("meta"),
        _nanoseconds("created_at"),
        _nanoseconds("updated_at"),
        _text("parent_id", nullable=True),
        _text("reply_to_id", nullable=True),
    ),
    indexes=(Index(("channel_id", "parent_id", "created_at")), Index(("parent_id", "created_at"))),
)

MESSAGE_REACTION = Entity(
    name="message_reaction",
    table="message_reaction",
    collection="message_reactions",
    key=("id",),
    columns=(
        _ID,
        _text("user_id"),
        _text("message_id"),
        _text("name"),
        _nanoseconds("created_at"),
    ),
    indexes=(Index(("message_id", "user_id", "name")),),
)

FILE = Entity(
    name="file",
    table="file",
    collection="files",
    key=("id",),
    columns=(
        _ID,
        _text("user_id"),
        _text("filename"),
        _json("meta"),
        _seconds("created_at"),
        _text("hash", nullable=True),
        _json("data"),
        _seconds("updated_at", nullable=True),
        _text("path", nullable=True),
        _json("access_control"),
    ),
    indexes=(Index(("user_id",)), Index(("updated_at",))),
    content=Content(path="path"),
)

GROUP = Entity(
    name="group",
    table="group",
    collection="groups",
    key=("id",),
    columns=(
        _ID,
        _text("user_id", nullable=True),
        _text("name", nullable=True),
        _text("description", nullable=True),
        _json("data"),
        _json("meta"),
        _json("permissions"),
        _json("user_ids"),
        _seconds("created_at", nullable=True),
        _seconds("updated_at", nullable=True),
    ),
    indexes=(Index(("name",)), Index(("updated_at",))),
)

FOLDER = Entity(
    name="folder",
    table="folder",
    collection="folders",
    key=("id", "user_id"),
    columns=(
        _ID,
        _text("parent_id", nullable=True),
        _text("user_id"),
        _text("name"),
        _json("items"),
        _json("meta"),
        _flag("is_expanded"),
        _seconds("created_at"),
        _seconds("updated_at"),
        _json("data"),
    ),
    indexes=(Index(("user_id", "parent_id")),),
)

MODEL = Entity(
    name="model",
    table="model",
    collection="models",
    key=("id",),
    columns=(
        _ID,
        _text("user_id"),
        _text("base_model_id", nullable=True),
        _text("name"),
        _json("meta", nullable=False),
        _json("params", nullable=False),
        _seconds("created_at"),
        _seconds("updated_at"),
        _json("access_control"),
        _flag("is_active"),
    ),
    indexes=(Index(("base_model_id",)), Index(("user_id",))),
)

ENTITIES = (USER, CHAT, MESSAGE, MESSAGE_REACTION, TAG, FILE, GROUP, FOLDER, MODEL)
