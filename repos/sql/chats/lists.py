"""Lists of chats in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, false, select, true
from typing_extensions import override

from repos.interfaces.chats.lists import IChatLists
from repos.models.chat import ChatModel, ChatTitleIdResponse
from repos.rules.chats.lists import TITLE_COLUMNS, Filter, titled
from repos.rules.dialect import require_text, require_texts
from repos.rules.like import require_pattern
from repos.rules.page import Page, wished_page
from repos.sql.chats.base import ChatsSQLBase


class ChatListsSQL(ChatsSQLBase, IChatLists):
    """Lists of chats in SQL."""

    @override
    def get_chats(self, skip: int = 0, limit: int = 50) -> list[ChatModel]:
        return self.listed()

    @override
    def get_chats_by_user_id(self, user_id: str) -> list[ChatModel]:
        return self.listed(self.of_user(user_id))

    @override
    def get_pinned_chats_by_user_id(self, user_id: str) -> list[ChatModel]:
        return self.listed(
            self.of_user(user_id), self.columns.pinned == true(), self.columns.archived == false()
        )

    @override
    def get_archived_chats_by_user_id(self, user_id: str) -> list[ChatModel]:
        return self.listed(self.of_user(user_id), self.columns.archived == true())

    @override
    def get_archived_chat_list_by_user_id(
        self, user_id: str, filter: Mapping[str, Any] | None = None, skip: int = 0, limit: int = 50
    ) -> list[ChatModel]:
        conditions = (self.of_user(user_id), self.columns.archived == true())
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
            conditions.append(self.columns.archived == false())
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
        query = select(*(self.columns[name] for name in TITLE_COLUMNS)).where(self.of_user(user_id))
        if not include_folders:
            query = query.where(self.columns.folder_id.is_(None))
        if not include_pinned:
            query = query.where(self.unpinned())
        if not include_archived:
            query = query.where(self.columns.archived == false())
        rows = self.rows(query, page=wished_page(self.dialect, skip, limit))
        return [titled(row) for row in rows]

    @override
    def get_chat_list_by_chat_ids(
        self, chat_ids: list[str], skip: int = 0, limit: int = 50
    ) -> list[ChatModel]:
        ids = require_texts(self.dialect, chat_ids)
        return self.listed(self.columns.id.in_(ids), self.columns.archived == false())

    def filtered(self, *conditions: ColumnElement[bool], filter: Filter, page: Page) -> list[ChatModel]:
        """The chats of a condition that a filter lets through, in its order."""
        if filter.title is not None:
            require_text(self.dialect, filter.title)
            require_pattern(self.dialect, filter.title)
            conditions = (*conditions, self.columns.title.ilike(filter.title))
        return self.listed(*conditions, sort=filter.sort, page=page)
