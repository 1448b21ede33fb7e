"""What becomes of a chat's document when a message comes, or a message's status.

A history that is not what it must be raises what Python raises there (see `repos.interfaces.chats.history`): nothing is
mended in silence.
"""

from __future__ import annotations

from typing import Any

from repos.rules.chats.records import NEW_TITLE

Document = dict[str, Any]


def title(document: Document) -> Any:
    """The title in the document itself."""
    return document.get("title", NEW_TITLE)


def messages(document: Document) -> dict[str, Any]:
    """The messages by id; whatever is false counts as none."""
    return document.get("history", {}).get("messages", {}) or {}


def message(document: Document, message_id: str) -> Any:
    """One message, or an empty dict."""
    return document.get("history", {}).get("messages", {}).get(message_id, {})


def with_message(document: Document, message_id: str, new: dict[str, Any]) -> Document:
    """The document with a message merged over the one of that id, or added."""
    if isinstance(new.get("content"), str):
        new = {**new, "content": new["content"].replace("\0", "")}
    history = document.get("history", {})
    if message_id in history.get("messages", {}):
        history["messages"][message_id] = {**history["messages"][message_id], **new}
    else:
        history["messages"][message_id] = new
    history["currentId"] = message_id
    return {**document, "history": history}


def with_status(document: Document, message_id: str, status: dict[str, Any]) -> Document:
    """The document with a status at the end of a message's; one that has no history gets an empty one."""
    history = document.get("history", {})
    if message_id in history.get("messages", {}):
        found = history["messages"][message_id]
        statuses = found.get("statusHistory", [])
        statuses.append(status)
        found["statusHistory"] = statuses
    return {**document, "history": history}
