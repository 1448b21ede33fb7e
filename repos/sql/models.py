"""Models in SQL."""

from __future__ import annotations

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.sql import Database
from repos.entities import MODEL
from repos.interfaces.models import IModelsRepo
from repos.models.form import Form
from repos.models.model import ModelModel, ModelUserResponse
from repos.rules.access import has_access
from repos.rules.dialect import require_text
from repos.rules.models import form_changes, new_model, owners, stored_model, synced, toggled, with_owners
from repos.rules.rows import none_if_refused
from repos.sql.base import SQLAdapter
from repos.sql.groups import GroupsSQL
from repos.sql.users import UsersSQL


class ModelsSQL(SQLAdapter, IModelsRepo, contract=IModelsRepo):
    """Models in SQL."""

    entity = MODEL

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._groups = GroupsSQL(database)
        self._users = UsersSQL(database)

    @override
    def insert_new_model(self, form_data: Form, user_id: str) -> ModelModel | None:
        new = new_model(form_data, user_id, current_stamp().time)
        with self.database.write() as unit:
            return self.insert(unit, new)

    @override
    def get_all_models(self) -> list[ModelModel]:
        return [stored_model(row) for row in self.find()]

    @override
    def get_models(self) -> list[ModelUserResponse]:
        with self.database.read():
            rows = self.find(self.columns.base_model_id.is_not(None))
            return with_owners(rows, self._users.get_users_by_user_ids(owners(rows)))

    @override
    def get_base_models(self) -> list[ModelModel]:
        return [stored_model(row) for row in self.find(self.columns.base_model_id.is_(None))]

    @override
    def get_models_by_user_id(self, user_id: str, permission: str = "write") -> list[ModelUserResponse]:
        with self.database.read():
            models = self.get_models()
            groups = {group.id for group in self._groups.get_groups_by_member_id(user_id)}
        return [
            each
            for each in models
            if each.user_id == user_id or has_access(user_id, permission, each.access_control, groups)
        ]

    @override
    @none_if_refused
    def get_model_by_id(self, id: str) -> ModelModel | None:
        require_text(self.dialect, id)
        row = self.one(self.columns.id == id)
        return None if row is None else stored_model(row)

    @override
    def toggle_model_by_id(self, id: str) -> ModelModel | None:
        require_text(self.dialect, id)
        with self.database.write() as unit:
            row = self.one(self.columns.id == id, lock=True)
            if row is None:
                return None
            changes = toggled(row, current_stamp().time)
            self.update(unit, (id,), changes)
        return stored_model(row | changes)

    @override
    def update_model_by_id(self, id: str, model: Form) -> ModelModel | None:
        require_text(self.dialect, id)
        changes = form_changes(model)
        with self.database.write() as unit:
            self.update(unit, (id,), changes)
            row = self.one(self.columns.id == id)
        return None if row is None else stored_model(row)

    @override
    def delete_model_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        with self.database.write() as unit:
            self.delete(unit, self.columns.id == id)
        return True

    @override
    def delete_all_models(self) -> bool:
        with self.database.write() as unit:
            self.delete(unit)
        return True

    @override
    def sync_models(self, user_id: str, models: list[ModelModel]) -> list[ModelModel]:
        with self.database.write() as unit:
            stored = {str(row["id"]) for row in self.find(lock=True)}
            change = synced(self.dialect, stored, models, user_id, current_stamp().time)
            for row in change.created:
                self.create(unit, row)
            for row in change.updated:
                self.update(unit, MODEL.key_of(row), row)
            if change.deleted:
                self.delete(unit, self.columns.id.in_(change.deleted))
            rows = self.find()
        return [stored_model(row) for row in rows]
