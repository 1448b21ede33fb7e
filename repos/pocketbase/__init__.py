"""Open WebUI's repositories in PocketBase, side by side with those in `repos.sql`."""

from repos.pocketbase.base import PocketBaseAdapter
from repos.pocketbase.chats import ChatsPocketBase
from repos.pocketbase.files import FilesPocketBase
from repos.pocketbase.folders import FoldersPocketBase
from repos.pocketbase.groups import GroupsPocketBase
from repos.pocketbase.messages import MessagesPocketBase
from repos.pocketbase.models import ModelsPocketBase
from repos.pocketbase.tags import TagsPocketBase
from repos.pocketbase.users import UsersPocketBase

ADAPTERS: dict[str, type[PocketBaseAdapter]] = {
    "messages": MessagesPocketBase,
    "tags": TagsPocketBase,
    "files": FilesPocketBase,
    "folders": FoldersPocketBase,
    "groups": GroupsPocketBase,
    "users": UsersPocketBase,
    "models": ModelsPocketBase,
    "chats": ChatsPocketBase,
}

__all__ = [
    "ADAPTERS",
    "ChatsPocketBase",
    "FilesPocketBase",
    "FoldersPocketBase",
    "GroupsPocketBase",
    "MessagesPocketBase",
    "ModelsPocketBase",
    "PocketBaseAdapter",
    "TagsPocketBase",
    "UsersPocketBase",
]
