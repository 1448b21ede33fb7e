"""Chats in SQL, by concern; the same names as in `repos.pocketbase.chats`."""

from __future__ import annotations

from repos.interfaces.chats import IChatsRepo
from repos.sql.chats.folders import ChatFoldersSQL
from repos.sql.chats.history import ChatHistorySQL
from repos.sql.chats.records import ChatRecordsSQL
from repos.sql.chats.search import ChatSearchSQL
from repos.sql.chats.sharing import ChatSharingSQL
from repos.sql.chats.tags import ChatTagsSQL

__all__ = ["ChatsSQL"]


class ChatsSQL(
    ChatRecordsSQL,
    ChatHistorySQL,
    ChatSharingSQL,
    ChatSearchSQL,
    ChatFoldersSQL,
    ChatTagsSQL,
    IChatsRepo,
    contract=IChatsRepo,
):
    """Chats in SQL."""
