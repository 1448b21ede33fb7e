"""Open WebUI's repositories in PocketBase, side by side with those in `repos.sql`."""

from repos.pocketbase.base import PocketBaseAdapter
from repos.pocketbase.folders import FoldersPocketBase
from repos.pocketbase.groups import GroupsPocketBase
from repos.pocketbase.models import ModelsPocketBase
from repos.pocketbase.tags import TagsPocketBase
from repos.pocketbase.users import UsersPocketBase

ADAPTERS: dict[str, type[PocketBaseAdapter]] = {
    "tags": TagsPocketBase,
    "folders": FoldersPocketBase,
    "groups": GroupsPocketBase,
    "users": UsersPocketBase,
    "models": ModelsPocketBase,
}

__all__ = [
    "ADAPTERS",
    "FoldersPocketBase",
    "GroupsPocketBase",
    "ModelsPocketBase",
    "PocketBaseAdapter",
    "TagsPocketBase",
    "UsersPocketBase",
]
