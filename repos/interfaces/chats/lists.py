"""Lists of chats.

Where a list is cut by `skip` and `limit`, 0 and None mean: not at all. A negative one means that too on SQLite; PostgreSQL
refuses it (`Invalid`). `filter` may hold

    query                   chats whose title contains it; `%` and `_` are wildcards, case does not matter: to SQLite that
                            of ASCII letters, to PostgreSQL that of all, and a backslash takes the next character literally
    order_by and direction  a column that is not JSON and `asc` or `desc` (`ValueError` for anything else); without both,
                            chats come by id. Text goes by its bytes; NULL is least to SQLite, greatest to PostgreSQL

Without a filter (None, empty) chats come by time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from dualwrite.contract import read
from repos.models.chat import ChatModel, ChatTitleIdResponse


class IChatLists(Protocol):
    """Chats of a user, by time unless said otherwise."""

    @read()
    def get_chats(self, skip: int = 0, limit: int = 50) -> list[ChatModel]:
        """All chats of all users, copies included. `skip` and `limit` have no effect."""

    @read()
    def get_chats_by_user_id(self, user_id: str) -> list[ChatModel]:
        """All chats of the user."""

    @read()
    def get_pinned_chats_by_user_id(self, user_id: str) -> list[ChatModel]:
        """The pinned chats that are not archived."""

    @read()
    def get_archived_chats_by_user_id(self, user_id: str) -> list[ChatModel]:
        """The archived chats."""

    @read()
    def get_archived_chat_list_by_user_id(
        self, user_id: str, filter: Mapping[str, Any] | None = None, skip: int = 0, limit: int = 50
    ) -> list[ChatModel]:
        """A page of the archived chats."""

    @read()
    def get_chat_list_by_user_id(
        self,
        user_id: str,
        include_archived: bool = False,
        filter: Mapping[str, Any] | None = None,
        skip: int = 0,
        limit: int = 50,
    ) -> list[ChatModel]:
        """A page of the chats."""

    @read()
    def get_chat_title_id_list_by_user_id(
        self,
        user_id: str,
        include_archived: bool = False,
        include_folders: bool = False,
        include_pinned: bool = False,
        skip: int | None = None,
        limit: int | None = None,
    ) -> list[ChatTitleIdResponse]:
        """A page of the chats' titles: those in no folder, not pinned and not archived unless they are included."""

    @read()
    def get_chat_list_by_chat_ids(
        self, chat_ids: list[str], skip: int = 0, limit: int = 50
    ) -> list[ChatModel]:
        """Those of these chats that are not archived, whoever's they are. `skip` and `limit` have no effect."""
