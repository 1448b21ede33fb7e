"""Tags of chats in PocketBase: a chat and the user's tags are written in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from typing_extensions import override

from dualwrite.entity import Row, Value
from dualwrite.errors import Invalid
from dualwrite.pocketbase import Create, Delete, Update, all_of, eq, in_, json_has_all, json_has_any, ne
from repos.entities import CHAT, TAG
from repos.interfaces.chats.tags import HasId, IChatTags
from repos.models.chat import ChatModel
from repos.models.tag import TagModel
from repos.pocketbase.chats.base import UNARCHIVED, ChatsPocketBaseBase
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
from repos.rules.tags import tag_id, wanted_tag_id

TagChange = Create | Update | Delete


class ChatTagsPocketBase(ChatsPocketBaseBase, IChatTags):
    """Tags of chats in PocketBase."""

    @override
    def update_chat_tags_by_id(self, id: str, tags: list[str], user: HasId) -> ChatModel | None:
        require_text(self.dialect, id)
        row = self.get(id)
        if row is None:
            return None
        chat(row)
        old = tag_ids_of(row)
        found = self._tags(user.id, [*old, *map(tag_id, tags)])
        used = self._used_elsewhere(id, user.id, old)
        change = tags_replaced(self.dialect, row, tags, user.id, found, used)
        after = {**row, "meta": change.meta}
        self.apply([*_tag_changes(user.id, found, change.tags), *_meta_changes(row, change.meta)])
        return chat(after)

    @override
    def get_chat_tags_by_id_and_user_id(self, id: str, user_id: str) -> list[TagModel | None]:
        require_text(self.dialect, id)
        row = self.get(id)
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
        has_tag = json_has_all("meta", ["tags"], [self._wanted(tag_name)])
        return self.listed(all_of(self.of_user(user_id), has_tag), sort=BY_ID)

    @override
    def add_chat_tag_by_id_and_user_id_and_tag_name(
        self, id: str, user_id: str, tag_name: str
    ) -> ChatModel | None:
        require_text(self.dialect, id)
        tag = tag_id(tag_name)
        found = self._tags(user_id, [tag])
        made = tag_made(self.dialect, tag_name, user_id, found.get(tag))
        changes: list[TagChange] = [] if made is None else [Create(TAG, made)]
        row = self.get(id)
        meta = tag_added_if_possible(row, tag)
        if row is None or meta is None:
            self.apply(changes)
            return None  # and yet the tag is made
        self.apply([*changes, *_meta_changes(row, meta)])
        return chat({**row, "meta": meta})

    @override
    def count_chats_by_tag_name_and_user_id(self, tag_name: str, user_id: str) -> int:
        has_tag = json_has_all("meta", ["tags"], [self._wanted(tag_name)])
        return self.records.count(all_of(self.of_user(user_id), UNARCHIVED, has_tag))

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
        wanted = known_names(self.dialect, ids)
        try:
            require_text(self.dialect, user_id)
        except Invalid:
            return {}
        if not wanted:
            return {}
        rows = self.tags.records.find(all_of(eq("user_id", user_id), in_("id", wanted)))
        return {str(row["id"]): row for row in rows}

    def _used_elsewhere(self, id: str, user_id: str, tag_ids: Sequence[str]) -> set[str]:
        """The tags that other chats of the user name, archived ones not counted."""
        if not tag_ids:
            return set()
        require_text(self.dialect, *tag_ids)
        where = all_of(
            self.of_user(user_id), UNARCHIVED, ne("id", id), json_has_any("meta", ["tags"], tag_ids)
        )
        rows = self.records.find(where, columns=("meta",))
        return {tag for row in rows for tag in tags_of(row) if isinstance(tag, str)}


def _tag_changes(
    user_id: str, found: Mapping[str, Row], after: Mapping[str, Row | None]
) -> Iterator[TagChange]:
    for tag, row in after.items():
        if row is None:
            yield Delete(TAG, (tag, user_id))
        elif tag in found:
            yield Update(TAG, (tag, user_id), row)
        else:
            yield Create(TAG, row)


def _meta_changes(row: Row, meta: Value) -> Iterator[TagChange]:
    changes = changed(row, {"meta": meta})
    if changes:
        yield Update(CHAT, (str(row["id"]),), changes)
