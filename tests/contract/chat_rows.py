"""Rows of chats for the contract suites."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dualwrite.entity import Row, Value
from repos.models import ChatModel


def chat_row(
    id: str, user: str = "ann", *, tags: Sequence[str] = (), said: Sequence[Any] = (), **values: Value
) -> Row:
    """A chat with these tags and contents; what is not said is as Open WebUI leaves it."""
    document = {"title": id, "messages": [{"content": content} for content in said]}
    row: Row = {
        "id": id,
        "user_id": user,
        "title": id,
        "chat": json.dumps(document),
        "meta": json.dumps({"tags": list(tags)} if tags else {}),
        "archived": False,
        "pinned": False,
        "created_at": 1,
        "updated_at": 1,
    }
    return row | values


def ids(chats: Sequence[ChatModel]) -> list[str]:
    """The ids in their order."""
    return [chat.id for chat in chats]
