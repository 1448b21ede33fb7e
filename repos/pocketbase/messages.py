"""Messages, and the reactions to them, in PocketBase. What an answer nests is one request for all of a kind."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.dialect import Dialect
from dualwrite.entity import Row
from dualwrite.pocketbase import Delete, PocketBase, Where, all_of, any_of, eq
from repos.entities import MESSAGE, MESSAGE_REACTION, USER
from repos.interfaces.messages import IMessagesRepo
from repos.models.form import Form
from repos.models.message import (
    MessageModel,
    MessageReactionModel,
    MessageReplyToResponse,
    MessageResponse,
    Reactions,
)
from repos.pocketbase.base import PocketBaseAdapter
from repos.rules.dialect import require_text
from repos.rules.messages import (
    answered_ids,
    author_ids,
    by_id,
    grouped,
    listed,
    message,
    message_changes,
    new_message,
    new_reaction,
    shown,
    with_parent,
)
from repos.rules.page import page

NEWEST_FIRST = ("-created_at",)
OLDEST_FIRST = ("created_at",)


class _ReactionRecords(PocketBaseAdapter):
    entity = MESSAGE_REACTION


class MessagesPocketBase(PocketBaseAdapter, IMessagesRepo, contract=IMessagesRepo):
    """Messages, and the reactions to them, in PocketBase."""

    entity = MESSAGE

    def __init__(self, pocketbase: PocketBase, *, dialect: Dialect = "sqlite") -> None:
        super().__init__(pocketbase, dialect=dialect)
        self._reactions = _ReactionRecords(pocketbase, dialect=dialect)

    @override
    def insert_new_message(self, form_data: Form, channel_id: str, user_id: str) -> MessageModel | None:
        stamp = current_stamp()
        return self.insert(new_message(stamp.id("message"), form_data, channel_id, user_id, stamp.time_ns))

    @override
    def get_message_by_id(self, id: str) -> MessageResponse | None:
        require_text(self.dialect, id)
        found = self._with_thread(id)
        row = next((row for row in found if row["id"] == id), None)
        if row is None:
            return None
        replies = [each for each in found if each["parent_id"] == id]
        reactions = self._reactions_to(id)
        answered = self._with_ids(answered_ids([row]))
        authors = self._users_with_ids(author_ids([row, *answered]))
        return shown(row, by_id(answered), by_id(authors), replies, reactions)

    @override
    def get_thread_replies_by_message_id(self, id: str) -> list[MessageReplyToResponse]:
        require_text(self.dialect, id)
        return self._listed(self.records.find(eq("parent_id", id), sort=NEWEST_FIRST))

    @override
    def get_reply_user_ids_by_message_id(self, id: str) -> list[str]:
        require_text(self.dialect, id)
        rows = self.records.find(eq("parent_id", id), sort=OLDEST_FIRST)
        return [row["user_id"] for row in rows]  # type: ignore[misc]  # as it is stored, NULL too

    @override
    def get_messages_by_channel_id(
        self, channel_id: str, skip: int = 0, limit: int = 50
    ) -> list[MessageReplyToResponse]:
        require_text(self.dialect, channel_id)
        return self._listed(self._page(channel_id, None, skip, limit))

    @override
    def get_messages_by_parent_id(
        self, channel_id: str, parent_id: str, skip: int = 0, limit: int = 50
    ) -> list[MessageReplyToResponse]:
        require_text(self.dialect, parent_id)
        parent = self.get(parent_id)
        if parent is None:
            return []
        require_text(self.dialect, channel_id)
        rows = self._page(channel_id, parent_id, skip, limit)
        return self._listed(with_parent(rows, parent, limit))

    @override
    def update_message_by_id(self, id: str, form_data: Form) -> MessageModel | None:
        require_text(self.dialect, id)
        row = self.get(id)
        if row is None:
            return None
        changes = message_changes(row, form_data, current_stamp().time_ns)
        written = self.update((id,), changes)
        return None if written is None else message(written)

    @override
    def add_reaction_to_message(self, id: str, user_id: str, name: str) -> MessageReactionModel | None:
        stamp = current_stamp()
        new = new_reaction(stamp.id("message_reaction"), id, user_id, name, stamp.time_ns)
        return self._reactions.insert(new)

    @override
    def get_reactions_by_message_id(self, id: str) -> list[Reactions]:
        require_text(self.dialect, id)
        return grouped(self._reactions_to(id))

    @override
    def remove_reaction_by_id_and_user_id_and_name(self, id: str, user_id: str, name: str) -> bool:
        require_text(self.dialect, id, user_id, name)
        self.apply(self._without(all_of(eq("message_id", id), eq("user_id", user_id), eq("name", name))))
        return True

    @override
    def delete_reactions_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        self.apply(self._without(eq("message_id", id)))
        return True

    @override
    def delete_replies_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        rows = self.records.find(eq("parent_id", id))
        self.apply(Delete(MESSAGE, MESSAGE.key_of(row)) for row in rows)
        return True

    @override
    def delete_message_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        if id is not None:
            self.apply([Delete(MESSAGE, (id,)), *self._without(eq("message_id", id))])
        return True

    def _with_thread(self, id: str | None) -> list[Row]:
        """A message and every message of its thread, in one request."""
        if id is None:
            return []
        return self.records.find(any_of(eq("id", id), eq("parent_id", id)), sort=NEWEST_FIRST)

    def _page(self, channel_id: str, parent_id: str | None, skip: int, limit: int) -> list[Row]:
        part = page(self.dialect, skip, limit)
        where = all_of(eq("channel_id", channel_id), eq("parent_id", parent_id))
        return self.records.find(where, sort=NEWEST_FIRST, limit=part.limit, offset=part.offset)

    def _listed(self, rows: Sequence[Row]) -> list[MessageReplyToResponse]:
        answered = self._with_ids(answered_ids(rows))
        authors = self._users_with_ids(author_ids(answered))
        messages, users = by_id(answered), by_id(authors)
        return [listed(row, messages, users) for row in rows]

    def _with_ids(self, ids: list[str]) -> list[Row]:
        return self.pocketbase.read(MESSAGE, [(each,) for each in ids])

    def _users_with_ids(self, ids: list[str]) -> list[Row]:
        return self.pocketbase.read(USER, [(each,) for each in ids])

    def _reactions_to(self, id: str) -> list[Row]:
        """The oldest first, as SQL's rows came."""
        return self._reactions.records.find(eq("message_id", id), sort=OLDEST_FIRST)

    def _without(self, where: Where) -> list[Delete]:
        """What removes the reactions of a condition."""
        rows = self._reactions.records.find(where)
        return [Delete(MESSAGE_REACTION, MESSAGE_REACTION.key_of(row)) for row in rows]
