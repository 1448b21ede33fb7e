"""Reads of every kind, their arguments drawn from the rows there are, with some that hurt."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from dualwrite.entity import Entity, Row
from dualwrite.ports import Reader
from repos.entities import CHAT, FOLDER, GROUP, TAG, USER
from repos.rehearsal.chat_questions import of_chats

Question = tuple[str, str, tuple[Any, ...]]
ROWS = 60  # of each entity
CHATS = 15  # many questions each, and long answers
HOSTILE = (
    "",
    "%",
    "_",
    "'",
    '"',
    "\\",
    "x' || id != '",
    "null",
    "true",
    "İ",
    "ß",
    "a/b:c",
    "\U0001f600",
    "no such id",
)


def questions(store: Reader, *, seed: int) -> Iterator[Question]:
    """Some thousand reads of the repositories."""
    rng = Random(seed)  # noqa: S311 - to be repeatable is the purpose
    users = _drawn(store, USER, rng)
    for user in [str(row["id"]) for row in users] + list(HOSTILE):
        yield "tags", "get_tags_by_user_id", (user,)
        yield "folders", "get_folders_by_user_id", (user,)
        yield "folders", "get_folders_by_parent_id_and_user_id", (None, user)
        yield "groups", "get_groups_by_member_id", (user,)
    yield "groups", "get_groups", ()
    yield from _of_tags(_drawn(store, TAG, rng))
    yield from _of_folders(_drawn(store, FOLDER, rng))
    yield from of_chats(_drawn(store, CHAT, rng)[:CHATS], HOSTILE)
    for group in [str(row["id"]) for row in _drawn(store, GROUP, rng)] + list(HOSTILE):
        yield "groups", "get_group_by_id", (group,)
        yield "groups", "get_group_user_ids_by_id", (group,)


def _of_tags(rows: list[Row]) -> Iterator[Question]:
    for row in rows:
        yield "tags", "get_tag_by_name_and_user_id", (row["name"], row["user_id"])
        yield "tags", "get_tags_by_ids_and_user_id", ([row["id"], *HOSTILE], row["user_id"])
    for name in HOSTILE:
        yield "tags", "get_tag_by_name_and_user_id", (name, rows[0]["user_id"] if rows else name)


def _of_folders(rows: list[Row]) -> Iterator[Question]:
    for row in rows:
        folder, user, name = row["id"], row["user_id"], str(row["name"])
        yield "folders", "get_folder_by_id_and_user_id", (folder, user)
        yield "folders", "get_folder_by_id_and_user_id", (folder, "somebody else")
        yield "folders", "get_children_folders_by_id_and_user_id", (folder, user)
        yield "folders", "get_folders_by_parent_id_and_user_id", (row["parent_id"], user)
        for text in (name, name.upper(), f"{name[:1]}%"):
            yield "folders", "get_folder_by_parent_id_and_user_id_and_name", (row["parent_id"], user, text)
        yield "folders", "search_folders_by_names", (user, [name, *HOSTILE])
        yield "folders", "search_folders_by_name_contains", (user, name[:2])
    for name in HOSTILE:
        yield "folders", "normalize_folder_name", (name,)


def _drawn(store: Reader, entity: Entity, rng: Random) -> list[Row]:
    """Rows from the table's begin: keys are random, so these are as good as any; their order is drawn."""
    rows = store.scan(entity, limit=ROWS)
    rng.shuffle(rows)
    return rows
