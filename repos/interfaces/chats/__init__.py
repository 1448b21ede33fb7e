"""Chats, one interface in parts: what is told about them in `repos.interfaces` holds here too.

*The copy* of a chat is what others see of it once it is shared: a chat of its own, of the user `shared-<id>`.
*By time* is: the last changed first, by id within one second.
"""

from __future__ import annotations

from typing import Protocol

from repos.interfaces.chats.folders import IChatFolders
from repos.interfaces.chats.history import IChatHistory
from repos.interfaces.chats.lists import IChatLists
from repos.interfaces.chats.records import IChatRecords
from repos.interfaces.chats.search import IChatSearch
from repos.interfaces.chats.sharing import IChatSharing
from repos.interfaces.chats.tags import IChatTags

__all__ = [
    "IChatFolders",
    "IChatHistory",
    "IChatLists",
    "IChatRecords",
    "IChatSearch",
    "IChatSharing",
    "IChatTags",
    "IChatsRepo",
]


class IChatsRepo(
    IChatRecords, IChatHistory, IChatSharing, IChatLists, IChatSearch, IChatFolders, IChatTags, Protocol
):
    """What Open WebUI's ChatTable does."""
