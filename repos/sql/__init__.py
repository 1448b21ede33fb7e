"""Open WebUI's repositories in SQL, side by side with those in `repos.pocketbase`."""

from repos.sql.base import SQLAdapter
from repos.sql.folders import FoldersSQL
from repos.sql.groups import GroupsSQL
from repos.sql.models import ModelsSQL
from repos.sql.tags import TagsSQL
from repos.sql.users import UsersSQL

ADAPTERS: dict[str, type[SQLAdapter]] = {
    "tags": TagsSQL,
    "folders": FoldersSQL,
    "groups": GroupsSQL,
    "users": UsersSQL,
    "models": ModelsSQL,
}

__all__ = ["ADAPTERS", "FoldersSQL", "GroupsSQL", "ModelsSQL", "SQLAdapter", "TagsSQL", "UsersSQL"]
