"""Groups: who belongs together. Membership is a list of user ids inside the group.

*Member by text*: several methods look for a member the way SQL does, by the user id in double quotes anywhere in the
list's JSON text. So `%` and `_` in an id are wildcards there, ids that JSON escapes (all but ASCII) are never found, and
SQLite (not PostgreSQL) takes `A` for `a`. A group found so that does not hold exactly that id makes a removal fail.
"""

from __future__ import annotations

from typing import Protocol

from dualwrite.contract import read, write
from repos.models.form import Form
from repos.models.group import GroupModel


class IGroupsRepo(Protocol):
    """What Open WebUI's GroupTable does."""

    @write(refused=None)
    def insert_new_group(self, user_id: str, form_data: Form) -> GroupModel | None:
        """The new group, made by `user_id`, of which nobody is a member unless the form says so.

        Raises:
            pydantic.ValidationError: the form's fields do not make a group.
        """

    @read()
    def get_groups(self) -> list[GroupModel]:
        """All groups, the last changed first; by id within one second."""

    @read()
    def get_groups_by_member_id(self, user_id: str) -> list[GroupModel]:
        """The groups this user is a member of (by text), the last changed first; by id within one second.

        Raises:
            Invalid: from PostgreSQL, and not from PocketBase, while any group's list of members is JSON but no list.
        """

    @read()
    def get_group_by_id(self, id: str) -> GroupModel | None:
        """The group, or None."""

    @read()
    def get_group_user_ids_by_id(self, id: str) -> list[str] | None:
        """The members' ids, or None for a missing group."""

    @write(refused=None)
    def update_group_by_id(self, id: str, form_data: Form, overwrite: bool = False) -> GroupModel | None:
        """The group with the form's fields, but for those that are None; None for a missing group. `overwrite` has
        no effect."""

    @write(refused=False)
    def delete_group_by_id(self, id: str) -> bool:
        """True, whether or not there was such a group."""

    @write(refused=False)
    def delete_all_groups(self) -> bool:
        """True."""

    @write(refused=False)
    def remove_user_from_all_groups(self, user_id: str) -> bool:
        """True once the user is out of every group they were a member of (by text); False, and nothing changed,
        where one of these does not hold exactly that id."""

    @write(refused=[])
    def create_groups_by_group_names(self, user_id: str, group_names: list[str]) -> list[GroupModel]:
        """New groups for those names that no group has, in their order; a name given twice makes two. The first name
        that the database refuses ends it; the groups before stay.

        Raises:
            pydantic.ValidationError: a name is not text. Nothing is created then.
        """

    @write(refused=False)
    def sync_groups_by_group_names(self, user_id: str, group_names: list[str]) -> bool:
        """True once the user is a member of the existing groups with these names and (by text) of no other; False,
        and nothing changed, as in `remove_user_from_all_groups`."""

    @write(refused=None)
    def add_users_to_group(self, id: str, user_ids: list[str] | None = None) -> GroupModel | None:
        """The group with these members added at the end, each member once; None for a missing group and for None."""

    @write(refused=None)
    def remove_users_from_group(self, id: str, user_ids: list[str] | None = None) -> GroupModel | None:
        """The group without these members, each other member once; an empty group is not touched at all. None for a
        missing group, and for None unless the group is empty."""
