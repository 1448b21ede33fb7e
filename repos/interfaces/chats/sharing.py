"""Shared chats: each has a copy, which is what others see."""

from __future__ import annotations

from typing import Protocol

from dualwrite.contract import read, write
from repos.models.chat import ChatModel


class IChatSharing(Protocol):
    """A chat and its copy."""

    @write()
    def insert_shared_chat_by_chat_id(self, chat_id: str) -> ChatModel | None:
        """The new copy, whose id becomes the chat's `share_id`; the chat's clock stays. A `pinned` that is NULL is False in
        the copy that is stored, and None in the one that is answered.

        None for a missing chat (Open WebUI raises) and for one that has a `share_id` already, unless that is the id of a
        chat of the user `shared`: then that chat.

        Raises:
            Refused: the store does not take the copy, or the stored chat is not what its model allows.
        """

    @write(refused=None)
    def update_shared_chat_by_chat_id(self, chat_id: str) -> ChatModel | None:
        """The copy as the chat is now; where there is none, as `insert_shared_chat_by_chat_id`. None for a missing chat."""

    @write(refused=False)
    def delete_shared_chat_by_chat_id(self, chat_id: str) -> bool:
        """True, whether or not there was a copy. The chat keeps its `share_id`."""

    @write(refused=False)
    def delete_shared_chats_by_user_id(self, user_id: str) -> bool:
        """True. The copies of all chats of this user are deleted."""

    @write(refused=None)
    def update_chat_share_id_by_id(self, id: str, share_id: str | None) -> ChatModel | None:
        """The chat with this `share_id`; None for a missing chat and where another chat has it. No clock changes."""

    @read()
    def get_chat_by_share_id(self, id: str) -> ChatModel | None:
        """The copy with this id; None where no chat has it as its `share_id`, or where the copy is gone."""
