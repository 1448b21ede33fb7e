"""Chats in folders: what is in one, and what is moved or deleted there."""

from __future__ import annotations

from repos.rehearsal.callers.calls import Args, Calls, Read, Write, answered
from repos.rehearsal.callers.chats.records import is_original, original
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.sights import Seen


def _in_folder(chat: Seen) -> object:
    return chat["folder_id"]


def _seen(estate: Estate) -> Args:
    chat = estate.seen("chat")
    return chat["folder_id"], chat["user_id"]


def _several(estate: Estate) -> Args:
    folder, user = _seen(estate)
    return [folder, estate.seen("folder")["id"]], user


def _moved(estate: Estate) -> Args:
    chat = original(estate)
    return chat["id"], chat["user_id"], estate.pick("folder")["id"]


def _emptied(estate: Estate) -> Args:
    chat = estate.pick("chat", is_original, rather=_in_folder)
    # Never those in no folder at all, which would be most.
    return chat["user_id"], chat["folder_id"] or "no such folder"


CALLS: Calls = (
    Read(10, "get_chats_by_folder_id_and_user_id", _seen),
    Read(4, "get_chats_by_folder_ids_and_user_id", _several),
    Read(3, "count_chats_by_folder_id_and_user_id", _seen),
    Write(3, "update_chat_folder_id_by_id_and_user_id", _moved, answered("chat")),
    Write(
        1,
        "delete_chats_by_user_id_and_folder_id",
        _emptied,
        lambda estate, user, folder: dict.fromkeys(estate.rows("chat", user_id=user, folder_id=folder)),
    ),
)
