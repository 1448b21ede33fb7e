"""Groups in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Connection, String, cast, func
from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.entity import Row
from repos.entities import GROUP
from repos.interfaces.groups import IGroupsRepo
from repos.models.form import Form
from repos.models.group import GroupModel
from repos.rules.dialect import require_text, require_texts
from repos.rules.groups import (
    GroupUpdate,
    form_changes,
    group,
    member_pattern,
    member_removed,
    member_synced,
    new_group,
    new_groups,
    users_added,
    users_removed,
)
from repos.rules.like import require_pattern
from repos.rules.rows import none_if_refused
from repos.sql.base import SQLAdapter


class GroupsSQL(SQLAdapter, IGroupsRepo, contract=IGroupsRepo):
    """Groups in SQL."""

    entity = GROUP

    @override
    def insert_new_group(self, user_id: str, form_data: Form) -> GroupModel | None:
        stamp = current_stamp()
        new = new_group(stamp.id("group"), user_id, form_data, stamp.time)
        with self.database.write() as unit:
            return self.insert(unit, new)

    @override
    def get_groups(self) -> list[GroupModel]:
        return [group(row) for row in self.find(order=(self.columns.updated_at.desc(),))]

    @override
    def get_groups_by_member_id(self, user_id: str) -> list[GroupModel]:
        return [group(row) for row in self._with_member(user_id)]

    @override
    @none_if_refused
    def get_group_by_id(self, id: str) -> GroupModel | None:
        require_text(self.dialect, id)
        row = self.one(self.columns.id == id)
        return None if row is None else group(row)

    @override
    def get_group_user_ids_by_id(self, id: str) -> list[str] | None:
        found = self.get_group_by_id(id)
        return None if found is None else found.user_ids

    @override
    def update_group_by_id(self, id: str, form_data: Form, overwrite: bool = False) -> GroupModel | None:
        require_text(self.dialect, id)
        changes = form_changes(form_data, current_stamp().time)
        with self.database.write() as unit:
            self.update(unit, (id,), changes)
            row = self.one(self.columns.id == id)
        return None if row is None else group(row)

    @override
    def delete_group_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        with self.database.write() as unit:
            self.delete(unit, self.columns.id == id)
        return True

    @override
    def delete_all_groups(self) -> bool:
        with self.database.write() as unit:
            self.delete(unit)
        return True

    @override
    def remove_user_from_all_groups(self, user_id: str) -> bool:
        with self.database.write() as unit:
            rows = self._with_member(user_id, lock=True)
            self._write(unit, member_removed(rows, user_id, current_stamp().time))
        return True

    @override
    def create_groups_by_group_names(self, user_id: str, group_names: list[str]) -> list[GroupModel]:
        stamp = current_stamp()
        with self.database.write() as unit:
            taken = {existing.name for existing in self.get_groups()}
            names = [name for name in group_names if name not in taken]
            groups = new_groups(self.dialect, lambda: stamp.id("group"), user_id, names, stamp.time)
            return [self.insert(unit, new) for new in groups]

    @override
    def sync_groups_by_group_names(self, user_id: str, group_names: list[str]) -> bool:
        names = require_texts(self.dialect, group_names)
        with self.database.write() as unit:
            named = self.find(self.columns.name.in_(names), lock=True)
            joined = self._with_member(user_id, lock=True)
            self._write(unit, member_synced(named, joined, user_id, current_stamp().time))
        return True

    @override
    def add_users_to_group(self, id: str, user_ids: list[str] | None = None) -> GroupModel | None:
        return self._change(id, lambda row: users_added(row, user_ids, current_stamp().time))

    @override
    def remove_users_from_group(self, id: str, user_ids: list[str] | None = None) -> GroupModel | None:
        return self._change(id, lambda row: users_removed(row, user_ids, current_stamp().time))

    def _with_member(self, user_id: str, *, lock: bool = False) -> list[Row]:
        pattern = member_pattern(user_id)
        require_text(self.dialect, pattern)
        require_pattern(self.dialect, pattern)
        return self.find(
            func.json_array_length(self.columns.user_ids) > 0,
            cast(self.columns.user_ids, String).like(pattern),
            order=(self.columns.updated_at.desc(),),
            lock=lock,
        )

    def _write(self, unit: Connection, updates: Iterable[GroupUpdate]) -> None:
        for each in updates:
            self.update(unit, (each.id,), each.changes)

    def _change(self, id: str, of: Callable[[Row], GroupUpdate | None]) -> GroupModel | None:
        """Read, change and write one group. What it holds then is judged afterwards: it stays written."""
        require_text(self.dialect, id)
        with self.database.write() as unit:
            row = self.one(self.columns.id == id, lock=True)
            if row is None:
                return None
            update = of(row)
            if update is not None:
                self._write(unit, [update])
                row |= update.changes
        return group(row)
