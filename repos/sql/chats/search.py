"""The search in SQL."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, false, or_, true
from typing_extensions import override

from repos.interfaces.chats.search import IChatSearch
from repos.models.chat import ChatModel
from repos.rules.chats.search import HIDDEN_TITLE, UNTAGGED, SearchWords
from repos.rules.dialect import require_text
from repos.rules.like import require_pattern
from repos.rules.page import page
from repos.sql.chats.base import Condition
from repos.sql.chats.documents import has_tag, says, untagged
from repos.sql.chats.lists import ChatListsSQL


class ChatSearchSQL(ChatListsSQL, IChatSearch):
    """The search in SQL."""

    @override
    def get_chats_by_user_id_and_search_text(
        self,
        user_id: str,
        search_text: str,
        include_archived: bool = False,
        skip: int = 0,
        limit: int = 60,
    ) -> list[ChatModel]:
        words = SearchWords.of(search_text)
        if words is None:
            return self.get_chat_list_by_user_id(user_id, include_archived, filter={}, skip=skip, limit=limit)
        with self.database.read():
            folders = self.folders.search_folders_by_names(user_id, list(words.folder_names))
            conditions = self._conditions(words, include_archived)
            if folders:
                conditions.append(self.columns.folder_id.in_([folder.id for folder in folders]))
            part = page(self.dialect, skip, limit)
            return self.listed(self.of_user(user_id), *conditions, page=part)

    def _conditions(self, words: SearchWords, include_archived: bool) -> list[Condition]:
        require_text(self.dialect, words.text, *words.tag_ids)
        require_pattern(self.dialect, words.pattern)
        conditions: list[Condition] = []
        if words.archived is not None:
            conditions.append(self.columns.archived == words.archived)
        elif not include_archived:
            conditions.append(self.columns.archived == false())
        if words.pinned is not None:
            conditions.append(self.columns.pinned == words.pinned)
        if words.shared is not None:
            unshared = self.columns.share_id.is_(None)
            conditions.append(~unshared if words.shared else unshared)
        if self.dialect == "postgresql":
            conditions.append(self.columns.title.not_like(f"%{HIDDEN_TITLE}%"))
        found = or_(self.columns.title.ilike(words.pattern), says(self.dialect, words.pattern))
        # CASE: PostgreSQL may fail on a document, so it must not look into those that the tags leave out.
        return [*conditions, case((self._tagged(words), found), else_=false())]

    def _tagged(self, words: SearchWords) -> ColumnElement[bool]:
        if UNTAGGED in words.tag_ids:
            return and_(true(), untagged(self.dialect))
        return and_(true(), *(has_tag(self.dialect, tag_id) for tag_id in words.tag_ids))
