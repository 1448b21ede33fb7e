"""Shared chats and their copies in PocketBase."""

from __future__ import annotations

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.entity import Row
from dualwrite.pocketbase import Create, Delete, Update, any_of, eq, in_
from repos.entities import CHAT
from repos.interfaces.chats.sharing import IChatSharing
from repos.models.chat import ChatModel
from repos.pocketbase.chats.base import ChatsPocketBaseBase, with_copies
from repos.rules.chats.records import changed, chat, inserted
from repos.rules.chats.sharing import SHARED_USER, copied, copy_user, new_copy
from repos.rules.dialect import require_text, require_texts
from repos.rules.rows import none_if_refused, to_row


class ChatSharingPocketBase(ChatsPocketBaseBase, IChatSharing):
    """Shared chats and their copies in PocketBase."""

    @override
    def insert_shared_chat_by_chat_id(self, chat_id: str) -> ChatModel | None:
        require_text(self.dialect, chat_id)
        row = self.get(chat_id)
        return None if row is None else self._shared(row)

    @override
    def update_shared_chat_by_chat_id(self, chat_id: str) -> ChatModel | None:
        require_text(self.dialect, chat_id)
        rows = self.records.find(any_of(eq("id", chat_id), eq("user_id", copy_user(chat_id))))
        row = next((row for row in rows if row["id"] == chat_id), None)
        if row is None:
            return None
        copy = next((row for row in rows if row["user_id"] == copy_user(chat_id)), None)
        if copy is None:
            return self._shared(row)
        changes = changed(copy, copied(row, copy, current_stamp().time))
        if changes and self.update((str(copy["id"]),), changes) is None:
            return None
        return chat({**copy, **changes})

    @override
    def delete_shared_chat_by_chat_id(self, chat_id: str) -> bool:
        require_text(self.dialect, chat_id)
        self.apply(self.deletions(eq("user_id", copy_user(chat_id))))
        return True

    @override
    def delete_shared_chats_by_user_id(self, user_id: str) -> bool:
        require_text(self.dialect, user_id)
        _, copies = self.pocketbase.find(*with_copies(user_id))
        self.apply(Delete(CHAT, CHAT.key_of(row)) for row in copies)
        return True

    @override
    def update_chat_share_id_by_id(self, id: str, share_id: str | None) -> ChatModel | None:
        return self.set(id, {"share_id": share_id})

    @override
    @none_if_refused
    def get_chat_by_share_id(self, id: str) -> ChatModel | None:
        # `in_`, since an `eq` of None would bring every chat that was never shared.
        rows = self.records.find(any_of(in_("share_id", require_texts(self.dialect, [id])), eq("id", id)))
        row = next((row for row in rows if row["id"] == id), None)
        shared = any(each["share_id"] == id for each in rows)
        return None if row is None or not shared else chat(row)

    def _shared(self, row: Row) -> ChatModel | None:
        if row["share_id"]:
            found = self.get(str(row["share_id"]))
            return None if found is None or found["user_id"] != SHARED_USER else chat(found)
        stamp = current_stamp()
        copy = new_copy(row, stamp.id("chat"), stamp.time)
        made = Create(CHAT, to_row(CHAT, inserted(copy)))
        self.apply([made, Update(CHAT, (str(row["id"]),), {"share_id": copy.id})])
        return copy
