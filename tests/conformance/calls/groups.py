"""Calls on the groups."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.conformance.calls.call import NAMES, OBJECTS, PLAIN_USERS, USERS, Call, Known, form


def groups(random: Random, known: Known) -> Call:
    """A call on the groups."""
    ids = (*(id_ for id_, _ in known), "missing", None)
    group, user = random.choice(ids), random.choice((*PLAIN_USERS, *USERS))
    name = random.choice(NAMES)
    fields: dict[str, Any] = {"name": name, "description": random.choice(NAMES)}
    if random.random() < 0.5:
        fields["permissions"] = random.choice((*OBJECTS, None))
    members = {
        **fields,
        "user_ids": random.choice(
            (None, [], random.choices((*USERS, *PLAIN_USERS), k=4), random.choices(PLAIN_USERS, k=3))
        ),
    }
    users = random.choice(
        (None, [], random.choices((*USERS, *PLAIN_USERS), k=2), random.choices(PLAIN_USERS, k=2))
    )
    names = random.choice((random.choices(NAMES, k=3), list(NAMES[:12]), [], None))
    return random.choice(
        (
            Call("insert_new_group", (user, form("GroupForm", **fields))),
            Call("insert_new_group", (random.choice((user, None)), form("GroupUpdateForm", **members))),
            Call("get_groups"),
            Call("get_groups_by_member_id", (user,)),
            Call("get_groups_by_member_id", (random.choice((user, None, 1, "u")),)),
            Call("get_group_by_id", (group,)),
            Call("get_group_user_ids_by_id", (group,)),
            Call("update_group_by_id", (group, form("GroupUpdateForm", **members))),
            Call("update_group_by_id", (group, form("GroupForm", **fields), True)),
            Call("delete_group_by_id", (group,)),
            Call("delete_all_groups") if random.random() < 0.05 else Call("get_groups"),
            Call("remove_user_from_all_groups", (user,)),
            Call("create_groups_by_group_names", (user, [each for each in names or () if len(each) < 9])),
            Call("sync_groups_by_group_names", (user, names)),
            Call("add_users_to_group", (group, users)),
            Call("remove_users_from_group", (group, users)),
        )
    )  # fmt: skip
