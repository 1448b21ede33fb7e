"""Reads of chats of every kind, their arguments drawn from the rows there are, with some that hurt."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from dualwrite.entity import Row

Question: TypeAlias = tuple[str, str, tuple[Any, ...]]
SEARCHES = (
    "the",
    "THE plan",
    "é",
    "%",
    "tag:none",
    "pinned:false",
    "archived:true the",
    "shared:true",
    "folder:none a",
)
FILTERS = (
    None,
    {"query": "a", "order_by": "title", "direction": "asc"},
    {"query": "_%", "order_by": "updated_at", "direction": "desc"},
    {"order_by": "folder_id", "direction": "desc"},
    {"order_by": "pinned", "direction": "asc"},
    {"query": "e"},
)
PAGES = ((0, 50), (1, 3), (3, 3))


def of_chats(rows: Sequence[Row], hostile: Sequence[str]) -> Iterator[Question]:
    """Reads of these chats, of their users' lists, and of what is not there."""
    for row in rows:
        yield from _of_chat(str(row["id"]), str(row["user_id"]), str(row["share_id"] or "not shared"), row)
    for user in dict.fromkeys(str(row["user_id"]) for row in rows):
        yield from _of_user(user)
    for text in hostile:
        yield from _of_chat(text, text, text, None)
        yield (
            "chats",
            "get_chats_by_user_id_and_search_text",
            (str(rows[0]["user_id"]) if rows else text, text),
        )
    yield "chats", "get_chat_list_by_chat_ids", ([str(row["id"]) for row in rows] + list(hostile),)
    yield "chats", "get_chats", ()


def _of_chat(chat: str, user: str, share: str, row: Row | None) -> Iterator[Question]:
    yield "chats", "get_chat_by_id", (chat,)
    yield "chats", "get_chat_by_id_and_user_id", (chat, user)
    yield "chats", "get_chat_by_id_and_user_id", (chat, "somebody else")
    yield "chats", "get_chat_by_share_id", (share,)
    yield "chats", "get_chat_title_by_id", (chat,)
    yield "chats", "get_messages_map_by_chat_id", (chat,)
    for message in _messages(row):
        yield "chats", "get_message_by_id_and_message_id", (chat, message)
    yield "chats", "get_chat_tags_by_id_and_user_id", (chat, user)
    for tag in _tags(row):
        yield "chats", "get_chat_list_by_user_id_and_tag_name", (user, tag)
        yield "chats", "count_chats_by_tag_name_and_user_id", (tag, user)
        yield "chats", "get_chats_by_user_id_and_search_text", (user, f"tag:{tag} tag:none such")
        yield "chats", "get_chats_by_user_id_and_search_text", (user, f"tag:{tag}")
    for folder in (None, "" if row is None else row["folder_id"]):
        yield "chats", "get_chats_by_folder_id_and_user_id", (folder, user)
        yield "chats", "get_chats_by_folder_ids_and_user_id", ([folder, "no such id"], user)
        yield "chats", "count_chats_by_folder_id_and_user_id", (folder, user)


def _of_user(user: str) -> Iterator[Question]:
    yield "chats", "get_chats_by_user_id", (user,)
    yield "chats", "get_pinned_chats_by_user_id", (user,)
    yield "chats", "get_archived_chats_by_user_id", (user,)
    for skip, limit in PAGES:
        for chosen in FILTERS:
            yield "chats", "get_chat_list_by_user_id", (user, True, chosen, skip, limit)
            yield "chats", "get_archived_chat_list_by_user_id", (user, chosen, skip, limit)
        yield "chats", "get_chat_title_id_list_by_user_id", (user, False, False, False, skip, limit)
        yield "chats", "get_chat_title_id_list_by_user_id", (user, True, True, True, skip, limit)
        for text in SEARCHES:
            yield "chats", "get_chats_by_user_id_and_search_text", (user, text, True, skip, limit)


def _messages(row: Row | None) -> list[str]:
    found = _inside(row, "chat", "history", "messages")
    return [*(list(found)[:2] if isinstance(found, dict) else []), "no such id"]


def _tags(row: Row | None) -> list[str]:
    found = _inside(row, "meta", "tags")
    return [*(map(str, found[:2]) if isinstance(found, list) else []), "No Such"]


def _inside(row: Row | None, column: str, *path: str) -> Any:
    """What a document holds at this path; None where it is not shaped so, which rows of real databases need not be."""
    found = None if row is None or row[column] is None else json.loads(str(row[column]))
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found
