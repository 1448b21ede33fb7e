"""Chats in folders, in SQL."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, func, select
from typing_extensions import override

from dualwrite.call import current_stamp
from repos.interfaces.chats.folders import IChatFolders
from repos.models.chat import ChatModel
from repos.rules.dialect import require_text, require_texts
from repos.rules.page import EVERYTHING, Page, wished_page
from repos.sql.chats.base import ChatsSQLBase


class ChatFoldersSQL(ChatsSQLBase, IChatFolders):
    """Chats in folders, in SQL."""

    @override
    def get_chats_by_folder_id_and_user_id(
        self, folder_id: str, user_id: str, skip: int = 0, limit: int = 60
    ) -> list[ChatModel]:
        cut = wished_page(self.dialect, skip, limit)
        return self._shown(user_id, self._in(folder_id), cut)

    @override
    def get_chats_by_folder_ids_and_user_id(self, folder_ids: list[str], user_id: str) -> list[ChatModel]:
        return self._shown(user_id, self.columns.folder_id.in_(require_texts(self.dialect, folder_ids)))

    @override
    def update_chat_folder_id_by_id_and_user_id(
        self, id: str, user_id: str, folder_id: str
    ) -> ChatModel | None:
        now = current_stamp().time
        return self.change(id, lambda _: {"folder_id": folder_id, "pinned": False, "updated_at": now})

    @override
    def count_chats_by_folder_id_and_user_id(self, folder_id: str, user_id: str) -> int:
        conditions = (self.of_user(user_id), self._in(folder_id))
        query = select(func.count()).select_from(self.table).where(*conditions)
        with self.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    @override
    def delete_chats_by_user_id_and_folder_id(self, user_id: str, folder_id: str) -> bool:
        conditions = (self.of_user(user_id), self._in(folder_id))
        with self.database.write() as unit:
            self.delete(unit, *conditions)
        return True

    def _in(self, folder_id: str | None) -> ColumnElement[bool]:
        require_text(self.dialect, folder_id)
        return self.columns.folder_id == folder_id

    def _shown(self, user_id: str, where: ColumnElement[bool], cut: Page = EVERYTHING) -> list[ChatModel]:
        conditions = (self.of_user(user_id), where, self.unpinned(), self.columns.archived == false())
        return self.listed(*conditions, page=cut)
