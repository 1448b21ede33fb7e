"""Open WebUI's repositories in PocketBase, side by side with those in `repos.sql`."""

from repos.pocketbase.base import PocketBaseAdapter
from repos.pocketbase.chats import ChatsPocketBase
from repos.pocketbase.folders import FoldersPocketBase
from repos.pocketbase.groups import GroupsPocketBase
from repos.pocketbase.tags import TagsPocketBase

ADAPTERS: dict[str, type[PocketBaseAdapter]] = {
    "tags": TagsPocketBase,
    "folders": FoldersPocketBase,
    "groups": GroupsPocketBase,
    "chats": ChatsPocketBase,
}

__all__ = [
    "ADAPTERS",
    "ChatsPocketBase",
    "FoldersPocketBase",
    "GroupsPocketBase",
    "PocketBaseAdapter",
    "TagsPocketBase",
]
