"""Messages of channels, their threads and their reactions.

A message has two links to others. `parent_id` names the message whose *thread* it is in; without one it stands at the top
of its channel. `reply_to_id` names the message it *answers*, which is joined to it wherever messages are listed, with its
author; one that is gone is None. The answered message of an answered message is never shown.

Unlike in other repositories, nothing refused becomes an answer here: a stored row that makes no message raises `Invalid`
where one message is asked for, too, and a write that a store refuses raises `Refused`. Only rows that the answer shows, or
counts, are judged.

None for an id asks for NULL, as in SQL: it is no message's own id, but the `parent_id` of every message at the top.
"""

from __future__ import annotations

from typing import Protocol

from dualwrite.contract import read, write
from repos.models.form import Form
from repos.models.message import (
    MessageModel,
    MessageReactionModel,
    MessageReplyToResponse,
    MessageResponse,
    Reactions,
)


class IMessagesRepo(Protocol):
    """What Open WebUI's MessageTable does.

    Messages are listed newest first, by id within one nanosecond. `skip` leaves out that many of them, `limit` ends the
    list; None for either is no such bound. Negative, SQLite takes them for none, and PostgreSQL refuses them.
    """

    @write()
    def insert_new_message(self, form_data: Form, channel_id: str, user_id: str) -> MessageModel | None:
        """The new message, never None. Whether channel, parent and answered message exist is not asked.

        Raises:
            pydantic.ValidationError: an argument is not text.
        """

    @read()
    def get_message_by_id(self, id: str) -> MessageResponse | None:
        """The message with its author, the message it answers, how many replies its thread has, when the last of them
        came, and its reactions as in `get_reactions_by_message_id`; None for a missing message."""

    @read()
    def get_thread_replies_by_message_id(self, id: str) -> list[MessageReplyToResponse]:
        """Every message of this one's thread, in whatever channel. Their own authors are left out (`user` is None)."""

    @read()
    def get_reply_user_ids_by_message_id(self, id: str) -> list[str]:
        """The author of every message of the thread, the oldest message's first, as often as they wrote."""

    @read()
    def get_messages_by_channel_id(
        self, channel_id: str, skip: int = 0, limit: int = 50
    ) -> list[MessageReplyToResponse]:
        """Messages at the top of the channel. Their own authors are left out."""

    @read()
    def get_messages_by_parent_id(
        self, channel_id: str, parent_id: str, skip: int = 0, limit: int = 50
    ) -> list[MessageReplyToResponse]:
        """Messages of a thread that are in this channel, and after them, where they are fewer than `limit`, the parent
        itself, of whatever channel. An empty list if the parent is gone. Their own authors are left out.

        Raises:
            Invalid: `limit` is no number, and the parent is there.
        """

    @write()
    def update_message_by_id(self, id: str, form_data: Form) -> MessageModel | None:
        """The message with the form's content, and the members of the form's `data` and `meta` over those it had, one
        level deep; its links stay. None for a missing message.

        Raises:
            Invalid: the stored `data` or `meta` is no object. Nothing is changed then.
        """

    @write()
    def add_reaction_to_message(self, id: str, user_id: str, name: str) -> MessageReactionModel | None:
        """The new reaction, never None. Whether the message exists, or has this reaction already, is not asked.

        Raises:
            pydantic.ValidationError: an argument is not text.
        """

    @read()
    def get_reactions_by_message_id(self, id: str) -> list[Reactions]:
        """The reactions by name, the oldest first, and so their users; by id within one nanosecond. A user who reacted
        twice counts twice."""

    @write()
    def remove_reaction_by_id_and_user_id_and_name(self, id: str, user_id: str, name: str) -> bool:
        """True, whether or not there was such a reaction; all there were are gone. `id` is the message's."""

    @write()
    def delete_reactions_by_id(self, id: str) -> bool:
        """True; the message with this id has no reaction."""

    @write()
    def delete_replies_by_id(self, id: str) -> bool:
        """True; the message's thread is empty. Reactions to the messages of it, and threads of theirs, stay."""

    @write()
    def delete_message_by_id(self, id: str) -> bool:
        """True, whether or not there was such a message; its reactions are gone with it. Its thread stays."""
