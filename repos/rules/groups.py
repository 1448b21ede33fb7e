"""Who is in a group, and what a change of members does to its row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dualwrite.dialect import Dialect
from dualwrite.entity import Row, Value
from dualwrite.errors import Invalid, Refused
from repos.entities import GROUP
from repos.models.form import Form
from repos.models.group import GroupModel
from repos.rules.dialect import require_row
from repos.rules.like import matcher
from repos.rules.rows import json_of, replaced_json, to_model, to_row, to_value


@dataclass(frozen=True, slots=True)
class GroupUpdate:
    """Columns to write to the group with this id."""

    id: str
    changes: Mapping[str, Value]


def group(row: Row) -> GroupModel:
    """The model of a row. Raises `Invalid`."""
    return to_model(GroupModel, GROUP, row)


def new_group(id: str, user_id: str, form: Form, now: int) -> GroupModel:
    """A group from its form. Raises `pydantic.ValidationError`."""
    return GroupModel.model_validate(
        {
            **form.model_dump(exclude_none=True),
            "id": id,
            "user_id": user_id,
            "created_at": now,
            "updated_at": now,
        }
    )


def new_groups(
    dialect: Dialect, draw: Callable[[], str], user_id: str, names: Sequence[str], now: int
) -> list[GroupModel]:
    """Groups without members for these names, up to the first name that the database refuses.

    Open WebUI commits each group by itself, and its session is of no use after the first refusal.
    """
    groups = [
        GroupModel(id=draw(), user_id=user_id, name=name, description="", created_at=now, updated_at=now)
        for name in names
    ]
    for number, new in enumerate(groups):
        try:
            require_row(dialect, GROUP, to_row(GROUP, new))
        except Refused:
            return groups[:number]
    return groups


def form_changes(form: Form, now: int) -> dict[str, Value]:
    """The columns that an update form writes. Raises `Invalid` for a field that groups do not have or may not change."""
    changes: dict[str, Value] = {}
    for name, value in form.model_dump(exclude_none=True).items():
        if name not in GroupModel.model_fields or name == "id":
            raise Invalid("group: the form has a field that cannot be written")
        changes[name] = to_value(GROUP, name, value)
    changes["updated_at"] = now
    return changes


def member_pattern(user_id: object) -> str:
    """The LIKE pattern by which SQL looks for a member in the JSON text of the list."""
    return f'%"{user_id}"%'


def with_member(dialect: Dialect, rows: Iterable[Row], user_id: object) -> list[Row]:
    """Those rows whose JSON text is LIKE the pattern for this member and holds a list that is not empty."""
    is_like = matcher(dialect, member_pattern(user_id), ignore_case=False)
    return [
        row
        for row in rows
        if row["user_ids"] is not None
        and is_like(str(row["user_ids"]))
        and isinstance(members := json_of(row, "user_ids"), list)
        and members
    ]


def users_added(row: Row, user_ids: Iterable[str] | None, now: int) -> GroupUpdate:
    """The row's update with these members at the end; whoever is in it twice stays once, where they came first.

    Raises:
        Invalid: `user_ids` is no list, or the stored list holds something that is no text.
    """
    members = _distinct(json_of(row, "user_ids"))
    for user_id in _listed(user_ids):
        if user_id not in members:
            members.append(user_id)
    return _members_update(row, members, now)


def users_removed(row: Row, user_ids: Iterable[str] | None, now: int) -> GroupUpdate | None:
    """The row's update without these members; None where there is no member to remove at all.

    Raises:
        Invalid: as in `users_added`.
    """
    current = json_of(row, "user_ids")
    if not current or not isinstance(current, list):
        return None
    members = _distinct(current)
    for user_id in _listed(user_ids):
        if user_id in members:
            members.remove(user_id)
    return _members_update(row, members, now)


def member_removed(rows: Iterable[Row], user_id: str, now: int) -> list[GroupUpdate]:
    """The updates that take a member out of each of these groups, once.

    Raises:
        Invalid: a group does not hold exactly that id, or is no group.
    """
    updates = []
    for row in rows:
        members = group(row).user_ids
        if user_id not in members:
            raise Invalid("group: a member found by text is not in the list")
        members.remove(user_id)
        updates.append(_members_written(row, members, now))
    return updates


def member_synced(named: Sequence[Row], joined: Sequence[Row], user_id: str, now: int) -> list[GroupUpdate]:
    """The updates that make a user a member of the `named` groups and of no other that they had `joined`.

    Raises:
        Invalid: as in `member_removed`, and where a named group has no list of members.
    """
    for row in joined:
        group(row)
    wanted = {row["id"] for row in named}
    updates = member_removed([row for row in joined if row["id"] not in wanted], user_id, now)
    for row in named:
        members = json_of(row, "user_ids")
        if not isinstance(members, list):
            raise Invalid("group: user_ids holds no list")
        if user_id not in members:
            updates.append(_members_written(row, [*members, user_id], now))
    return updates


def _members_update(row: Row, members: list[Any], now: int) -> GroupUpdate:
    """Through an object in a session: an equal list is no change."""
    return GroupUpdate(
        str(row["id"]), {"user_ids": replaced_json(GROUP, row, "user_ids", members), "updated_at": now}
    )


def _members_written(row: Row, members: list[Any], now: int) -> GroupUpdate:
    """Through an UPDATE statement: always written."""
    return GroupUpdate(str(row["id"]), {"user_ids": to_value(GROUP, "user_ids", members), "updated_at": now})


def _distinct(members: object) -> list[Any]:
    """Open WebUI takes `list(set(…))`, whose order differs from process to process; ours is that of the first time each
    came, which is one of those."""
    if not isinstance(members, list):
        return []
    try:
        return list(dict.fromkeys(members))
    except TypeError:
        raise Invalid("group: user_ids holds something that is no text") from None


def _listed(user_ids: Iterable[str] | None) -> Iterable[str]:
    if user_ids is None:
        raise Invalid("group: no list of users was given")
    return user_ids
