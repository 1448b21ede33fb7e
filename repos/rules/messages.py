"""How messages are made and changed, and how an answer is put together from rows.

Open WebUI follows `reply_to_id` from message to message, and into their threads, although it shows the first step alone. So
it fails where that runs in a circle, as it does once a thread answers its own parent; ours takes the one step, and answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dualwrite.entity import Row, Value
from dualwrite.errors import Invalid
from repos.entities import MESSAGE, USER
from repos.models.form import Form
from repos.models.message import (
    MessageModel,
    MessageReactionModel,
    MessageReplyToResponse,
    MessageResponse,
    MessageUserResponse,
    Reactions,
)
from repos.models.user import UserModel, UserNameResponse
from repos.rules.rows import json_of, replaced_json, to_model

ById = Mapping[str, Row]


def message(row: Row) -> MessageModel:
    """The model of a row. Raises `Invalid`."""
    return to_model(MessageModel, MESSAGE, row)


def new_message(id: str, form: Form, channel_id: str, user_id: str, now: int) -> MessageModel:
    """A message from its form. Raises `pydantic.ValidationError`."""
    fields = form.model_dump()
    return MessageModel(
        id=id,
        user_id=user_id,
        channel_id=channel_id,
        reply_to_id=fields["reply_to_id"],
        parent_id=fields["parent_id"],
        content=fields["content"],
        data=fields["data"],
        meta=fields["meta"],
        created_at=now,
        updated_at=now,
    )


def new_reaction(id: str, message_id: str, user_id: str, name: str, now: int) -> MessageReactionModel:
    """A reaction. Raises `pydantic.ValidationError`."""
    return MessageReactionModel(id=id, user_id=user_id, message_id=message_id, name=name, created_at=now)


def message_changes(row: Row, form: Form, now: int) -> dict[str, Value]:
    """The columns that an update form writes. Raises `Invalid` where what is stored is no object."""
    fields = form.model_dump()
    return {
        "content": fields["content"],
        "data": _merged(row, "data", fields["data"]),
        "meta": _merged(row, "meta", fields["meta"]),
        "updated_at": now,
    }


def with_parent(rows: Sequence[Row], parent: Row, limit: object) -> list[Row]:
    """A page of a thread, and its parent at the end where there is room left. Raises `Invalid` for a limit that is no number."""
    if not isinstance(limit, int):
        raise Invalid("a page's limit is no number")
    return [*rows, parent] if len(rows) < limit else list(rows)


def answered_ids(rows: Iterable[Row]) -> list[str]:
    """The ids of the messages that these answer, each once. An empty one answers nothing."""
    return list(dict.fromkeys(str(row["reply_to_id"]) for row in rows if row["reply_to_id"]))


def author_ids(rows: Iterable[Row]) -> list[str]:
    """The ids of who wrote these messages, each once."""
    return list(dict.fromkeys(str(row["user_id"]) for row in rows if row["user_id"] is not None))


def by_id(rows: Iterable[Row]) -> dict[str, Row]:
    """Rows under their ids."""
    return {str(row["id"]): row for row in rows}


def listed(row: Row, answered: ById, authors: ById) -> MessageReplyToResponse:
    """A message as lists show it: with the one it answers, whose author is among `authors`. Raises `Invalid`."""
    return to_model(MessageReplyToResponse, MESSAGE, row, reply_to_message=_answered(row, answered, authors))


def shown(
    row: Row, answered: ById, authors: ById, replies: Sequence[Row], reactions: Iterable[Row]
) -> MessageResponse:
    """A message as it is shown alone; `replies` is its thread, newest first. Raises `Invalid`."""
    thread = [message(reply) for reply in replies]
    return to_model(
        MessageResponse,
        MESSAGE,
        row,
        user=_author(row, authors),
        reply_to_message=_answered(row, answered, authors),
        latest_reply_at=thread[0].created_at if thread else None,
        reply_count=len(thread),
        reactions=grouped(reactions),
    )


def grouped(rows: Iterable[Row]) -> list[Reactions]:
    """Reactions by name, in the order of the first of each."""
    users: dict[str, list[str]] = {}
    for row in rows:
        users.setdefault(str(row["name"]), []).append(str(row["user_id"]))
    return [Reactions(name=name, user_ids=ids, count=len(ids)) for name, ids in users.items()]


def _merged(row: Row, name: str, members: Mapping[str, Any] | None) -> Value:
    try:
        value = {**(json_of(row, name) or {}), **(members or {})}
    except TypeError:
        raise Invalid(f"message: {name} is not an object") from None
    return replaced_json(MESSAGE, row, name, value)


def _answered(row: Row, answered: ById, authors: ById) -> MessageUserResponse | None:
    found = answered.get(str(row["reply_to_id"])) if row["reply_to_id"] else None
    if found is None:
        return None
    return to_model(MessageUserResponse, MESSAGE, found, user=_author(found, authors))


def _author(row: Row, authors: ById) -> UserNameResponse | None:
    """Who wrote a message; None for a user who is gone, and for one whose row makes no user."""
    found = authors.get(str(row["user_id"]))
    if found is None:
        return None
    try:
        user = to_model(UserModel, USER, found)
    except (Invalid, ValueError):  # JSON in a TEXT column may be no JSON
        return None
    return UserNameResponse(
        id=user.id, name=user.name, role=user.role, profile_image_url=user.profile_image_url
    )
