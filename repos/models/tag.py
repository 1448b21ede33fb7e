"""A tag: a user's word for some of their chats."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class TagModel(BaseModel):
    """`id` is the name with blanks as underscores in lower case; it is unique only together with `user_id`."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    user_id: str
    meta: dict[str, Any] | None = None


class TagChatIdForm(BaseModel):
    """A tag by name for one chat."""

    name: str
    chat_id: str
