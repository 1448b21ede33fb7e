"""What all methods on chats share in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, TextClause, false, or_, select
from sqlalchemy.sql.elements import SQLColumnExpression

from dualwrite.entity import Kind, Row, Value
from dualwrite.sql import Database
from repos.entities import CHAT
from repos.models.chat import ChatModel
from repos.rules.chats.lists import BY_TIME
from repos.rules.chats.records import changed, chat
from repos.rules.dialect import require_text
from repos.rules.page import EVERYTHING, Page
from repos.sql.base import SQLAdapter
from repos.sql.folders import FoldersSQL
from repos.sql.tags import TagsSQL

Condition: TypeAlias = ColumnElement[bool] | TextClause


class ChatsSQLBase(SQLAdapter):
    """Chats in SQL: lists in any order, cut anywhere; and one chat read, changed and written."""

    entity = CHAT

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.tags = TagsSQL(database)
        self.folders = FoldersSQL(database)

    def listed(
        self, *conditions: Condition, sort: tuple[str, ...] = BY_TIME, page: Page = EVERYTHING
    ) -> list[ChatModel]:
        """The chats of a condition. Raises `Invalid` if one of them is none."""
        return [chat(row) for row in self.rows(select(self.table).where(*conditions), sort, page)]

    def rows(self, query: Select[Any], sort: tuple[str, ...] = BY_TIME, page: Page = EVERYTHING) -> list[Row]:
        """The rows of a query, sorted totally."""
        query = query.order_by(*(self._ordered(name) for name in sort), *self._by_key())
        if page.limit is not None:
            query = query.limit(page.limit)
        if page.offset:
            query = query.offset(page.offset)
        with self.database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def of_user(self, user_id: str) -> ColumnElement[bool]:
        """The chats of a user. Raises `Invalid`."""
        require_text(self.dialect, user_id)
        return self.columns.user_id == user_id

    def unpinned(self) -> ColumnElement[bool]:
        """Not pinned: False or NULL."""
        return or_(self.columns.pinned == false(), self.columns.pinned.is_(None))

    def change(self, id: str, of: Callable[[Row], Mapping[str, Value]]) -> ChatModel | None:
        """Read, change and write one chat; None for a missing one. What it holds then is judged afterwards: it stays
        written."""
        row = self.changed_row(id, of)
        return None if row is None else chat(row)

    def changed_row(self, id: str, of: Callable[[Row], Mapping[str, Value]]) -> Row | None:
        """As `change`, and whatever the row holds is right."""
        require_text(self.dialect, id)
        with self.database.write() as unit:
            row = self.one(self.columns.id == id, lock=True)
            if row is None:
                return None
            changes = changed(row, of(row))
            if changes:
                self.update(unit, (id,), changes)
        return {**row, **changes}

    def _ordered(self, name: str) -> SQLColumnExpression[Any]:
        """Text goes by its bytes, whatever the database's own order is."""
        bare = name.removeprefix("-")
        column: SQLColumnExpression[Any] = self.columns[bare]
        if CHAT.column(bare).kind is Kind.TEXT and not self.database.binary_order:
            column = column.collate("C")
        return column.desc() if name.startswith("-") else column.asc()
