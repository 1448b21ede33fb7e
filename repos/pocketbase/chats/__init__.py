"""Chats in PocketBase, by concern; the same names as in `repos.sql.chats`."""

from __future__ import annotations

from repos.interfaces.chats import IChatsRepo
from repos.pocketbase.chats.folders import ChatFoldersPocketBase
from repos.pocketbase.chats.history import ChatHistoryPocketBase
from repos.pocketbase.chats.records import ChatRecordsPocketBase
from repos.pocketbase.chats.search import ChatSearchPocketBase
from repos.pocketbase.chats.sharing import ChatSharingPocketBase
from repos.pocketbase.chats.tags import ChatTagsPocketBase

__all__ = ["ChatsPocketBase"]


class ChatsPocketBase(
    ChatRecordsPocketBase,
    ChatHistoryPocketBase,
    ChatSharingPocketBase,
    ChatSearchPocketBase,
    ChatFoldersPocketBase,
    ChatTagsPocketBase,
    IChatsRepo,
    contract=IChatsRepo,
):
    """Chats in PocketBase."""
