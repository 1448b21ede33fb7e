"""Single chats in PocketBase."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.pocketbase import Delete, Update, all_of, any_of, eq
from repos.entities import CHAT
from repos.interfaces.chats.records import IChatRecords
from repos.models.chat import ChatModel
from repos.models.form import Form
from repos.pocketbase.chats.base import ChatsPocketBaseBase, with_copies
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
from repos.rules.chats.sharing import copy_user
from repos.rules.dialect import require_text
from repos.rules.rows import none_if_refused


class ChatRecordsPocketBase(ChatsPocketBaseBase, IChatRecords):
    """Single chats in PocketBase."""

    @override
    def insert_new_chat(self, user_id: str, form_data: Form) -> ChatModel | None:
        stamp = current_stamp()
        return self.insert(new_chat(stamp.id("chat"), user_id, form_data, stamp.time))

    @override
    def import_chat(self, user_id: str, form_data: Form) -> ChatModel | None:
        stamp = current_stamp()
        return self.insert(imported_chat(stamp.id("chat"), user_id, form_data, stamp.time))

    @override
    @none_if_refused
    def get_chat_by_id(self, id: str) -> ChatModel | None:
        require_text(self.dialect, id)
        row = self.get(id)
        return None if row is None else chat(row)

    @override
    @none_if_refused
    def get_chat_by_id_and_user_id(self, id: str, user_id: str) -> ChatModel | None:
        require_text(self.dialect, id, user_id)
        row = self.get(id)
        return None if row is None or row["user_id"] != user_id else chat(row)

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
        self.apply(self.deletions(any_of(eq("id", id), eq("user_id", copy_user(id)))))
        return True

    @override
    def delete_chat_by_id_and_user_id(self, id: str, user_id: str) -> bool:
        require_text(self.dialect, id, user_id)
        own = all_of(eq("id", id), eq("user_id", user_id))
        self.apply(self.deletions(any_of(own, eq("user_id", copy_user(id)))))
        return True

    @override
    def delete_chats_by_user_id(self, user_id: str) -> bool:
        require_text(self.dialect, user_id)
        own, copies = self.pocketbase.find(*with_copies(user_id))
        keys = dict.fromkeys(CHAT.key_of(row) for row in [*copies, *own])
        self.apply(Delete(CHAT, key) for key in keys)
        return True

    def _archive(self, user_id: str, *, archived: bool) -> bool:
        where = all_of(self.of_user(user_id), eq("archived", not archived))
        rows = self.records.find(where, columns=CHAT.key)
        self.apply(Update(CHAT, CHAT.key_of(row), {"archived": archived}) for row in rows)
        return True
