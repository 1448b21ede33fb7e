"""Shared chats and their copies."""

from __future__ import annotations

from repos.models.chat import ChatModel
from repos.rehearsal.callers.calls import After, Args, Calls, Read, Told, Write, answered
from repos.rehearsal.callers.chats.records import copies, is_original, of_user, picked
from repos.rehearsal.callers.estate import Estate, place_of
from repos.rehearsal.names import drawn_id
from repos.rehearsal.sights import Seen


def _is_shared(chat: Seen) -> object:
    return chat["share_id"]


def _unshared(estate: Estate) -> Args:
    return (estate.pick("chat", is_original, rather=lambda chat: not _is_shared(chat))["id"],)


def _shared(estate: Estate) -> Args:
    return (estate.pick("chat", is_original, rather=_is_shared)["id"],)


def _with_copy(estate: Estate) -> Seen:
    return estate.pick("chat", is_original, rather=lambda chat: copies(estate, [place_of("chat", chat)]))


def _share(estate: Estate) -> Args:
    return *picked(estate), estate.rng.choice((None, drawn_id(estate.rng)))


def _looked_up(estate: Estate) -> Args:
    """By the link that somebody was given, which may be an old one."""
    chat = estate.seen("chat")
    return (chat["share_id"] or chat["id"],)


def _copied(estate: Estate, chat: str) -> After:
    return {("chat", (chat,)): lambda copy: {**_known(estate, chat), "share_id": copy.id}}


def _copied_again(estate: Estate, chat: str) -> After:
    """The copy is what the answer says; where there was none, the chat has one now."""
    there = copies(estate, [("chat", (chat,))])
    return dict.fromkeys(there, Told.BY_ANSWER) if there else _copied(estate, chat)


def _known(estate: Estate, chat: str) -> Seen:
    return estate.row(("chat", (chat,))) or {}


def _stored(estate: Estate, copy: ChatModel) -> ChatModel:
    """Of a new copy, a `pinned` that is NULL is answered so, and stored as False."""
    known = estate.row(("chat", (copy.id,)))
    return copy if known or copy.pinned is not None else copy.model_copy(update={"pinned": False})


CALLS: Calls = (
    Read(8, "get_chat_by_share_id", _looked_up),
    Write(2, "insert_shared_chat_by_chat_id", _unshared, _copied, stored=_stored),
    Write(2, "update_shared_chat_by_chat_id", _shared, _copied_again, stored=_stored),
    Write(
        1,
        "delete_shared_chat_by_chat_id",
        lambda estate: (_with_copy(estate)["id"],),
        lambda estate, chat: dict.fromkeys(copies(estate, [("chat", (chat,))])),
    ),
    Write(
        1,
        "delete_shared_chats_by_user_id",
        lambda estate: (_with_copy(estate)["user_id"],),
        lambda estate, user: dict.fromkeys(copies(estate, of_user(estate, user))),
    ),
    Write(2, "update_chat_share_id_by_id", _share, answered("chat")),
)
