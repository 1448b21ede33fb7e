"""Rows that were there before: traffic reads them and never writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from repos.rehearsal.connection import Connection, Dialect, connected, quoted

_MOST = 200  # rows of each table
_COLUMNS = {
    "user": ("id", "email", "api_key", "oauth_sub"),
    "chat": ("id", "user_id", "share_id", "folder_id"),
    "message": ("id", "channel_id", "parent_id"),
    "tag": ("id", "name", "user_id"),
    "file": ("id", "user_id", "updated_at"),
    "group": ("id",),
    "folder": ("id", "parent_id", "user_id", "name"),
    "model": ("id",),
}

Seen = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sights:
    """Some columns of rows by entity, and the kind of database that they came from."""

    dialect: Dialect
    rows: Mapping[str, list[Seen]]

    @classmethod
    def of(cls, database: str) -> Sights:
        """The first rows of each table by key."""
        with connected(database) as connection:
            rows = {table: _rows(connection, table, columns) for table, columns in _COLUMNS.items()}
            return cls(connection.dialect, rows)


def _rows(connection: Connection, table: str, columns: tuple[str, ...]) -> list[Seen]:
    names = ", ".join(map(quoted, columns))
    query = f"SELECT {names} FROM {quoted(table)} ORDER BY id LIMIT ?"  # noqa: S608 — own names
    return [dict(zip(columns, row, strict=True)) for row in connection.rows(query, (_MOST,))]
