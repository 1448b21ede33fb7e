"""Messages, and the reactions to them, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.entity import Row
from dualwrite.sql import Database
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
from repos.sql.base import SQLAdapter


class _ReactionRows(SQLAdapter):
    entity = MESSAGE_REACTION


class _UserRows(SQLAdapter):
    entity = USER


class MessagesSQL(SQLAdapter, IMessagesRepo, contract=IMessagesRepo):
    """Messages, and the reactions to them, in SQL."""

    entity = MESSAGE

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._reactions = _ReactionRows(database)
        self._users = _UserRows(database)
        # NULL is the greatest to PostgreSQL; here it is the least on both, so that pages are the same.
        self._newest = (self.columns.created_at.desc().nulls_last(),)
        self._oldest = (self.columns.created_at.nulls_first(),)

    @override
    def insert_new_message(self, form_data: Form, channel_id: str, user_id: str) -> MessageModel | None:
        stamp = current_stamp()
        new = new_message(stamp.id("message"), form_data, channel_id, user_id, stamp.time_ns)
        with self.database.write() as unit:
            return self.insert(unit, new)

    @override
    def get_message_by_id(self, id: str) -> MessageResponse | None:
        require_text(self.dialect, id)
        with self.database.read():
            row = self.one(self.columns.id == id)
            if row is None:
                return None
            replies = self.find(self.columns.parent_id == id, order=self._newest)
            reactions = self._reactions_to(id)
            answered = self.with_ids(answered_ids([row]))
            authors = self._users.with_ids(author_ids([row, *answered]))
        return shown(row, by_id(answered), by_id(authors), replies, reactions)

    @override
    def get_thread_replies_by_message_id(self, id: str) -> list[MessageReplyToResponse]:
        require_text(self.dialect, id)
        with self.database.read():
            return self._listed(self.find(self.columns.parent_id == id, order=self._newest))

    @override
    def get_reply_user_ids_by_message_id(self, id: str) -> list[str]:
        require_text(self.dialect, id)
        rows = self.find(self.columns.parent_id == id, order=self._oldest, columns=("user_id",))
        return [row["user_id"] for row in rows]  # type: ignore[misc]  # as it is stored, NULL too

    @override
    def get_messages_by_channel_id(
        self, channel_id: str, skip: int = 0, limit: int = 50
    ) -> list[MessageReplyToResponse]:
        require_text(self.dialect, channel_id)
        with self.database.read():
            return self._listed(self._page(channel_id, None, skip, limit))

    @override
    def get_messages_by_parent_id(
        self, channel_id: str, parent_id: str, skip: int = 0, limit: int = 50
    ) -> list[MessageReplyToResponse]:
        require_text(self.dialect, parent_id)
        with self.database.read():
            parent = self.one(self.columns.id == parent_id)
            if parent is None:
                return []
            require_text(self.dialect, channel_id)
            rows = self._page(channel_id, parent_id, skip, limit)
            return self._listed(with_parent(rows, parent, limit))

    @override
    def update_message_by_id(self, id: str, form_data: Form) -> MessageModel | None:
        require_text(self.dialect, id)
        with self.database.write() as unit:
            row = self.one(self.columns.id == id, lock=True)
            if row is None:
                return None
            changes = message_changes(row, form_data, current_stamp().time_ns)
            self.update(unit, (id,), changes)
        return message({**row, **changes})

    @override
    def add_reaction_to_message(self, id: str, user_id: str, name: str) -> MessageReactionModel | None:
        stamp = current_stamp()
        new = new_reaction(stamp.id("message_reaction"), id, user_id, name, stamp.time_ns)
        with self.database.write() as unit:
            return self._reactions.insert(unit, new)

    @override
    def get_reactions_by_message_id(self, id: str) -> list[Reactions]:
        require_text(self.dialect, id)
        return grouped(self._reactions_to(id))

    @override
    def remove_reaction_by_id_and_user_id_and_name(self, id: str, user_id: str, name: str) -> bool:
        require_text(self.dialect, id, user_id, name)
        columns = self._reactions.columns
        with self.database.write() as unit:
            self._reactions.delete(
                unit, columns.message_id == id, columns.user_id == user_id, columns.name == name
            )
        return True

    @override
    def delete_reactions_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        with self.database.write() as unit:
            self._reactions.delete(unit, self._reactions.columns.message_id == id)
        return True

    @override
    def delete_replies_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        with self.database.write() as unit:
            self.delete(unit, self.columns.parent_id == id)
        return True

    @override
    def delete_message_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        with self.database.write() as unit:
            self.delete(unit, self.columns.id == id)
            self._reactions.delete(unit, self._reactions.columns.message_id == id)
        return True

    def _page(self, channel_id: str, parent_id: str | None, skip: int, limit: int) -> list[Row]:
        part = page(self.dialect, skip, limit)
        return self.find(
            self.columns.channel_id == channel_id,
            self.columns.parent_id == parent_id,
            order=self._newest,
            limit=part.limit,
            offset=part.offset,
        )

    def _listed(self, rows: Sequence[Row]) -> list[MessageReplyToResponse]:
        answered = self.with_ids(answered_ids(rows))
        authors = self._users.with_ids(author_ids(answered))
        messages, users = by_id(answered), by_id(authors)
        return [listed(row, messages, users) for row in rows]

    def _reactions_to(self, id: str) -> list[Row]:
        """The oldest first, as their rows came."""
        columns = self._reactions.columns
        return self._reactions.find(columns.message_id == id, order=(columns.created_at.nulls_first(),))
