"""A message in a channel, its reactions, and how it is answered together with what it belongs to."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from repos.models.user import UserNameResponse


class MessageModel(BaseModel):
    """`parent_id` is the message whose thread this is in, `reply_to_id` the one it answers; both clocks are nanoseconds
    since the epoch."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    user_id: str
    channel_id: str | None = None
    reply_to_id: str | None = None
    parent_id: str | None = None
    content: str
    data: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None
    created_at: int
    updated_at: int


class MessageReactionModel(BaseModel):
    """One user's reaction, `name`, to one message; its clock is nanoseconds since the epoch."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    user_id: str
    message_id: str
    name: str
    created_at: int


class MessageForm(BaseModel):
    """A new message, or what it is changed to."""

    content: str
    reply_to_id: str | None = None
    parent_id: str | None = None
    data: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None


class Reactions(BaseModel):
    """Everybody who reacted to a message with the same name."""

    name: str
    user_ids: list[str]
    count: int


class MessageUserResponse(MessageModel):
    """A message with its author."""

    user: UserNameResponse | None = None


class MessageReplyToResponse(MessageUserResponse):
    """A message with the one it answers."""

    reply_to_message: MessageUserResponse | None = None


class MessageResponse(MessageReplyToResponse):
    """A message with its thread in numbers and its reactions."""

    latest_reply_at: int | None
    reply_count: int
    reactions: list[Reactions]
