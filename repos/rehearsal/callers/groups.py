"""Calls of the groups repository: every request asks whose member somebody is; an administrator changes groups now and then."""

from __future__ import annotations

from repos.models.group import GroupForm, GroupUpdateForm
from repos.rehearsal.callers.calls import After, Args, Calls, Read, Write, answered
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.sights import Seen
from repos.rehearsal.supply import parsed

_PERMISSIONS = {"workspace": {"models": True, "tools": False}, "limits": {"share": 1.0}}


def left_by(estate: Estate, user: str) -> After:
    """The groups once a user is in none of them any more."""
    return {
        place: _with_members(row, [member for member in members_of(row) if member != user])
        for place, row in estate.rows("group").items()
        if user in members_of(row)
    }


def members_of(group: Seen) -> list[str]:
    """The users in it, by id."""
    return list(parsed(group["user_ids"]) or [])


def _with_members(group: Seen, members: list[str]) -> Seen:
    """Where a method answers True, it tells nobody which clock it wrote."""
    return {name: value for name, value in group.items() if name != "updated_at"} | {"user_ids": members}


def _synced(estate: Estate, user: str, names: list[str]) -> After:
    joined = {
        place: _with_members(row, [*members_of(row), user])
        for place, row in estate.rows("group").items()
        if row["name"] in names and user not in members_of(row)
    }
    left = {
        place: row
        for place, row in left_by(estate, user).items()
        if (found := estate.row(place)) and found["name"] not in names
    }
    return joined | left


def _seen(estate: Estate) -> Args:
    return (estate.seen("group")["id"],)


def _picked(estate: Estate) -> Args:
    return (estate.pick("group")["id"],)


def _form(estate: Estate) -> dict[str, object]:
    row = estate.supply.row("group")
    return {"name": row["name"], "description": row["description"], "permissions": _PERMISSIONS}


def _some(estate: Estate) -> list[str]:
    return estate.rng.sample(estate.users, estate.rng.randrange(1, 4))


def _member(estate: Estate) -> str:
    group = estate.pick("group", rather=members_of)
    return estate.rng.choice(members_of(group) or estate.users)


def _changed(estate: Estate) -> Args:
    form = GroupUpdateForm.model_validate({**_form(estate), "user_ids": _some(estate)})
    return *_picked(estate), form


def _named(estate: Estate) -> Args:
    return estate.owner(), [estate.supply.row("group")["name"]]


def _sync(estate: Estate) -> Args:
    return estate.owner(), [estate.pick("group")["name"], "no such group"]


CALLS: Calls = (
    Read(20, "get_groups_by_member_id", lambda estate: (estate.someone(),)),
    Read(3, "get_groups"),
    Read(4, "get_group_by_id", _seen),
    Read(2, "get_group_user_ids_by_id", _seen),
    Write(
        1,
        "insert_new_group",
        lambda estate: (estate.owner(), GroupForm.model_validate(_form(estate))),
        makes="group",
    ),
    Write(1, "update_group_by_id", _changed, answered("group")),
    Write(2, "add_users_to_group", lambda estate: (*_picked(estate), _some(estate)), answered("group")),
    Write(1, "remove_users_from_group", lambda estate: (*_picked(estate), _some(estate)), answered("group")),
    Write(1, "remove_user_from_all_groups", lambda estate: (_member(estate),), left_by),
    Write(1, "create_groups_by_group_names", _named, makes="group"),
    Write(1, "sync_groups_by_group_names", _sync, _synced),
    Write(
        1,
        "delete_group_by_id",
        _picked,
        lambda _, group: {("group", (group,)): None},
        removes="group",
    ),
)
