"""The messages inside one chat's document, in SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.entity import Row
from repos.interfaces.chats.history import IChatHistory
from repos.models.chat import ChatModel
from repos.rules.chats.history import Document, message, messages, with_message, with_status
from repos.rules.chats.records import chat, document_of, document_replaced
from repos.rules.dialect import require_text
from repos.rules.rows import none_if_refused
from repos.sql.chats.base import ChatsSQLBase


class ChatHistorySQL(ChatsSQLBase, IChatHistory):
    """The messages inside one chat's document, in SQL."""

    @override
    def get_messages_map_by_chat_id(self, id: str) -> dict[str, Any] | None:
        document = self._document(id)
        return None if document is None else messages(document)

    @override
    def get_message_by_id_and_message_id(self, id: str, message_id: str) -> dict[str, Any] | None:
        document = self._document(id)
        return None if document is None else message(document, message_id)

    @override
    def upsert_message_to_chat_by_id_and_message_id(
        self, id: str, message_id: str, message: dict[str, Any]
    ) -> ChatModel | None:
        return self._rewrite(id, lambda document: with_message(document, message_id, message))

    @override
    def add_message_status_to_chat_by_id_and_message_id(
        self, id: str, message_id: str, status: dict[str, Any]
    ) -> ChatModel | None:
        return self._rewrite(id, lambda document: with_status(document, message_id, status))

    @none_if_refused
    def _document(self, id: str) -> Document | None:
        require_text(self.dialect, id)
        row = self.one(self.columns.id == id)
        return None if row is None else chat(row).chat

    def _rewrite(self, id: str, of: Callable[[Document], Document]) -> ChatModel | None:
        now = current_stamp().time

        def changes(row: Row) -> Any:
            return document_replaced(self.dialect, row, of(document_of(row)), now)

        return self.change(id, changes)
