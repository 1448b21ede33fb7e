"""A chat: a tree of messages under a title."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class ChatModel(BaseModel):
    """`chat` is the whole document, `meta` holds its tags' ids; both clocks are seconds since the epoch.

    `share_id` is the id of the copy that others may see. A copy belongs to the user `shared-<id of the chat>`.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    user_id: str
    title: str
    chat: dict[str, Any]
    created_at: int
    updated_at: int
    share_id: str | None = None
    archived: bool = False
    pinned: bool | None = False
    meta: dict[str, Any] = {}
    folder_id: str | None = None


class ChatForm(BaseModel):
    """A new chat."""

    chat: dict[str, Any]
    folder_id: str | None = None


class ChatImportForm(ChatForm):
    """A chat that was elsewhere before."""

    meta: dict[str, Any] | None = {}
    pinned: bool | None = False
    created_at: int | None = None
    updated_at: int | None = None


class ChatTitleMessagesForm(BaseModel):
    """A title and messages."""

    title: str
    messages: list[dict[str, Any]]


class ChatTitleForm(BaseModel):
    """A title."""

    title: str


class ChatResponse(BaseModel):
    """A chat as the API answers it."""

    id: str
    user_id: str
    title: str
    chat: dict[str, Any]
    updated_at: int
    created_at: int
    share_id: str | None = None
    archived: bool
    pinned: bool | None = False
    meta: dict[str, Any] = {}
    folder_id: str | None = None


class ChatTitleIdResponse(BaseModel):
    """A chat as lists show it."""

    id: str
    title: str
    updated_at: int
    created_at: int
