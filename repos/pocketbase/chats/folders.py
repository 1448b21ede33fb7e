"""Chats in folders, in PocketBase."""

from __future__ import annotations

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.pocketbase import Where, all_of, eq, in_
from repos.interfaces.chats.folders import IChatFolders
from repos.models.chat import ChatModel
from repos.pocketbase.chats.base import UNARCHIVED, UNPINNED, ChatsPocketBaseBase
from repos.rules.dialect import require_text, require_texts
from repos.rules.page import EVERYTHING, Page, wished_page


class ChatFoldersPocketBase(ChatsPocketBaseBase, IChatFolders):
    """Chats in folders, in PocketBase."""

    @override
    def get_chats_by_folder_id_and_user_id(
        self, folder_id: str, user_id: str, skip: int = 0, limit: int = 60
    ) -> list[ChatModel]:
        cut = wished_page(self.dialect, skip, limit)
        return self._shown(user_id, self._in(folder_id), cut)

    @override
    def get_chats_by_folder_ids_and_user_id(self, folder_ids: list[str], user_id: str) -> list[ChatModel]:
        ids = require_texts(self.dialect, folder_ids)
        return self._shown(user_id, in_("folder_id", ids))

    @override
    def update_chat_folder_id_by_id_and_user_id(
        self, id: str, user_id: str, folder_id: str
    ) -> ChatModel | None:
        now = current_stamp().time
        return self.set(id, {"folder_id": folder_id, "pinned": False, "updated_at": now})

    @override
    def count_chats_by_folder_id_and_user_id(self, folder_id: str, user_id: str) -> int:
        return self.records.count(all_of(self.of_user(user_id), self._in(folder_id)))

    @override
    def delete_chats_by_user_id_and_folder_id(self, user_id: str, folder_id: str) -> bool:
        self.apply(self.deletions(all_of(self.of_user(user_id), self._in(folder_id))))
        return True

    def _in(self, folder_id: str | None) -> Where:
        require_text(self.dialect, folder_id)
        return eq("folder_id", folder_id)

    def _shown(self, user_id: str, where: Where, cut: Page = EVERYTHING) -> list[ChatModel]:
        return self.listed(all_of(self.of_user(user_id), where, UNPINNED, UNARCHIVED), page=cut)
