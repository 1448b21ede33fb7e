"""Chats in folders. A folder that is None stands for: in no folder."""

from __future__ import annotations

from typing import Protocol

from dualwrite.contract import read, write
from repos.models.chat import ChatModel


class IChatFolders(Protocol):
    """What is in a folder, and what is moved or deleted there."""

    @read()
    def get_chats_by_folder_id_and_user_id(
        self, folder_id: str, user_id: str, skip: int = 0, limit: int = 60
    ) -> list[ChatModel]:
        """A page of the chats there, by time, but for pinned and archived ones; cut as in `IChatLists`."""

    @read()
    def get_chats_by_folder_ids_and_user_id(self, folder_ids: list[str], user_id: str) -> list[ChatModel]:
        """The chats in any of these folders, by time, but for pinned and archived ones."""

    @write(refused=None)
    def update_chat_folder_id_by_id_and_user_id(
        self, id: str, user_id: str, folder_id: str
    ) -> ChatModel | None:
        """The chat as moved, and no longer pinned; None for a missing chat. `user_id` has no effect."""

    @read()
    def count_chats_by_folder_id_and_user_id(self, folder_id: str, user_id: str) -> int:
        """How many chats of the user are there, archived and pinned ones included."""

    @write(refused=False)
    def delete_chats_by_user_id_and_folder_id(self, user_id: str, folder_id: str) -> bool:
        """True. All chats of the user there are deleted; their copies stay."""
