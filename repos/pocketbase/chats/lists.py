"""Lists of chats in PocketBase."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from dualwrite.pocketbase import Where, all_of, eq, in_, is_null, like
from repos.interfaces.chats.lists import IChatLists
from repos.models.chat import ChatModel, ChatTitleIdResponse
from repos.pocketbase.chats.base import UNARCHIVED, UNPINNED, ChatsPocketBaseBase
from repos.pocketbase.like import ignoring_case
from repos.rules.chats.lists import TITLE_COLUMNS, Filter, titled
from repos.rules.dialect import require_text, require_texts
from repos.rules.like import require_pattern
from repos.rules.page import Page, wished_page

ARCHIVED = eq("archived", True)


class ChatListsPocketBase(ChatsPocketBaseBase, IChatLists):
    """Lists of chats in PocketBase."""

    @override
    def get_chats(self, skip: int = 0, limit: int = 50) -> list[ChatModel]:
        return self.listed()

    @override
    def get_chats_by_user_id(self, user_id: str) -> list[ChatModel]:
        return self.listed(self.of_user(user_id))

    @override
    def get_pinned_chats_by_user_id(self, user_id: str) -> list[ChatModel]:
        return self.listed(all_of(self.of_user(user_id), eq("pinned", True), UNARCHIVED))

    @override
    def get_archived_chats_by_user_id(self, user_id: str) -> list[ChatModel]:
        return self.listed(all_of(self.of_user(user_id), ARCHIVED))

    @override
    def get_archived_chat_list_by_user_id(
        self, user_id: str, filter: Mapping[str, Any] | None = None, skip: int = 0, limit: int = 50
    ) -> list[ChatModel]:
        conditions = (self.of_user(user_id), ARCHIVED)
        return self.filtered(
            *conditions, filter=Filter.of(filter), page=wished_page(self.dialect, skip, limit)
        )

    @override
    def get_chat_list_by_user_id(
        self,
        user_id: str,
        include_archived: bool = False,
        filter: Mapping[str, Any] | None = None,
        skip: int = 0,
        limit: int = 50,
    ) -> list[ChatModel]:
        conditions = [self.of_user(user_id)]
        if not include_archived:
            conditions.append(UNARCHIVED)
        return self.filtered(
            *conditions, filter=Filter.of(filter), page=wished_page(self.dialect, skip, limit)
        )

    @override
    def get_chat_title_id_list_by_user_id(
        self,
        user_id: str,
        include_archived: bool = False,
        include_folders: bool = False,
        include_pinned: bool = False,
        skip: int | None = None,
        limit: int | None = None,
    ) -> list[ChatTitleIdResponse]:
        conditions = [self.of_user(user_id)]
        if not include_folders:
            conditions.append(is_null("folder_id"))
        if not include_pinned:
            conditions.append(UNPINNED)
        if not include_archived:
            conditions.append(UNARCHIVED)
        cut = wished_page(self.dialect, skip, limit)
        return [titled(row) for row in self.rows(all_of(*conditions), page=cut, columns=TITLE_COLUMNS)]

    @override
    def get_chat_list_by_chat_ids(
        self, chat_ids: list[str], skip: int = 0, limit: int = 50
    ) -> list[ChatModel]:
        ids = require_texts(self.dialect, chat_ids)
        return self.listed(all_of(in_("id", ids), UNARCHIVED)) if ids else []

    def filtered(self, *conditions: Where, filter: Filter, page: Page) -> list[ChatModel]:
        """The chats of a condition that a filter lets through, in its order."""
        if filter.title is not None:
            require_text(self.dialect, filter.title)
            require_pattern(self.dialect, filter.title)
            conditions = (*conditions, like("title", ignoring_case(self.dialect, filter.title)))
        return self.listed(all_of(*conditions), sort=filter.sort, page=page)
