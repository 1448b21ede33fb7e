"""Calls of the folders repository: the sidebar lists them on every page; opening and closing one is a write."""

from __future__ import annotations

from functools import partial

from repos.models.folder import FolderForm, FolderUpdateForm
from repos.rehearsal.callers.calls import After, Args, Calls, Read, Write, answered
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.sights import Seen
from repos.rehearsal.supply import parsed


def key(folder: Seen) -> Args:
    """A folder's id and its user's."""
    return folder["id"], folder["user_id"]


def _seen(estate: Estate) -> Args:
    return key(estate.seen("folder"))


def _someones(estate: Estate) -> Args:
    return (estate.someone(),)


def _top(estate: Estate) -> Args:
    return None, estate.someone()


def _named(estate: Estate) -> Args:
    folder = estate.seen("folder")
    return folder["parent_id"], folder["user_id"], folder["name"]


def _names(estate: Estate) -> Args:
    folder = estate.seen("folder")
    return folder["user_id"], [folder["name"], "no such folder"]


def _new(estate: Estate) -> Args:
    row = estate.supply.row("folder")
    form = FolderForm(name=str(row["name"]), data=parsed(row["data"]))
    if not estate.rows("folder") or estate.rng.random() < 0.5:
        return estate.owner(), form
    parent, user = key(estate.pick("folder"))
    return user, form, parent


def _changed(estate: Estate) -> Args:
    row = estate.supply.row("folder")
    form = FolderUpdateForm(name=str(row["name"]), meta={"icon": "📁", "weight": 1.0})
    return *key(estate.pick("folder")), form


def _toggled(estate: Estate) -> Args:
    return *key(estate.pick("folder")), estate.rng.random() < 0.5


def _moved(estate: Estate) -> Args:
    # To nowhere in particular: a move among its own could close a circle, which no delete would open again.
    return *key(estate.pick("folder")), "elsewhere"


def _deleted(estate: Estate, _: str, user: str) -> After:
    # What lies below is known to the store alone; without an answer all of this user's folders are in doubt.
    return {place: partial(_unless_gone, row) for place, row in estate.rows("folder", user_id=user).items()}


def _unless_gone(row: Seen, gone: list[str]) -> Seen | None:
    return None if row["id"] in gone else row


CALLS: Calls = (
    Read(18, "get_folders_by_user_id", _someones),
    Read(8, "get_folder_by_id_and_user_id", _seen),
    Read(4, "get_children_folders_by_id_and_user_id", _seen),
    Read(4, "get_folders_by_parent_id_and_user_id", _top),
    Read(3, "search_folders_by_name_contains", lambda estate: (estate.someone(), "plan")),
    Read(2, "search_folders_by_names", _names),
    Read(3, "get_folder_by_parent_id_and_user_id_and_name", _named),
    Read(1, "normalize_folder_name", lambda estate: (estate.seen("folder")["name"],)),
    Write(3, "insert_new_folder", _new, makes="folder"),
    Write(2, "update_folder_by_id_and_user_id", _changed, answered("folder", 2)),
    Write(4, "update_folder_is_expanded_by_id_and_user_id", _toggled, answered("folder", 2)),
    Write(1, "update_folder_parent_id_by_id_and_user_id", _moved, answered("folder", 2)),
    Write(
        1,
        "delete_folder_by_id_and_user_id",
        lambda estate: key(estate.pick("folder")),
        _deleted,
        removes="folder",
    ),
)
