"""Tags of chats: a chat's `meta` names them by id, and each is a row of the user's own among the tags.

No clock changes with a chat's tags. Tags that are no list of texts: the methods that change them refuse.
"""

from __future__ import annotations

from typing import Protocol

from dualwrite.contract import read, write
from repos.models.chat import ChatModel
from repos.models.tag import TagModel


class HasId(Protocol):
    """A user, of whom only the id matters."""

    @property
    def id(self) -> str:
        """The user's id."""


class IChatTags(Protocol):
    """Which chats have which tags."""

    @write(refused=None)
    def update_chat_tags_by_id(self, id: str, tags: list[str], user: HasId) -> ChatModel | None:
        """The chat with exactly these tags, made where the user has them not; the name "none" is left out. None for a
        missing chat. Old tags that no other chat of the user has, archived ones not counted, are deleted."""

    @read()
    def get_chat_tags_by_id_and_user_id(self, id: str, user_id: str) -> list[TagModel | None]:
        """The chat's tags in its own order, None for each that the user does not have (any more): an archived chat may
        name a tag that is gone. Empty for a missing chat (Open WebUI raises).

        Raises:
            Invalid: the chat's `meta` is no object.
        """

    @read()
    def get_chat_list_by_user_id_and_tag_name(
        self, user_id: str, tag_name: str, skip: int = 0, limit: int = 50
    ) -> list[ChatModel]:
        """The user's chats with this tag, archived ones included, by id. `skip` and `limit` have no effect."""

    @write(refused=None)
    def add_chat_tag_by_id_and_user_id_and_tag_name(
        self, id: str, user_id: str, tag_name: str
    ) -> ChatModel | None:
        """The chat with this tag too, which is made if the user has it not; None for a missing chat (the tag is made even
        then) and for a tag that cannot be made."""

    @read()
    def count_chats_by_tag_name_and_user_id(self, tag_name: str, user_id: str) -> int:
        """How many of the user's chats have this tag, archived ones not counted."""

    @write(refused=False)
    def delete_tag_by_id_and_user_id_and_tag_name(self, id: str, user_id: str, tag_name: str) -> bool:
        """True once the chat is without this tag; False for a missing chat. The tag itself stays."""

    @write(refused=False)
    def delete_all_tags_by_id_and_user_id(self, id: str, user_id: str) -> bool:
        """True once the chat is without tags; False for a missing chat. The tags themselves stay."""
