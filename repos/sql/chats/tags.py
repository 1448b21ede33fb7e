"""Tags of chats in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection, false, func, or_, select
from typing_extensions import override

from dualwrite.entity import Row, Value
from dualwrite.errors import Invalid
from repos.entities import TAG
from repos.interfaces.chats.tags import HasId, IChatTags
from repos.models.chat import ChatModel
from repos.models.tag import TagModel
from repos.rules.chats.lists import BY_ID
from repos.rules.chats.records import changed, chat
from repos.rules.chats.tags import (
    known_names,
    tag_added_if_possible,
    tag_cleared,
    tag_found,
    tag_ids_of,
    tag_made,
    tag_removed,
    tags_of,
    tags_replaced,
)
from repos.rules.dialect import require_text
from repos.rules.rows import to_model
from repos.rules.tags import tag_id, wanted_tag_id
from repos.sql.chats.base import ChatsSQLBase
from repos.sql.chats.documents import has_tag


class ChatTagsSQL(ChatsSQLBase, IChatTags):
    """Tags of chats in SQL."""

    @override
    def update_chat_tags_by_id(self, id: str, tags: list[str], user: HasId) -> ChatModel | None:
        require_text(self.dialect, id)
        with self.database.write() as unit:
            row = self.one(self.columns.id == id, lock=True)
            if row is None:
                return None
            chat(row)
            old = tag_ids_of(row)
            found = self._tags(user.id, [*old, *map(tag_id, tags)])
            used = self._used_elsewhere(id, user.id, old)
            change = tags_replaced(self.dialect, row, tags, user.id, found, used)
            self._write_tags(unit, user.id, found, change.tags)
            return chat(self._write_meta(unit, row, change.meta))

    @override
    def get_chat_tags_by_id_and_user_id(self, id: str, user_id: str) -> list[TagModel | None]:
        require_text(self.dialect, id)
        with self.database.read():
            row = self.one(self.columns.id == id)
            if row is None:
                return []
            names = tags_of(row)
            found = self._tags(user_id, [tag_id(name) for name in names if isinstance(name, str)])
        rows = [found.get(tag_id(name)) if isinstance(name, str) else None for name in names]
        return [None if row is None else tag_found(row) for row in rows]

    @override
    def get_chat_list_by_user_id_and_tag_name(
        self, user_id: str, tag_name: str, skip: int = 0, limit: int = 50
    ) -> list[ChatModel]:
        return self.listed(self.of_user(user_id), has_tag(self.dialect, self._wanted(tag_name)), sort=BY_ID)

    @override
    def add_chat_tag_by_id_and_user_id_and_tag_name(
        self, id: str, user_id: str, tag_name: str
    ) -> ChatModel | None:
        require_text(self.dialect, id)
        tag = tag_id(tag_name)
        with self.database.write() as unit:
            found = self._tags(user_id, [tag])
            made = tag_made(self.dialect, tag_name, user_id, found.get(tag))
            if made is not None:
                self._write_tags(unit, user_id, found, {tag: made})
            row = self.one(self.columns.id == id, lock=True)
            meta = tag_added_if_possible(row, tag)
            if row is None or meta is None:
                return None  # and yet the tag is made
            row = self._write_meta(unit, row, meta)
        return chat(row)

    @override
    def count_chats_by_tag_name_and_user_id(self, tag_name: str, user_id: str) -> int:
        query = (
            select(func.count())
            .select_from(self.table)
            .where(
                self.of_user(user_id),
                self.columns.archived == false(),
                has_tag(self.dialect, self._wanted(tag_name)),
            )
        )
        with self.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    @override
    def delete_tag_by_id_and_user_id_and_tag_name(self, id: str, user_id: str, tag_name: str) -> bool:
        return self._retag(id, lambda row: tag_removed(row, tag_name))

    @override
    def delete_all_tags_by_id_and_user_id(self, id: str, user_id: str) -> bool:
        return self._retag(id, tag_cleared)

    def _wanted(self, tag_name: str) -> str:
        wanted = wanted_tag_id(tag_name)
        require_text(self.dialect, wanted)
        return wanted

    def _retag(self, id: str, meta: Callable[[Row], Value]) -> bool:
        return self.changed_row(id, lambda row: {"meta": meta(row)}) is not None

    def _tags(self, user_id: str, ids: Iterable[str]) -> dict[str, Row]:
        """The user's tags among these, by id."""
        try:
            require_text(self.dialect, user_id)
        except Invalid:
            return {}
        columns = self.tags.columns
        rows = self.tags.find(columns.user_id == user_id, columns.id.in_(known_names(self.dialect, ids)))
        return {str(row["id"]): row for row in rows}

    def _used_elsewhere(self, id: str, user_id: str, tag_ids: Sequence[str]) -> set[str]:
        """The tags that other chats of the user name, archived ones not counted."""
        if not tag_ids:
            return set()
        require_text(self.dialect, *tag_ids)
        query = select(self.columns.meta).where(
            self.of_user(user_id),
            self.columns.archived == false(),
            self.columns.id != id,
            or_(*(has_tag(self.dialect, tag) for tag in tag_ids)),
        )
        with self.database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return {tag for row in rows for tag in tags_of(dict(row)) if isinstance(tag, str)}

    def _write_tags(
        self, unit: Connection, user_id: str, found: Mapping[str, Row], after: Mapping[str, Row | None]
    ) -> None:
        for tag, row in after.items():
            if row is None:
                self.tags.delete(unit, *self.tags.is_key((tag, user_id)))
            elif tag in found:
                self.tags.update(unit, (tag, user_id), row)
            else:
                self.tags.insert(unit, to_model(TagModel, TAG, row))

    def _write_meta(self, unit: Connection, row: Row, meta: Value) -> Row:
        changes = changed(row, {"meta": meta})
        if changes:
            self.update(unit, (str(row["id"]),), changes)
        return {**row, **changes}
