"""Shared chats and their copies in SQL."""

from __future__ import annotations

from sqlalchemy import Connection, literal, select
from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.entity import Row
from repos.interfaces.chats.sharing import IChatSharing
from repos.models.chat import ChatModel
from repos.rules.chats.records import changed, chat, inserted
from repos.rules.chats.sharing import PREFIX, SHARED_USER, copied, copy_user, new_copy
from repos.rules.dialect import require_text
from repos.rules.rows import none_if_refused
from repos.sql.chats.base import ChatsSQLBase


class ChatSharingSQL(ChatsSQLBase, IChatSharing):
    """Shared chats and their copies in SQL."""

    @override
    def insert_shared_chat_by_chat_id(self, chat_id: str) -> ChatModel | None:
        require_text(self.dialect, chat_id)
        with self.database.write() as unit:
            row = self.one(self.columns.id == chat_id, lock=True)
            return None if row is None else self._shared(unit, row)

    @override
    def update_shared_chat_by_chat_id(self, chat_id: str) -> ChatModel | None:
        require_text(self.dialect, chat_id)
        with self.database.write() as unit:
            row = self.one(self.columns.id == chat_id, lock=True)
            if row is None:
                return None
            copy = self.one(self.columns.user_id == copy_user(chat_id), lock=True)
            if copy is None:
                return self._shared(unit, row)
            changes = changed(copy, copied(row, copy, current_stamp().time))
            if changes:
                self.update(unit, (str(copy["id"]),), changes)
        return chat({**copy, **changes})

    @override
    def delete_shared_chat_by_chat_id(self, chat_id: str) -> bool:
        require_text(self.dialect, chat_id)
        with self.database.write() as unit:
            self.delete(unit, self.columns.user_id == copy_user(chat_id))
        return True

    @override
    def delete_shared_chats_by_user_id(self, user_id: str) -> bool:
        require_text(self.dialect, user_id)
        with self.database.write() as unit:
            copies = select(literal(PREFIX) + self.columns.id).where(self.columns.user_id == user_id)
            self.delete(unit, self.columns.user_id.in_(copies))
        return True

    @override
    def update_chat_share_id_by_id(self, id: str, share_id: str | None) -> ChatModel | None:
        return self.change(id, lambda _: {"share_id": share_id})

    @override
    @none_if_refused
    def get_chat_by_share_id(self, id: str) -> ChatModel | None:
        require_text(self.dialect, id)
        with self.database.read():
            if self.one(self.columns.share_id == id) is None:
                return None
            row = self.one(self.columns.id == id)
        return None if row is None else chat(row)

    def _shared(self, unit: Connection, row: Row) -> ChatModel | None:
        if row["share_id"]:
            found = self.one(self.columns.id == row["share_id"], self.columns.user_id == SHARED_USER)
            return None if found is None else chat(found)
        stamp = current_stamp()
        copy = new_copy(row, stamp.id("chat"), stamp.time)
        self.insert(unit, inserted(copy))
        self.update(unit, (str(row["id"]),), {"share_id": copy.id})
        return copy
