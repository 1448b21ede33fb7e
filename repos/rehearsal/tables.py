"""The tables of Open WebUI 0.6.36 that move, as its own migrations leave them on each database.

One line a column: name, type on SQLite, type on PostgreSQL where it is another, `!` where it is NOT NULL, `= default`.
The two differ since the oldest tables were made by another migration tool, and later migrations changed some in place.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column, with its type on either database."""

    name: str
    sqlite: str
    postgresql: str
    required: bool
    default: tuple[str, str] | None  # SQLite's, PostgreSQL's


@dataclass(frozen=True, slots=True)
class Table:
    """One table, with its primary key and its indexes."""

    name: str
    columns: tuple[TableColumn, ...]
    primary: tuple[str, ...] = ()
    primary_name: str | None = None
    unique: tuple[str, ...] = ()  # single columns with a constraint of their own, on SQLite
    indexes: tuple[tuple[str, tuple[str, ...], bool], ...] = ()  # name, columns, unique

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in the order of the columns."""
        return tuple(column.name for column in self.columns)


_DEFAULTS = {"{}": ("'{}'", "'{}'::json"), "true": ("(1)", "true")}


def _columns(lines: str) -> tuple[TableColumn, ...]:
    return tuple(_column(line) for line in lines.strip().splitlines())


def _column(line: str) -> TableColumn:
    declared, _, default = line.partition("=")
    name, *types = declared.split()
    required = types[-1] == "!"
    sqlite, *other = [word.replace("_", " ") for word in types if word != "!"]
    return TableColumn(name, sqlite, other[0] if other else sqlite, required, _DEFAULTS.get(default.strip()))


TABLES: tuple[Table, ...] = (
    Table(
        "user",
        _columns("""
            id VARCHAR(255) !
            name VARCHAR(255) !
            email VARCHAR(255) !
            role VARCHAR(255) !
            profile_image_url TEXT !
            api_key VARCHAR(255)
            created_at INTEGER BIGINT !
            updated_at INTEGER BIGINT !
            last_active_at INTEGER BIGINT !
            settings TEXT
            info TEXT
            oauth_sub TEXT
            username VARCHAR(50)
            bio TEXT
            gender TEXT
            date_of_birth DATE
        """),
        indexes=(
            ("user_id", ("id",), True),
            ("user_api_key", ("api_key",), True),
            ("user_oauth_sub", ("oauth_sub",), True),
        ),
    ),
    Table(
        "chat",
        _columns("""
            id VARCHAR(255) !
            user_id VARCHAR(255) !
            title TEXT !
            share_id VARCHAR(255)
            archived INTEGER BOOLEAN !
            created_at DATETIME BIGINT !
            updated_at DATETIME BIGINT !
            chat JSON
            pinned BOOLEAN
            meta JSON ! = {}
            folder_id TEXT
        """),
        indexes=(
            ("chat_id", ("id",), True),
            ("chat_share_id", ("share_id",), True),
            ("folder_id_idx", ("folder_id",), False),
            ("user_id_pinned_idx", ("user_id", "pinned"), False),
            ("user_id_archived_idx", ("user_id", "archived"), False),
            ("updated_at_user_id_idx", ("updated_at", "user_id"), False),
            ("folder_id_user_id_idx", ("folder_id", "user_id"), False),
        ),
    ),
    Table(
        "message",
        _columns("""
            id TEXT !
            user_id TEXT
            channel_id TEXT
            content TEXT
            data JSON
            meta JSON
            created_at BIGINT
            updated_at BIGINT
            parent_id TEXT
            reply_to_id TEXT
        """),
        primary=("id",),
        unique=("id",),
    ),
    Table(
        "message_reaction",
        _columns("""
            id TEXT !
            user_id TEXT !
            message_id TEXT !
            name TEXT !
            created_at BIGINT
        """),
        primary=("id",),
        unique=("id",),
    ),
    Table(
        "tag",
        _columns("""
            id VARCHAR(255) !
            name VARCHAR(255) !
            user_id VARCHAR(255) !
            meta JSON
        """),
        primary=("id", "user_id"),
        primary_name="pk_id_user_id",
        indexes=(("user_id_idx", ("user_id",), False),),
    ),
    Table(
        "file",
        _columns("""
            id TEXT !
            user_id TEXT !
            filename TEXT !
            meta JSON
            created_at INTEGER BIGINT !
            hash TEXT
            data JSON
            updated_at BIGINT
            path TEXT
            access_control JSON
        """),
        indexes=(("file_id", ("id",), True),),
    ),
    Table(
        "group",
        _columns("""
            id TEXT !
            user_id TEXT
            name TEXT
            description TEXT
            data JSON
            meta JSON
            permissions JSON
            user_ids JSON
            created_at BIGINT
            updated_at BIGINT
        """),
        primary=("id",),
        unique=("id",),
    ),
    Table(
        "folder",
        _columns("""
            id TEXT !
            parent_id TEXT
            user_id TEXT !
            name TEXT !
            items JSON
            meta JSON
            is_expanded BOOLEAN !
            created_at BIGINT !
            updated_at BIGINT !
            data JSON
        """),
        primary=("id", "user_id"),
    ),
    Table(
        "model",
        _columns("""
            id TEXT !
            user_id TEXT !
            base_model_id TEXT
            name TEXT !
            meta TEXT !
            params TEXT !
            created_at INTEGER BIGINT !
            updated_at INTEGER BIGINT !
            access_control JSON
            is_active BOOLEAN ! = true
        """),
        indexes=(("model_id", ("id",), True),),
    ),
)


def table(name: str) -> Table:
    """The table of that name; `KeyError` if none of the nine has it."""
    return {each.name: each for each in TABLES}[name]
