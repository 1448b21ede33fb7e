"""The messages inside one chat's document.

All of these raise `AttributeError`, `TypeError` or `KeyError` where a document has a history that is not what it must be:
an object whose `messages` is an object. A history that is missing altogether is an empty one.
"""

from __future__ import annotations

from typing import Any, Protocol

from dualwrite.contract import read, write
from repos.models.chat import ChatModel


class IChatHistory(Protocol):
    """Messages by their ids."""

    @read()
    def get_messages_map_by_chat_id(self, id: str) -> dict[str, Any] | None:
        """The messages by id, or None for a missing chat."""

    @read()
    def get_message_by_id_and_message_id(self, id: str, message_id: str) -> dict[str, Any] | None:
        """The message, an empty dict for a missing message, None for a missing chat."""

    @write(refused=None)
    def upsert_message_to_chat_by_id_and_message_id(
        self, id: str, message_id: str, message: dict[str, Any]
    ) -> ChatModel | None:
        """The chat with the message merged over the one of that id, or added, and made the current one; None for a
        missing chat. NUL is taken out of a content that is text.

        Raises:
            KeyError: the chat's history holds no `messages` at all.
        """

    @write(refused=None)
    def add_message_status_to_chat_by_id_and_message_id(
        self, id: str, message_id: str, status: dict[str, Any]
    ) -> ChatModel | None:
        """The chat with the status at the end of the message's `statusHistory`, and no status anywhere where there is
        no such message; None for a missing chat."""
