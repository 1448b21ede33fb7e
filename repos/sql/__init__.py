"""Open WebUI's repositories in SQL, side by side with those in `repos.pocketbase`."""

from repos.sql.base import SQLAdapter
from repos.sql.files import FilesSQL
from repos.sql.folders import FoldersSQL
from repos.sql.groups import GroupsSQL
from repos.sql.messages import MessagesSQL
from repos.sql.tags import TagsSQL

ADAPTERS: dict[str, type[SQLAdapter]] = {
    "messages": MessagesSQL,
    "tags": TagsSQL,
    "files": FilesSQL,
    "folders": FoldersSQL,
    "groups": GroupsSQL,
}

__all__ = [
    "ADAPTERS",
    "FilesSQL",
    "FoldersSQL",
    "GroupsSQL",
    "MessagesSQL",
    "SQLAdapter",
    "TagsSQL",
]
