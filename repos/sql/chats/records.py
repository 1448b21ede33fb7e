"""Single chats in SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, literal, or_, select, update
from typing_extensions import override

from dualwrite.call import current_stamp
from repos.interfaces.chats.records import IChatRecords
from repos.models.chat import ChatModel
from repos.models.form import Form
from repos.rules.chats.history import title
from repos.rules.chats.records import (
    archived_toggled,
    chat,
    document_of,
    document_replaced,
    imported_chat,
    new_chat,
    pinned_toggled,
)
from repos.rules.chats.sharing import PREFIX, copy_user
from repos.rules.dialect import require_text
from repos.rules.rows import none_if_refused
from repos.sql.chats.base import ChatsSQLBase


class ChatRecordsSQL(ChatsSQLBase, IChatRecords):
    """Single chats in SQL."""

    @override
    def insert_new_chat(self, user_id: str, form_data: Form) -> ChatModel | None:
        stamp = current_stamp()
        new = new_chat(stamp.id("chat"), user_id, form_data, stamp.time)
        with self.database.write() as unit:
            return self.insert(unit, new)

    @override
    def import_chat(self, user_id: str, form_data: Form) -> ChatModel | None:
        stamp = current_stamp()
        new = imported_chat(stamp.id("chat"), user_id, form_data, stamp.time)
        with self.database.write() as unit:
            return self.insert(unit, new)

    @override
    @none_if_refused
    def get_chat_by_id(self, id: str) -> ChatModel | None:
        require_text(self.dialect, id)
        row = self.one(self.columns.id == id)
        return None if row is None else chat(row)

    @override
    @none_if_refused
    def get_chat_by_id_and_user_id(self, id: str, user_id: str) -> ChatModel | None:
        require_text(self.dialect, id, user_id)
        row = self.one(self.columns.id == id, self.columns.user_id == user_id)
        return None if row is None else chat(row)

    @override
    def get_chat_title_by_id(self, id: str) -> str | None:
        found = self.get_chat_by_id(id)
        return None if found is None else title(found.chat)

    @override
    def update_chat_by_id(self, id: str, chat: dict[str, Any]) -> ChatModel | None:
        now = current_stamp().time
        return self.change(id, lambda row: document_replaced(self.dialect, row, chat, now))

    @override
    def update_chat_title_by_id(self, id: str, title: str) -> ChatModel | None:
        now = current_stamp().time
        return self.change(
            id,
            lambda row: document_replaced(self.dialect, row, {**document_of(row), "title": title}, now),
        )

    @override
    def toggle_chat_pinned_by_id(self, id: str) -> ChatModel | None:
        return self.change(id, lambda row: pinned_toggled(row, current_stamp().time))

    @override
    def toggle_chat_archive_by_id(self, id: str) -> ChatModel | None:
        return self.change(id, lambda row: archived_toggled(row, current_stamp().time))

    @override
    def archive_all_chats_by_user_id(self, user_id: str) -> bool:
        return self._archive(user_id, archived=True)

    @override
    def unarchive_all_chats_by_user_id(self, user_id: str) -> bool:
        return self._archive(user_id, archived=False)

    @override
    def delete_chat_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        with self.database.write() as unit:
            self.delete(unit, or_(self.columns.id == id, self.columns.user_id == copy_user(id)))
        return True

    @override
    def delete_chat_by_id_and_user_id(self, id: str, user_id: str) -> bool:
        require_text(self.dialect, id, user_id)
        own = and_(self.columns.id == id, self.columns.user_id == user_id)
        with self.database.write() as unit:
            self.delete(unit, or_(own, self.columns.user_id == copy_user(id)))
        return True

    @override
    def delete_chats_by_user_id(self, user_id: str) -> bool:
        require_text(self.dialect, user_id)
        with self.database.write() as unit:
            copies = select(literal(PREFIX) + self.columns.id).where(self.columns.user_id == user_id)
            self.delete(unit, self.columns.user_id.in_(copies))
            self.delete(unit, self.columns.user_id == user_id)
        return True

    def _archive(self, user_id: str, *, archived: bool) -> bool:
        require_text(self.dialect, user_id)
        with self.database.write() as unit:
            unit.execute(
                update(self.table)
                .where(self.columns.user_id == user_id, self.columns.archived != archived)
                .values(archived=archived)
            )
        return True
