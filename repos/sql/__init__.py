"""Open WebUI's repositories in SQL, side by side with those in `repos.pocketbase`."""

from repos.sql.base import SQLAdapter
from repos.sql.chats import ChatsSQL
from repos.sql.folders import FoldersSQL
from repos.sql.groups import GroupsSQL
from repos.sql.tags import TagsSQL

ADAPTERS: dict[str, type[SQLAdapter]] = {
    "tags": TagsSQL,
    "folders": FoldersSQL,
    "groups": GroupsSQL,
    "chats": ChatsSQL,
}

__all__ = ["ADAPTERS", "ChatsSQL", "FoldersSQL", "GroupsSQL", "SQLAdapter", "TagsSQL"]
