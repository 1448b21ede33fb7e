"""A chat's copy for others: a chat of its own, whose user is named after the original."""

from __future__ import annotations

from dualwrite.entity import Row, Value
from repos.models.chat import ChatModel
from repos.rules.chats.records import chat, json_replaced
from repos.rules.rows import json_of

SHARED_USER = "shared"
PREFIX = f"{SHARED_USER}-"
_AS_IT_IS = ("title", "pinned", "folder_id")
_JSON = ("chat", "meta")


def copy_user(chat_id: object) -> str:
    """The user to whom the copy of a chat belongs."""
    return f"{PREFIX}{chat_id}"


def new_copy(row: Row, id: str, now: int) -> ChatModel:
    """The copy of a chat as it is now, as it is answered; `inserted` of it is what is written. Raises `Invalid`."""
    original = chat(row)
    return ChatModel(
        id=id,
        user_id=copy_user(original.id),
        title=original.title,
        chat=original.chat,
        meta=original.meta,
        pinned=original.pinned,
        folder_id=original.folder_id,
        created_at=original.created_at,
        updated_at=now,
    )


def copied(original: Row, copy: Row, now: int) -> dict[str, Value]:
    """The columns of a copy that make it what the original is now."""
    changes: dict[str, Value] = {name: original[name] for name in _AS_IT_IS}
    changes |= {name: json_replaced(copy, name, json_of(original, name)) for name in _JSON}
    return {**changes, "updated_at": now}
