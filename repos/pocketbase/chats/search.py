"""The search in PocketBase: one request, and one more where folders are named."""

from __future__ import annotations

from typing_extensions import override

from dualwrite.pocketbase import (
    Where,
    all_of,
    any_of,
    contains,
    eq,
    in_,
    is_null,
    json_has_all,
    json_like,
    like,
    not_,
    not_null,
)
from repos.interfaces.chats.search import IChatSearch
from repos.models.chat import ChatModel
from repos.pocketbase.chats.base import UNARCHIVED
from repos.pocketbase.chats.lists import ChatListsPocketBase
from repos.pocketbase.like import ignoring_case
from repos.rules.chats.search import HIDDEN_CONTENT, HIDDEN_TITLE, UNTAGGED, SearchWords
from repos.rules.dialect import require_text
from repos.rules.like import require_pattern
from repos.rules.page import page


class ChatSearchPocketBase(ChatListsPocketBase, IChatSearch):
    """The search in PocketBase."""

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
        folders = self.folders.search_folders_by_names(user_id, list(words.folder_names))
        conditions = self._conditions(words, include_archived)
        if folders:
            conditions.append(in_("folder_id", [folder.id for folder in folders]))
        part = page(self.dialect, skip, limit)
        return self.listed(all_of(self.of_user(user_id), *conditions), page=part)

    def _conditions(self, words: SearchWords, include_archived: bool) -> list[Where]:
        require_text(self.dialect, words.text, *words.tag_ids)
        require_pattern(self.dialect, words.pattern)
        conditions = []
        if words.archived is not None:
            conditions.append(eq("archived", words.archived))
        elif not include_archived:
            conditions.append(UNARCHIVED)
        if words.pinned is not None:
            conditions.append(eq("pinned", words.pinned))
        if words.shared is not None:
            conditions.append(not_null("share_id") if words.shared else is_null("share_id"))
        if self.dialect == "postgresql":
            conditions.append(not_(contains("title", HIDDEN_TITLE)))
        # What costs most comes last: the documents are looked into only where the rest holds.
        if UNTAGGED in words.tag_ids:
            conditions.append(not_(json_like("meta", ["tags", "*"], "%")))
        elif words.tag_ids:
            conditions.append(json_has_all("meta", ["tags"], words.tag_ids))
        if words.text:
            conditions.append(
                any_of(like("title", ignoring_case(self.dialect, words.pattern)), self._says(words))
            )
        return conditions

    def _says(self, words: SearchWords) -> Where:
        return json_like(
            "chat",
            ["messages", "*", "content"],
            ignoring_case(self.dialect, words.pattern),
            any_kind=True,
            without=HIDDEN_CONTENT if self.dialect == "postgresql" else "",
        )
