"""Single chats: made, changed, pinned, archived, deleted."""

from __future__ import annotations

from typing import Any, Protocol

from dualwrite.contract import read, write
from repos.models.chat import ChatModel
from repos.models.form import Form


class IChatRecords(Protocol):
    """One chat at a time, and all of a user's at once."""

    @write()
    def insert_new_chat(self, user_id: str, form_data: Form) -> ChatModel | None:
        """The new chat, under the title in its document or else "New Chat".

        Raises:
            Refused: the store does not take it.
            pydantic.ValidationError: the form does not make a chat.
        """

    @write()
    def import_chat(self, user_id: str, form_data: Form) -> ChatModel | None:
        """The new chat with the form's clocks, unless they are None or 0; a `pinned` that is None becomes False.

        Raises:
            Refused: the store does not take it.
            pydantic.ValidationError: as `insert_new_chat`, and for a `meta` that is None.
        """

    @read()
    def get_chat_by_id(self, id: str) -> ChatModel | None:
        """The chat, or None."""

    @read()
    def get_chat_by_id_and_user_id(self, id: str, user_id: str) -> ChatModel | None:
        """The chat if it is this user's, or None."""

    @read()
    def get_chat_title_by_id(self, id: str) -> str | None:
        """The title in the chat's document (which may be no text), or "New Chat"; None for a missing chat."""

    @write(refused=None)
    def update_chat_by_id(self, id: str, chat: dict[str, Any]) -> ChatModel | None:
        """The chat with this document and its title, or "New Chat"; None for a missing chat, and for a title that is neither
        text nor (made text, as the database does) an integer or a boolean."""

    @write(refused=None)
    def update_chat_title_by_id(self, id: str, title: str) -> ChatModel | None:
        """The chat with this title, in its document too; None for a missing chat."""

    @write(refused=None)
    def toggle_chat_pinned_by_id(self, id: str) -> ChatModel | None:
        """The chat, pinned if it was not (NULL is not); None for a missing chat."""

    @write(refused=None)
    def toggle_chat_archive_by_id(self, id: str) -> ChatModel | None:
        """The chat, archived if it was not; None for a missing chat."""

    @write(refused=False)
    def archive_all_chats_by_user_id(self, user_id: str) -> bool:
        """True. No clock changes."""

    @write(refused=False)
    def unarchive_all_chats_by_user_id(self, user_id: str) -> bool:
        """True. No clock changes."""

    @write(refused=False)
    def delete_chat_by_id(self, id: str) -> bool:
        """True, whether or not there was such a chat. Its copy goes with it."""

    @write(refused=False)
    def delete_chat_by_id_and_user_id(self, id: str, user_id: str) -> bool:
        """True, whether or not there was such a chat. The copy of the chat with this id goes, whoever's chat it is."""

    @write(refused=False)
    def delete_chats_by_user_id(self, user_id: str) -> bool:
        """True. The copies of the user's chats go with them."""
