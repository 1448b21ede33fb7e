"""Models in PocketBase."""

from __future__ import annotations

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.dialect import Dialect
from dualwrite.entity import Row
from dualwrite.pocketbase import Create, Delete, Find, PocketBase, Query, Update, is_null, not_null
from repos.entities import MODEL, USER
from repos.interfaces.models import IModelsRepo
from repos.models.form import Form
from repos.models.model import ModelModel, ModelUserResponse
from repos.pocketbase.base import PocketBaseAdapter
from repos.pocketbase.groups import GroupsPocketBase
from repos.rules.access import has_access
from repos.rules.dialect import require_text
from repos.rules.groups import group
from repos.rules.models import form_changes, new_model, stored_model, synced, toggled, with_owners
from repos.rules.rows import none_if_refused
from repos.rules.users import user

WITH_BASE = Find(MODEL, Query(not_null("base_model_id")))
OWNERS = Find(USER, among={"id": [WITH_BASE.values("user_id")]})


class ModelsPocketBase(PocketBaseAdapter, IModelsRepo, contract=IModelsRepo):
    """Models in PocketBase. They are few: a sync reads them all and writes them in one transaction."""

    entity = MODEL

    def __init__(self, pocketbase: PocketBase, *, dialect: Dialect = "sqlite") -> None:
        super().__init__(pocketbase, dialect=dialect)
        self._groups = GroupsPocketBase(pocketbase, dialect=dialect)

    @override
    def insert_new_model(self, form_data: Form, user_id: str) -> ModelModel | None:
        return self.insert(new_model(form_data, user_id, current_stamp().time))

    @override
    def get_all_models(self) -> list[ModelModel]:
        return [stored_model(row) for row in self.records.find()]

    @override
    def get_models(self) -> list[ModelUserResponse]:
        return _owned(*self.pocketbase.find(WITH_BASE, OWNERS))

    @override
    def get_base_models(self) -> list[ModelModel]:
        return [stored_model(row) for row in self.records.find(is_null("base_model_id"))]

    @override
    def get_models_by_user_id(self, user_id: str, permission: str = "write") -> list[ModelUserResponse]:
        models, users, rows = self.pocketbase.find(WITH_BASE, OWNERS, self._groups.joined(user_id))
        groups = {group(row).id for row in self._groups.with_member(rows, user_id)}
        return [
            each
            for each in _owned(models, users)
            if each.user_id == user_id or has_access(user_id, permission, each.access_control, groups)
        ]

    @override
    @none_if_refused
    def get_model_by_id(self, id: str) -> ModelModel | None:
        require_text(self.dialect, id)
        row = self.get(id)
        return None if row is None else stored_model(row)

    @override
    def toggle_model_by_id(self, id: str) -> ModelModel | None:
        require_text(self.dialect, id)
        row = self.get(id)
        if row is not None:
            row = self.update((id,), toggled(row, current_stamp().time))
        return None if row is None else stored_model(row)

    @override
    def update_model_by_id(self, id: str, model: Form) -> ModelModel | None:
        require_text(self.dialect, id)
        row = self.update((id,), form_changes(model))
        return None if row is None else stored_model(row)

    @override
    def delete_model_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        self.delete(id)
        return True

    @override
    def delete_all_models(self) -> bool:
        self.apply(self.deletions())
        return True

    @override
    def sync_models(self, user_id: str, models: list[ModelModel]) -> list[ModelModel]:
        stored = {str(row["id"]) for row in self.records.find(columns=("id",))}
        change = synced(self.dialect, stored, models, user_id, current_stamp().time)
        self.apply(
            [
                *(Create(MODEL, row) for row in change.created),
                *(Update(MODEL, MODEL.key_of(row), row) for row in change.updated),
                *(Delete(MODEL, (each,)) for each in change.deleted),
            ]
        )
        rows = sorted((*change.created, *change.updated), key=MODEL.key_of)
        return [stored_model(row) for row in rows]


def _owned(models: list[Row], owners: list[Row]) -> list[ModelUserResponse]:
    return with_owners(models, [user(row) for row in owners])
