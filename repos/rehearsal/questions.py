"""Reads of every kind, their arguments drawn from the rows there are, with some that hurt."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from dualwrite.entity import Entity, Key, Row
from dualwrite.ports import Reader
from repos.entities import CHAT, FILE, FOLDER, GROUP, MESSAGE, MESSAGE_REACTION, MODEL, TAG, USER
from repos.rehearsal.chat_questions import of_chats
from repos.rehearsal.names import drawn_id

Question = tuple[str, str, tuple[Any, ...]]
ROWS = 60  # of each entity
CHATS = 15  # many questions each, and long answers
SORTED_BY = ("name", "email", "created_at", "last_active_at", "updated_at", "role", None)
FOUND_BY = {
    "email": "get_user_by_email",
    "api_key": "get_user_by_api_key",
    "oauth_sub": "get_user_by_oauth_sub",
}
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
THREADS = (
    "get_message_by_id",
    "get_thread_replies_by_message_id",
    "get_reply_user_ids_by_message_id",
    "get_reactions_by_message_id",
)
PAGES = ((), (1, 2), (0, 3), (3, 500))


def questions(store: Reader, *, seed: int) -> Iterator[Question]:
    """Some thousands of reads of the repositories."""
    rng = Random(seed)  # noqa: S311 - to be repeatable is the purpose
    users = _drawn(store, USER, rng)
    for user in [str(row["id"]) for row in users] + list(HOSTILE):
        yield "tags", "get_tags_by_user_id", (user,)
        yield "folders", "get_folders_by_user_id", (user,)
        yield "folders", "get_folders_by_parent_id_and_user_id", (None, user)
        yield "groups", "get_groups_by_member_id", (user,)
        yield "files", "get_files_by_user_id", (user,)
    yield "groups", "get_groups", ()
    yield from _of_tags(_drawn(store, TAG, rng))
    yield from _of_folders(_drawn(store, FOLDER, rng))
    yield from of_chats(_drawn(store, CHAT, rng, CHATS), HOSTILE)
    for group in [str(row["id"]) for row in _drawn(store, GROUP, rng)] + list(HOSTILE):
        yield "groups", "get_group_by_id", (group,)
        yield "groups", "get_group_user_ids_by_id", (group,)
    yield from _of_files(_drawn(store, FILE, rng))
    yield from _of_messages(_drawn(store, MESSAGE, rng))
    for message in [str(row["message_id"]) for row in _drawn(store, MESSAGE_REACTION, rng)]:
        yield "messages", "get_reactions_by_message_id", (message,)
        yield "messages", "get_message_by_id", (message,)
    yield from _of_users(users)
    yield from _of_models(_drawn(store, MODEL, rng), users)


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


def _of_files(rows: list[Row]) -> Iterator[Question]:
    for row in rows:
        for user in (row["user_id"], "somebody else"):
            yield "files", "get_file_by_id_and_user_id", (row["id"], user)
            yield "files", "check_access_by_user_id", (row["id"], user)
    ids = [str(row["id"]) for row in rows]
    for file in [*ids, *HOSTILE]:
        yield "files", "get_file_by_id", (file,)
        yield "files", "get_file_metadata_by_id", (file,)
    for start in range(0, len(ids), 7):
        yield "files", "get_files_by_ids", ([*ids[start : start + 20], *HOSTILE],)
    # A file that has no metadata makes a list of them fail, so there is one for each.
    for row in rows:
        yield "files", "get_file_metadatas_by_ids", ([row["id"], *HOSTILE],)
    yield (
        "files",
        "get_file_metadatas_by_ids",
        ([row["id"] for row in rows if row["updated_at"] is not None],),
    )
    yield "files", "get_files", ()


def _of_messages(rows: list[Row]) -> Iterator[Question]:
    for message in dict.fromkeys([*(str(row["parent_id"] or row["id"]) for row in rows), *HOSTILE]):
        for method in THREADS:
            yield "messages", method, (message,)
    for row in rows:
        yield "messages", "get_message_by_id", (row["id"],)
        for part in PAGES:
            yield (
                "messages",
                "get_messages_by_parent_id",
                (row["channel_id"], row["parent_id"] or row["id"], *part),
            )
    for channel in dict.fromkeys([*(str(row["channel_id"]) for row in rows), *HOSTILE]):
        for part in PAGES:
            yield "messages", "get_messages_by_channel_id", (channel, *part)


def _of_users(rows: list[Row]) -> Iterator[Question]:
    for name in ("get_num_users", "has_users", "get_first_user", "get_super_admin_user", "get_users"):
        yield "users", name, ()
    ids = [str(row["id"]) for row in rows]
    for name in ("get_users_by_user_ids", "get_valid_user_ids"):
        yield "users", name, ([*ids, *HOSTILE],)
    for order in SORTED_BY:
        for direction in ("asc", "desc"):
            asked = {"order_by": order, "direction": direction}
            for skip, limit in ((None, None), (0, 10), (7, 10)):
                yield "users", "get_users", (asked, skip, limit)
    for text in (*HOSTILE, *(str(row["name"])[:3].upper() for row in rows)):
        yield "users", "get_users", ({"query": text, "order_by": "name", "direction": "asc"}, 0, 20)
    for text in (*HOSTILE, *ids):
        for name in ("get_user_by_id", "get_user_webhook_url_by_id", "get_user_api_key_by_id"):
            yield "users", name, (text,)
    for column, name in FOUND_BY.items():
        yield from (("users", name, (value,)) for value in (*HOSTILE, *(row[column] for row in rows)))


def _of_models(rows: list[Row], users: list[Row]) -> Iterator[Question]:
    for name in ("get_all_models", "get_models", "get_base_models"):
        yield "models", name, ()
    for model in (*HOSTILE, *(str(row["id"]) for row in rows)):
        yield "models", "get_model_by_id", (model,)
    for user in (*HOSTILE, *(str(row["id"]) for row in users)):
        yield "models", "get_models_by_user_id", (user,)
        yield "models", "get_models_by_user_id", (user, "read")


def _drawn(store: Reader, entity: Entity, rng: Random, count: int = ROWS) -> list[Row]:
    """Rows from all over the table, in an order that is drawn, too: each is the first after a random id.

    Open WebUI's ids are random UUIDs. Where they are not, or there are few rows, those at the table's begin make up for
    what is missing. The table itself is never read.
    """
    found: dict[Key, Row] = {}
    for _ in range(count):
        after = (drawn_id(rng), *("",) * (len(entity.key) - 1))
        found |= {entity.key_of(row): row for row in store.scan(entity, after=after, limit=1)}
    for row in store.scan(entity, limit=count):
        found.setdefault(entity.key_of(row), row)
    rows = list(found.values())[:count]
    rng.shuffle(rows)
    return rows
