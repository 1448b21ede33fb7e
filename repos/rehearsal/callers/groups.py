"""Calls of the groups repository."""

from __future__ import annotations

from random import Random

from repos.interfaces import IGroupsRepo
from repos.models.group import GroupForm, GroupModel, GroupUpdateForm
from repos.rehearsal.callers.action import Action, writing
from repos.rehearsal.ledger import Ledger
from repos.rehearsal.words import sentence, title

_MOST = 30  # groups of one worker
_PERMISSIONS = {"workspace": {"models": True, "tools": False}, "limits": {"share": 1.0}}


class GroupCalls:
    """One worker's calls; `users` are its own, `others` are only read."""

    def __init__(
        self, repo: IGroupsRepo, rng: Random, ledger: Ledger, users: list[str], others: list[str]
    ) -> None:
        self._repo = repo
        self._rng = rng
        self._ledger = ledger
        self._users = users
        self._others = others
        self._groups: dict[str, GroupModel] = {}

    def actions(self) -> list[Action]:
        """Every request asks whose member somebody is; an administrator changes groups now and then."""
        return [
            Action(70, "groups.get_groups_by_member_id", False, self._of_member),
            Action(10, "groups.get_groups", False, self._repo.get_groups),
            Action(25, "groups.get_group_by_id", False, self._one),
            Action(10, "groups.get_group_user_ids_by_id", False, self._members),
            Action(2, "groups.insert_new_group", True, self._insert),
            Action(3, "groups.update_group_by_id", True, self._update),
            Action(4, "groups.add_users_to_group", True, self._add),
            Action(3, "groups.remove_users_from_group", True, self._remove),
            Action(1, "groups.remove_user_from_all_groups", True, self._leave),
            Action(1, "groups.create_groups_by_group_names", True, self._create),
            Action(1, "groups.delete_group_by_id", True, self._delete),
        ]

    def _of_member(self) -> None:
        self._repo.get_groups_by_member_id(self._rng.choice(self._others))

    def _one(self) -> None:
        self._repo.get_group_by_id(self._pick())

    def _members(self) -> None:
        self._repo.get_group_user_ids_by_id(self._pick())

    def _insert(self) -> None:
        if len(self._groups) >= _MOST:
            return self._delete()
        form = GroupForm(name=title(self._rng), description=sentence(self._rng), permissions=_PERMISSIONS)
        self._keep(self._repo.insert_new_group(self._rng.choice(self._users), form))
        return None

    def _update(self) -> None:
        identity = self._pick()
        form = GroupUpdateForm(name=title(self._rng), description="", user_ids=self._some())
        with writing(self._ledger, "group", (identity,)):
            self._keep(self._repo.update_group_by_id(identity, form))

    def _add(self) -> None:
        identity = self._pick()
        with writing(self._ledger, "group", (identity,)):
            self._keep(self._repo.add_users_to_group(identity, self._some()))

    def _remove(self) -> None:
        identity = self._pick()
        with writing(self._ledger, "group", (identity,)):
            self._keep(self._repo.remove_users_from_group(identity, self._some()))

    def _leave(self) -> None:
        user = self._rng.choice(self._users)
        left = [group for group in self._groups.values() if user in group.user_ids]
        with writing(self._ledger, "group", *((group.id,) for group in left)):
            done = self._repo.remove_user_from_all_groups(user)
            for group in left if done else []:
                group.user_ids.remove(user)
                # The method tells nobody which clock it wrote.
                self._ledger.put("group", group.model_dump(), without=("updated_at",))

    def _create(self) -> None:
        if len(self._groups) >= _MOST:
            return self._delete()
        # A name of its own: one that exists would be left out, and then belong to another worker.
        name = f"{title(self._rng)} {self._rng.getrandbits(64):x}"
        for group in self._repo.create_groups_by_group_names(self._rng.choice(self._users), [name]):
            self._keep(group)
        return None

    def _delete(self) -> None:
        identity = self._pick()
        with writing(self._ledger, "group", (identity,)):
            done = self._repo.delete_group_by_id(identity)
            if done and self._groups.pop(identity, None) is not None:
                self._ledger.deleted("group", (identity,))

    def _keep(self, group: GroupModel | None) -> None:
        if group is not None:
            self._groups[group.id] = group
            self._ledger.put("group", group.model_dump())

    def _some(self) -> list[str]:
        return self._rng.sample(self._users, self._rng.randrange(1, 4))

    def _pick(self) -> str:
        return self._rng.choice(list(self._groups)) if self._groups else "missing"
