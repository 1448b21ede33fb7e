"""Groups in PocketBase."""

from __future__ import annotations

import re
from collections.abc import Callable

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.entity import Row
from dualwrite.pocketbase import Create, Find, Query, Update, Where, any_of, in_, json_like, not_null
from repos.entities import GROUP
from repos.interfaces.groups import IGroupsRepo
from repos.models.form import Form
from repos.models.group import GroupModel
from repos.pocketbase.base import PocketBaseAdapter
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
    with_member,
)
from repos.rules.like import require_pattern
from repos.rules.rows import none_if_refused, to_model, to_row

LAST_CHANGED = ("-updated_at",)
_PLAIN = re.compile(r"[A-Za-z0-9-]{1,255}")


class GroupsPocketBase(PocketBaseAdapter, IGroupsRepo, contract=IGroupsRepo):
    """Groups in PocketBase."""

    entity = GROUP

    @override
    def insert_new_group(self, user_id: str, form_data: Form) -> GroupModel | None:
        stamp = current_stamp()
        return self.insert(new_group(stamp.id("group"), user_id, form_data, stamp.time))

    @override
    def get_groups(self) -> list[GroupModel]:
        return [group(row) for row in self.records.find(sort=LAST_CHANGED)]

    @override
    def get_groups_by_member_id(self, user_id: str) -> list[GroupModel]:
        (rows,) = self.pocketbase.find(self.joined(user_id))
        return [group(row) for row in self.with_member(rows, user_id)]

    @override
    @none_if_refused
    def get_group_by_id(self, id: str) -> GroupModel | None:
        require_text(self.dialect, id)
        row = self.get(id)
        return None if row is None else group(row)

    @override
    def get_group_user_ids_by_id(self, id: str) -> list[str] | None:
        found = self.get_group_by_id(id)
        return None if found is None else found.user_ids

    @override
    def update_group_by_id(self, id: str, form_data: Form, overwrite: bool = False) -> GroupModel | None:
        require_text(self.dialect, id)
        row = self.update((id,), form_changes(form_data, current_stamp().time))
        return None if row is None else group(row)

    @override
    def delete_group_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        self.delete(id)
        return True

    @override
    def delete_all_groups(self) -> bool:
        self.apply(self.deletions())
        return True

    @override
    def remove_user_from_all_groups(self, user_id: str) -> bool:
        (rows,) = self.pocketbase.find(self.joined(user_id))
        self.apply(self.removals(rows, user_id))
        return True

    @override
    def create_groups_by_group_names(self, user_id: str, group_names: list[str]) -> list[GroupModel]:
        stamp = current_stamp()
        taken = {existing.name for existing in self.get_groups()}
        names = [name for name in group_names if name not in taken]
        groups = new_groups(self.dialect, lambda: stamp.id("group"), user_id, names, stamp.time)
        rows = [to_row(GROUP, new) for new in groups]
        self.apply(Create(GROUP, row) for row in rows)
        return [to_model(GroupModel, GROUP, row) for row in rows]

    @override
    def sync_groups_by_group_names(self, user_id: str, group_names: list[str]) -> bool:
        names = set(require_texts(self.dialect, group_names))
        rows = self.records.find(any_of(in_("name", sorted(names)), _may_have(user_id)))
        named = [row for row in rows if row["name"] in names]
        joined = self.with_member(rows, user_id)
        self.apply(_written(member_synced(named, joined, user_id, current_stamp().time)))
        return True

    @override
    def add_users_to_group(self, id: str, user_ids: list[str] | None = None) -> GroupModel | None:
        return self._change(id, lambda row: users_added(row, user_ids, current_stamp().time))

    @override
    def remove_users_from_group(self, id: str, user_ids: list[str] | None = None) -> GroupModel | None:
        return self._change(id, lambda row: users_removed(row, user_ids, current_stamp().time))

    def joined(self, user_id: str) -> Find:
        """A find that leaves out no group with this member (by text); `with_member` decides."""
        return Find(GROUP, Query(_may_have(user_id), LAST_CHANGED))

    def with_member(self, rows: list[Row], user_id: str) -> list[Row]:
        """The groups among these that have this member (by text). Raises `Invalid` for whom the database could not look."""
        pattern = member_pattern(user_id)
        require_text(self.dialect, pattern)
        require_pattern(self.dialect, pattern)
        return with_member(self.dialect, rows, user_id)

    def removals(self, rows: list[Row], user_id: str) -> list[Update]:
        """What takes a user out of every group of these that they are a member of (by text).

        Raises:
            Invalid: one of these does not hold exactly that id.
        """
        joined = self.with_member(rows, user_id)
        return _written(member_removed(joined, user_id, current_stamp().time))

    def _change(self, id: str, of: Callable[[Row], GroupUpdate | None]) -> GroupModel | None:
        """Read, change and write one group. What it holds then is judged afterwards: it stays written."""
        require_text(self.dialect, id)
        row = self.get(id)
        if row is None:
            return None
        update = of(row)
        if update is not None:
            row = self.update((id,), update.changes)
        return None if row is None else group(row)


def _written(updates: list[GroupUpdate]) -> list[Update]:
    return [Update(GROUP, (each.id,), each.changes) for each in updates]


def _may_have(user_id: str) -> Where:
    """A condition that no group with this member (by text) fails.

    Only an id without wildcards and escapes can be looked for among the elements instead of in the text.
    """
    if _PLAIN.fullmatch(str(user_id)):
        return json_like("user_ids", ["*"], str(user_id))
    return not_null("user_ids")
