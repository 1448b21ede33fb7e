"""What all methods on chats share in PocketBase."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dualwrite.dialect import Dialect
from dualwrite.entity import Row, Value
from dualwrite.pocketbase import Delete, PocketBase, Where, any_of, eq, in_, is_null
from repos.entities import CHAT
from repos.models.chat import ChatModel
from repos.pocketbase.base import PocketBaseAdapter
from repos.pocketbase.folders import FoldersPocketBase
from repos.pocketbase.tags import TagsPocketBase
from repos.rules.chats.lists import BY_TIME, EVERYTHING, Page
from repos.rules.chats.records import changed, chat
from repos.rules.chats.sharing import copy_user
from repos.rules.dialect import require_text

UNPINNED = any_of(eq("pinned", False), is_null("pinned"))
UNARCHIVED = eq("archived", False)


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

    def ids(self, where: Where) -> list[str]:
        """The ids of the chats of a condition: nobody needs their documents to write to them."""
        return [str(row["id"]) for row in self.records.find(where, columns=("id",))]

    def remove(self, where: Where) -> None:
        """Deletes the chats of a condition."""
        self.apply(Delete(CHAT, (each,)) for each in self.ids(where))

    def of_user(self, user_id: str) -> Where:
        """The chats of a user. Raises `Invalid`."""
        require_text(self.dialect, user_id)
        return eq("user_id", user_id)

    def copies_of_user(self, user_id: str) -> tuple[list[str], Where]:
        """The ids of the user's chats, and the condition for the copies of these."""
        ids = self.ids(self.of_user(user_id))
        return ids, in_("user_id", [copy_user(each) for each in ids])

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
