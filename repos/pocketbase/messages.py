"""Messages, and the reactions to them, in PocketBase. What an answer nests comes with it, in one request."""

from __future__ import annotations

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.dialect import Dialect
from dualwrite.entity import Row
from dualwrite.errors import Invalid
from dualwrite.pocketbase import Delete, Find, PocketBase, Query, all_of, eq
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
        message = Find(MESSAGE, Query(eq("id", id)))
        thread = Find(MESSAGE, Query(eq("parent_id", id), NEWEST_FIRST), given=message)
        reactions = Find(MESSAGE_REACTION, Query(eq("message_id", id), OLDEST_FIRST), given=message)
        answered = _answered_by(message)
        authors = _authors_of(message, answered)
        found = self.pocketbase.find(message, thread, reactions, answered, authors)
        rows, replies, given, answers, users = found
        return shown(rows[0], by_id(answers), by_id(users), replies, given) if rows else None

    @override
    def get_thread_replies_by_message_id(self, id: str) -> list[MessageReplyToResponse]:
        require_text(self.dialect, id)
        thread = Find(MESSAGE, Query(eq("parent_id", id), NEWEST_FIRST))
        answered = _answered_by(thread)
        return _listed(*self.pocketbase.find(thread, answered, _authors_of(answered)))

    @override
    def get_reply_user_ids_by_message_id(self, id: str) -> list[str]:
        require_text(self.dialect, id)
        rows = self.records.find(eq("parent_id", id), sort=OLDEST_FIRST, columns=("user_id",))
        return [row["user_id"] for row in rows]  # type: ignore[misc]  # as it is stored, NULL too

    @override
    def get_messages_by_channel_id(
        self, channel_id: str, skip: int = 0, limit: int = 50
    ) -> list[MessageReplyToResponse]:
        shown = Find(MESSAGE, self._page(channel_id, None, skip, limit))
        answered = _answered_by(shown)
        return _listed(*self.pocketbase.find(shown, answered, _authors_of(answered)))

    @override
    def get_messages_by_parent_id(
        self, channel_id: str, parent_id: str, skip: int = 0, limit: int = 50
    ) -> list[MessageReplyToResponse]:
        require_text(self.dialect, parent_id)
        try:
            query = self._page(channel_id, parent_id, skip, limit)
        except Invalid:
            if self.get(parent_id) is None:
                return []  # of a thread that is gone, nobody asks which part
            raise
        parent = Find(MESSAGE, Query(eq("id", parent_id)))
        part = Find(MESSAGE, query, given=parent)
        answered = _answered_by(part, parent)
        parents, rows, answers, users = self.pocketbase.find(parent, part, answered, _authors_of(answered))
        return _listed(with_parent(rows, parents[0], limit), answers, users) if parents else []

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
        return grouped(self._reactions.records.find(eq("message_id", id), sort=OLDEST_FIRST))

    @override
    def remove_reaction_by_id_and_user_id_and_name(self, id: str, user_id: str, name: str) -> bool:
        require_text(self.dialect, id, user_id, name)
        where = all_of(eq("message_id", id), eq("user_id", user_id), eq("name", name))
        self.apply(self._reactions.deletions(where))
        return True

    @override
    def delete_reactions_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        self.apply(self._reactions.deletions(eq("message_id", id)))
        return True

    @override
    def delete_replies_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        self.apply(self.deletions(eq("parent_id", id)))
        return True

    @override
    def delete_message_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        if id is not None:
            self.apply([Delete(MESSAGE, (id,)), *self._reactions.deletions(eq("message_id", id))])
        return True

    def _page(self, channel_id: str, parent_id: str | None, skip: int, limit: int) -> Query:
        require_text(self.dialect, channel_id)
        part = page(self.dialect, skip, limit)
        where = all_of(eq("channel_id", channel_id), eq("parent_id", parent_id))
        return Query(where, NEWEST_FIRST, part.limit, part.offset)


def _answered_by(*messages: Find) -> Find:
    """The messages that these answer."""
    return Find(MESSAGE, among={"id": [each.values("reply_to_id") for each in messages]})


def _authors_of(*messages: Find) -> Find:
    return Find(USER, among={"id": [each.values("user_id") for each in messages]})


def _listed(rows: list[Row], answered: list[Row], authors: list[Row]) -> list[MessageReplyToResponse]:
    messages, users = by_id(answered), by_id(authors)
    return [listed(row, messages, users) for row in rows]
