"""Folders in PocketBase. A user's folders are few: trees are walked in memory, from one request."""

from __future__ import annotations

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.entity import Row, Value
from dualwrite.pocketbase import Delete, all_of, any_of, eq
from repos.entities import FOLDER
from repos.interfaces.folders import IFoldersRepo
from repos.models.folder import FolderModel
from repos.models.form import Form
from repos.pocketbase.base import PocketBaseAdapter
from repos.rules.dialect import require_text
from repos.rules.folders import FolderChange, Tree, flag, folder, new_folder, normalised_name
from repos.rules.like import matcher, require_pattern
from repos.rules.rows import none_if_refused


class FoldersPocketBase(PocketBaseAdapter, IFoldersRepo, contract=IFoldersRepo):
    """Folders in PocketBase."""

    entity = FOLDER

    @override
    def insert_new_folder(
        self, user_id: str, form_data: Form, parent_id: str | None = None
    ) -> FolderModel | None:
        stamp = current_stamp()
        form = form_data.model_dump(exclude_unset=True)
        return self.insert(new_folder(stamp.id("folder"), user_id, form, parent_id, stamp.time))

    @override
    @none_if_refused
    def get_folder_by_id_and_user_id(self, id: str, user_id: str) -> FolderModel | None:
        require_text(self.dialect, id, user_id)
        row = self.get(id, user_id)
        return None if row is None else folder(row)

    @override
    @none_if_refused
    def get_children_folders_by_id_and_user_id(self, id: str, user_id: str) -> list[FolderModel] | None:
        tree = self._tree(id, user_id)
        return tree.below(id) if id in tree else None

    @override
    def get_folders_by_user_id(self, user_id: str) -> list[FolderModel]:
        require_text(self.dialect, user_id)
        return [folder(row) for row in self.records.find(eq("user_id", user_id))]

    @override
    @none_if_refused
    def get_folder_by_parent_id_and_user_id_and_name(
        self, parent_id: str | None, user_id: str, name: str
    ) -> FolderModel | None:
        require_text(self.dialect, parent_id, user_id, name)
        require_pattern(self.dialect, name)
        is_like = matcher(self.dialect, name, ignore_case=True)
        for row in self._right_under(parent_id, user_id):
            if is_like(str(row["name"])):
                return folder(row)
        return None

    @override
    def get_folders_by_parent_id_and_user_id(self, parent_id: str | None, user_id: str) -> list[FolderModel]:
        require_text(self.dialect, parent_id, user_id)
        return [folder(row) for row in self._right_under(parent_id, user_id)]

    @override
    def update_folder_parent_id_by_id_and_user_id(
        self, id: str, user_id: str, parent_id: str
    ) -> FolderModel | None:
        return self._set(id, user_id, {"parent_id": parent_id})

    @override
    def update_folder_by_id_and_user_id(self, id: str, user_id: str, form_data: Form) -> FolderModel | None:
        require_text(self.dialect, id, user_id)
        # The folder and its possible namesakes in one request.
        name = form_data.model_dump(exclude_unset=True).get("name")
        require_text(self.dialect, name)
        is_asked_for = eq("id", id) if name is None else any_of(eq("id", id), eq("name", name))
        rows = self.records.find(all_of(eq("user_id", user_id), is_asked_for))
        row = next((row for row in rows if row["id"] == id), None)
        if row is None:
            return None
        change = FolderChange(row, form_data, current_stamp().time)
        for other in rows:
            if name is not None and other["name"] == name and other["parent_id"] == row["parent_id"]:
                if other["id"] != id:
                    return None
                break
        if self.update((id, user_id), change.changes) is None:
            return None
        return folder(row, **change.answer)

    @override
    def update_folder_is_expanded_by_id_and_user_id(
        self, id: str, user_id: str, is_expanded: bool
    ) -> FolderModel | None:
        return self._set(id, user_id, {"is_expanded": flag(is_expanded)})

    @override
    def delete_folder_by_id_and_user_id(self, id: str, user_id: str) -> list[str]:
        tree = self._tree(id, user_id)
        if id not in tree:
            return []
        ids = [id, *(child.id for child in tree.below(id))]
        self.apply(Delete(FOLDER, (each, user_id)) for each in ids)
        return ids

    @override
    def normalize_folder_name(self, name: str) -> str:
        return normalised_name(name)

    @override
    def search_folders_by_names(self, user_id: str, queries: list[str]) -> list[FolderModel]:
        wanted = [normalised_name(query) for query in queries]
        return self._tree(user_id).with_names(wanted) if wanted else []

    @override
    def search_folders_by_name_contains(self, user_id: str, query: str) -> list[FolderModel]:
        wanted = normalised_name(query)
        return self._tree(user_id).with_name_containing(wanted)

    def _tree(self, *ids: str) -> Tree:
        """All folders of the user whose id comes last."""
        require_text(self.dialect, *ids)
        return Tree(self.records.find(eq("user_id", ids[-1])))

    def _right_under(self, parent_id: str | None, user_id: str) -> list[Row]:
        where = all_of(eq("parent_id", parent_id), eq("user_id", user_id))
        return self.records.find(where)

    def _set(self, id: str, user_id: str, changes: dict[str, Value]) -> FolderModel | None:
        require_text(self.dialect, id, user_id)
        changes["updated_at"] = current_stamp().time
        row = self.update((id, user_id), changes)
        return None if row is None else folder(row)
