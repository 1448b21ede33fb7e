"""Fills Open WebUI's tables with rows as people and their scripts make them: the same rows for the same seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dualwrite.entity import Row
from dualwrite.rehearse.material import Progress
from repos.rehearsal.connection import Connection, Dialect, connected
from repos.rehearsal.names import TAGS_EACH, Names, folders_of
from repos.rehearsal.rows.chat import chats as chat_rows
from repos.rehearsal.rows.file import files
from repos.rehearsal.rows.folder import folders
from repos.rehearsal.rows.group import groups
from repos.rehearsal.rows.message import messages, reactions
from repos.rehearsal.rows.model import models
from repos.rehearsal.rows.tag import tags
from repos.rehearsal.rows.user import users as user_rows
from repos.rehearsal.tables import table


@dataclass(frozen=True, slots=True)
class _Part:
    table: str
    count: int
    rows: Iterable[Row]


def generate(
    database: str,
    *,
    users: int,
    chats: int,
    seed: int,
    progress: Progress | None = None,
    chat_bytes: int = 8000,
    not_a_number: int = 0,
) -> Mapping[str, int]:
    """Fill the tables that `schema.create` made; how many rows each has now.

    `chats` counts shared copies too, `chat_bytes` is their mean size. `not_a_number` chats hold a NaN: SQLite keeps it,
    PocketBase cannot, PostgreSQL never had it. All other entities grow with the users. `progress` hears rows done, rows in all.

    Raises:
        ValueError: there is no user to own the rows, or NaN was asked of PostgreSQL.
    """
    if users < 1:
        raise ValueError("a sample needs at least one user")
    with connected(database) as connection:
        if not_a_number and connection.dialect is Dialect.POSTGRESQL:
            raise ValueError("PostgreSQL's json has no NaN")
        parts = _parts(Names(seed, users), connection.dialect, chats, chat_bytes, not_a_number)
        if connection.dialect is Dialect.SQLITE:
            connection.execute("PRAGMA synchronous = OFF")  # a file that is half made is made again
        total = sum(part.count for part in parts)
        done = 0
        for part in parts:
            for added in _insert(connection, part):
                done += added
                if progress is not None:
                    progress(done, total)
        connection.commit()
        return {part.table: part.count for part in parts}


def _insert(connection: Connection, part: _Part) -> Iterable[int]:
    columns = table(part.table).names
    rows = ([row[column] for column in columns] for row in part.rows)
    return connection.insert(part.table, columns, rows)


def _parts(
    names: Names, dialect: Dialect, chats: int, chat_bytes: int, not_a_number: int
) -> tuple[_Part, ...]:
    people = names.users
    talk = 20 * people
    return (
        _Part("user", people, user_rows(names, dialect)),
        _Part("folder", sum(folders_of(user) for user in range(people)), folders(names, dialect)),
        _Part("tag", TAGS_EACH * people, tags(names, dialect)),
        _Part("group", 15 + people // 25, groups(names, dialect, 15 + people // 25)),
        _Part("model", 20 + people // 20, models(names, dialect, 20 + people // 20)),
        _Part("file", 2 * people, files(names, dialect, 2 * people)),
        _Part("message", talk, messages(names, dialect, talk)),
        _Part("message_reaction", 6 * people, reactions(names, 6 * people, talk)),
        _Part("chat", chats, chat_rows(names, dialect, chats, chat_bytes, not_a_number)),
    )
