"""Folders in SQL."""

from __future__ import annotations

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.entity import Value
from repos.entities import FOLDER
from repos.interfaces.folders import IFoldersRepo
from repos.models.folder import FolderModel
from repos.models.form import Form
from repos.rules.dialect import require_text
from repos.rules.folders import FolderChange, Tree, flag, folder, new_folder, normalised_name
from repos.rules.like import require_pattern
from repos.rules.rows import none_if_refused
from repos.sql.base import SQLAdapter


class FoldersSQL(SQLAdapter, IFoldersRepo, contract=IFoldersRepo):
    """Folders in SQL."""

    entity = FOLDER

    @override
    def insert_new_folder(
        self, user_id: str, form_data: Form, parent_id: str | None = None
    ) -> FolderModel | None:
        stamp = current_stamp()
        form = form_data.model_dump(exclude_unset=True)
        new = new_folder(stamp.id("folder"), user_id, form, parent_id, stamp.time)
        with self.database.write() as unit:
            return self.insert(unit, new)

    @override
    @none_if_refused
    def get_folder_by_id_and_user_id(self, id: str, user_id: str) -> FolderModel | None:
        require_text(self.dialect, id, user_id)
        row = self.one(*self.is_key((id, user_id)))
        return None if row is None else folder(row)

    @override
    @none_if_refused
    def get_children_folders_by_id_and_user_id(self, id: str, user_id: str) -> list[FolderModel] | None:
        tree = self._tree(id, user_id)
        return tree.below(id) if id in tree else None

    @override
    def get_folders_by_user_id(self, user_id: str) -> list[FolderModel]:
        require_text(self.dialect, user_id)
        return [folder(row) for row in self.find(self.columns.user_id == user_id)]

    @override
    @none_if_refused
    def get_folder_by_parent_id_and_user_id_and_name(
        self, parent_id: str | None, user_id: str, name: str
    ) -> FolderModel | None:
        require_text(self.dialect, parent_id, user_id, name)
        require_pattern(self.dialect, name)
        row = self.one(
            self.columns.parent_id == parent_id,
            self.columns.user_id == user_id,
            self.columns.name.ilike(name),
        )
        return None if row is None else folder(row)

    @override
    def get_folders_by_parent_id_and_user_id(self, parent_id: str | None, user_id: str) -> list[FolderModel]:
        require_text(self.dialect, parent_id, user_id)
        rows = self.find(self.columns.parent_id == parent_id, self.columns.user_id == user_id)
        return [folder(row) for row in rows]

    @override
    def update_folder_parent_id_by_id_and_user_id(
        self, id: str, user_id: str, parent_id: str
    ) -> FolderModel | None:
        return self._set(id, user_id, {"parent_id": parent_id})

    @override
    def update_folder_by_id_and_user_id(self, id: str, user_id: str, form_data: Form) -> FolderModel | None:
        require_text(self.dialect, id, user_id)
        with self.database.write() as unit:
            row = self.one(*self.is_key((id, user_id)), lock=True)
            if row is None:
                return None
            change = FolderChange(row, form_data, current_stamp().time)
            require_text(self.dialect, change.new_name)
            if change.new_name is not None:
                namesake = self.one(
                    self.columns.name == change.new_name,
                    self.columns.parent_id == row["parent_id"],
                    self.columns.user_id == user_id,
                )
                if namesake is not None and namesake["id"] != id:
                    return None
            self.update(unit, (id, user_id), change.changes)
        return folder(row, **change.answer)

    @override
    def update_folder_is_expanded_by_id_and_user_id(
        self, id: str, user_id: str, is_expanded: bool
    ) -> FolderModel | None:
        return self._set(id, user_id, {"is_expanded": flag(is_expanded)})

    @override
    def delete_folder_by_id_and_user_id(self, id: str, user_id: str) -> list[str]:
        with self.database.write() as unit:
            tree = self._tree(id, user_id, lock=True)
            if id not in tree:
                return []
            ids = [id, *(child.id for child in tree.below(id))]
            self.delete(unit, self.columns.user_id == user_id, self.columns.id.in_(ids))
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

    def _tree(self, *ids: str, lock: bool = False) -> Tree:
        """All folders of the user whose id comes last."""
        require_text(self.dialect, *ids)
        return Tree(self.find(self.columns.user_id == ids[-1], lock=lock))

    def _set(self, id: str, user_id: str, changes: dict[str, Value]) -> FolderModel | None:
        require_text(self.dialect, id, user_id)
        changes["updated_at"] = current_stamp().time
        with self.database.write() as unit:
            row = self.one(*self.is_key((id, user_id)), lock=True)
            if row is None:
                return None
            self.update(unit, (id, user_id), changes)
        return folder({**row, **changes})
