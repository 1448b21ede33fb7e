"""Tags of chats in PocketBase: a chat and the user's tags are written in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from typing_extensions import override

from dualwrite.entity import Row, Value
from dualwrite.pocketbase import (
    Create,
    Delete,
    Find,
    Query,
    Update,
    Where,
    all_of,
    any_of,
    eq,
    in_,
    json_has_all,
    json_has_any,
    json_like,
    matches,
    ne,
    not_,
)
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
# Whatever `tags` holds but an empty list: what it is then is judged by the rules.
SOME_TAGS = all_of(
    json_like("meta", ["tags"], "%", any_kind=True), not_(json_like("meta", ["tags"], "[]", any_kind=True))
)


class ChatTagsPocketBase(ChatsPocketBaseBase, IChatTags):
    """Tags of chats in PocketBase."""

    @override
    def update_chat_tags_by_id(self, id: str, tags: list[str], user: HasId) -> ChatModel | None:
        require_text(self.dialect, id)
        chats = Find(CHAT, Query(eq("id", id)))
        own = Find(TAG, Query(self._owner_is(user.id)))
        # The other chats are looked through only where this one has tags.
        tagged = Find(CHAT, Query(all_of(eq("id", id), SOME_TAGS), columns=CHAT.key))
        others = all_of(self._owner_is(user.id), UNARCHIVED, ne("id", id), SOME_TAGS)
        elsewhere = Find(CHAT, Query(others, columns=("meta",)), given=tagged)
        rows, tag_rows, _, metas = self.pocketbase.find(chats, own, tagged, elsewhere)
        if not rows:
            return None
        (row,) = rows
        chat(row)
        old = tag_ids_of(row)
        if old:
            require_text(self.dialect, user.id, *old)
        found = {str(tag["id"]): tag for tag in tag_rows}
        change = tags_replaced(self.dialect, row, tags, user.id, found, _used(metas, old))
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
        if not names:
            return []
        wanted = self._tags(user_id, [tag_id(name) for name in names if isinstance(name, str)])
        found = {str(tag["id"]): tag for tag in self.tags.records.find(wanted)}
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
        rows, found = self.pocketbase.find(
            Find(CHAT, Query(eq("id", id))), Find(TAG, Query(self._tags(user_id, [tag])))
        )
        made = tag_made(self.dialect, tag_name, user_id, found[0] if found else None)
        changes: list[TagChange] = [] if made is None else [Create(TAG, made)]
        row = rows[0] if rows else None
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

    def _owner_is(self, user_id: str) -> Where:
        """What belongs to a user; nothing to one that the database could not be asked for."""
        return eq("user_id", user_id) if known_names(self.dialect, [user_id]) else any_of()

    def _tags(self, user_id: str, ids: Iterable[str]) -> Where:
        """The user's tags among these."""
        return all_of(self._owner_is(user_id), in_("id", known_names(self.dialect, ids)))


def _used(metas: Iterable[Row], tag_ids: Sequence[str]) -> set[str]:
    """The tags that chats name which have one of these."""
    one_of_these = json_has_any("meta", ["tags"], tag_ids)
    used = [row for row in metas if matches(one_of_these, row)]
    return {tag for row in used for tag in tags_of(row) if isinstance(tag, str)}


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
