"""The messages inside a chat's document: every answer of a model is written there as it comes."""

from __future__ import annotations

from typing import Any

from repos.rehearsal.callers.calls import Args, Calls, Read, Write, answered
from repos.rehearsal.callers.chats.records import original
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.names import drawn_id
from repos.rehearsal.sights import Seen
from repos.rehearsal.supply import parsed
from repos.rehearsal.words import text

_LENGTHS = (60, 300, 2000)  # characters


def _ids(chat: Seen) -> list[str]:
    return list(parsed(chat["chat"])["history"]["messages"])


def _message(estate: Estate) -> Args:
    chat = original(estate)
    return chat["id"], estate.rng.choice(_ids(chat) or ["no such message"])


def _said(estate: Estate) -> Args:
    """A message that grows, or a new one."""
    chat = original(estate)
    ids = _ids(chat)
    known = bool(ids) and estate.rng.random() < 0.5
    message = estate.rng.choice(ids) if known else drawn_id(estate.rng)
    said: dict[str, Any] = {"content": text(estate.rng, estate.rng.choice(_LENGTHS)), "done": known}
    if not known:
        said |= {"id": message, "role": "assistant", "parentId": ids[-1] if ids else None, "childrenIds": []}
    return chat["id"], message, said


def _status(estate: Estate) -> Args:
    status = {"action": "web_search", "done": estate.rng.random() < 0.5, "score": 1.0}
    return *_message(estate), status


CALLS: Calls = (
    Read(10, "get_messages_map_by_chat_id", lambda estate: (estate.seen("chat")["id"],)),
    Read(10, "get_message_by_id_and_message_id", _message),
    Write(20, "upsert_message_to_chat_by_id_and_message_id", _said, answered("chat")),
    Write(4, "add_message_status_to_chat_by_id_and_message_id", _status, answered("chat")),
)
