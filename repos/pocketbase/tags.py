"""Tags in PocketBase."""

from __future__ import annotations

from typing_extensions import override

from dualwrite.pocketbase import all_of, eq, in_
from repos.entities import TAG
from repos.interfaces.tags import ITagsRepo
from repos.models.tag import TagModel
from repos.pocketbase.base import PocketBaseAdapter
from repos.rules.dialect import require_text, require_texts
from repos.rules.rows import none_if_refused, to_model
from repos.rules.tags import tag_id, wanted_tag_id


class TagsPocketBase(PocketBaseAdapter, ITagsRepo, contract=ITagsRepo):
    """Tags in PocketBase."""

    entity = TAG

    @override
    def insert_new_tag(self, name: str, user_id: str) -> TagModel | None:
        return self.insert(TagModel(id=tag_id(name), name=name, user_id=user_id))

    @override
    @none_if_refused
    def get_tag_by_name_and_user_id(self, name: str, user_id: str) -> TagModel | None:
        require_text(self.dialect, name, user_id)
        row = self.get(wanted_tag_id(name), user_id)
        return None if row is None else to_model(TagModel, TAG, row)

    @override
    def get_tags_by_user_id(self, user_id: str) -> list[TagModel]:
        require_text(self.dialect, user_id)
        return [to_model(TagModel, TAG, row) for row in self.records.find(eq("user_id", user_id))]

    @override
    def get_tags_by_ids_and_user_id(self, ids: list[str], user_id: str) -> list[TagModel]:
        require_text(self.dialect, user_id)
        wanted = require_texts(self.dialect, ids)
        if not wanted:
            return []
        rows = self.records.find(all_of(eq("user_id", user_id), in_("id", wanted)))
        return [to_model(TagModel, TAG, row) for row in rows]

    @override
    def delete_tag_by_name_and_user_id(self, name: str, user_id: str) -> bool:
        require_text(self.dialect, name, user_id)
        self.delete(wanted_tag_id(name), user_id)
        return True
