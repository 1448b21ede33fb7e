"""Open WebUI's repositories in SQL, side by side with those in `repos.pocketbase`."""

from repos.sql.base import SQLAdapter
from repos.sql.chats import ChatsSQL
from repos.sql.files import FilesSQL
from repos.sql.folders import FoldersSQL
from repos.sql.groups import GroupsSQL
from repos.sql.messages import MessagesSQL
from repos.sql.models import ModelsSQL
from repos.sql.tags import TagsSQL
from repos.sql.users import UsersSQL

ADAPTERS: dict[str, type[SQLAdapter]] = {
    "messages": MessagesSQL,
    "tags": TagsSQL,
    "files": FilesSQL,
    "folders": FoldersSQL,
    "groups": GroupsSQL,
    "users": UsersSQL,
    "models": ModelsSQL,
    "chats": ChatsSQL,
}

__all__ = [
    "ADAPTERS",
    "ChatsSQL",
    "FilesSQL",
    "FoldersSQL",
    "GroupsSQL",
    "MessagesSQL",
    "ModelsSQL",
    "SQLAdapter",
    "TagsSQL",
    "UsersSQL",
]
