"""What all methods on chats share in PocketBase."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dualwrite.dialect import Dialect
from dualwrite.entity import Row, Value
from dualwrite.pocketbase import Find, PocketBase, Query, Where, any_of, eq, is_null
from repos.entities import CHAT
from repos.models.chat import ChatModel
from repos.pocketbase.base import PocketBaseAdapter
from repos.pocketbase.folders import FoldersPocketBase
from repos.pocketbase.tags import TagsPocketBase
from repos.rules.chats.lists import BY_TIME
from repos.rules.chats.records import changed, chat
from repos.rules.chats.sharing import PREFIX
from repos.rules.dialect import require_text
from repos.rules.page import EVERYTHING, Page

UNPINNED = any_of(eq("pinned", False), is_null("pinned"))
UNARCHIVED = eq("archived", False)


def with_copies(user_id: str) -> tuple[Find, Find]:
    """A user's chats, and the shared copies of these: their keys."""
    own = Find(CHAT, Query(eq("user_id", user_id), columns=CHAT.key))
    copies = Find(CHAT, Query(columns=CHAT.key), among={"user_id": [own.values("id", prefix=PREFIX)]})
    return own, copies


class ChatsPocketBaseBase(PocketBaseAdapter):
    """Chats in PocketBase: lists in any order, cut anywhere; and one chat read, changed and written."""

    entity = CHAT

    def __init__(self, pocketbase: PocketBase, *, dialect: Dialect = "sqlite") -> None:
        super().__init__(pocketbase, dialect=dialect)
        self.tags = TagsPocketBase(pocketbase, dialect=dialect)
        self.folders = FoldersPocketBase(pocketbase, dialect=dialect)

    def listed(
        self, where: Where | None = None, *, sort: tuple[str, ...] = BY_TIME, page: Page = EVERYTHING
    ) -> list[ChatModel]:
        """The chats of a condition. Raises `Invalid` if one of them is none."""
        return [chat(row) for row in self.rows(where, sort=sort, page=page)]

    def rows(
        self,
        where: Where | None,
        *,
        sort: tuple[str, ...] = BY_TIME,
        page: Page = EVERYTHING,
        columns: Sequence[str] | None = None,
    ) -> list[Row]:
        """The rows of a condition, sorted totally."""
        return self.records.find(
            where,
            sort=sort,
            limit=page.limit,
            offset=page.offset,
            columns=columns,
            nulls_greatest=self.dialect == "postgresql",
        )

    def of_user(self, user_id: str) -> Where:
        """The chats of a user. Raises `Invalid`."""
        require_text(self.dialect, user_id)
        return eq("user_id", user_id)

    def change(self, id: str, of: Callable[[Row], Mapping[str, Value]]) -> ChatModel | None:
        """Read, change and write one chat; None for a missing one. What it holds then is judged afterwards: it stays
        written."""
        row = self.changed_row(id, of)
        return None if row is None else chat(row)

    def changed_row(self, id: str, of: Callable[[Row], Mapping[str, Value]]) -> Row | None:
        """As `change`, and whatever the row holds is right."""
        require_text(self.dialect, id)
        row = self.get(id)
        if row is None:
            return None
        changes = changed(row, of(row))
        if changes and self.update((id,), changes) is None:
            return None
        return {**row, **changes}

    def set(self, id: str, changes: Mapping[str, Value]) -> ChatModel | None:
        """Write some columns of one chat, whatever they were; None for a missing one."""
        require_text(self.dialect, id)
        row = self.update((id,), changes)
        return None if row is None else chat(row)
