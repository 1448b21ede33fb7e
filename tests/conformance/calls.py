"""Pseudo-random calls on each repository."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.conformance.chat_calls import chats
from tests.conformance.file_calls import files
from tests.conformance.message_calls import messages
from tests.conformance.model_calls import models
from tests.conformance.user_calls import users
from tests.conformance.vocabulary import NAMES, OBJECTS, PLAIN_USERS, USERS, Call, Known, form


def tags(random: Random, _: Known) -> Call:
    """A call on the tags."""
    name, user = random.choice(NAMES), random.choice((*USERS, *PLAIN_USERS))
    return random.choice(
        (
            Call("insert_new_tag", (name, user)),
            Call("insert_new_tag", (random.choice(NAMES), user)),
            Call("insert_new_tag", (None, user)),
            Call("insert_new_tag", (name, None)),
            Call("get_tag_by_name_and_user_id", (random.choice((name, None)), user)),
            Call("get_tags_by_user_id", (random.choice((user, user, None)),)),
            Call("get_tags_by_ids_and_user_id", (random.sample(NAMES, 5), user)),
            Call(
                "get_tags_by_ids_and_user_id", ([each.replace(" ", "_").lower() for each in NAMES[:18]], user)
            ),
            Call(
                "get_tags_by_ids_and_user_id",
                (random.choice(([], ["work", None, "work"], "work", None)), user),
            ),
            Call("delete_tag_by_name_and_user_id", (random.choice((name, name, None)), user)),
        )
    )


def folders(random: Random, known: Known) -> Call:
    """A call on the folders."""
    user, name = random.choice((*PLAIN_USERS, *PLAIN_USERS, *USERS)), random.choice((*NAMES, *NAMES[:5] * 5))
    ids = (*(id_ for id_, _ in known), "missing", None)
    folder, parent = random.choice(ids), random.choice((*ids, *[None] * len(ids)))
    if known and random.random() < 0.8:
        folder, user = random.choice(known)
    extra: dict[str, Any] = random.choice(
        (
            {},
            {},
            {},
            {"is_expanded": random.choice((True, "yes", None, 3))},
            {"items": random.choice(OBJECTS)},
            {"created_at": 3, "parent_id": "elsewhere", "unknown": 1},
        )
    )
    new = {"name": name, **extra}
    for field in ("data", "meta"):
        if random.random() < 0.4:
            new[field] = random.choice((*OBJECTS, None))
    changes = {key: value for key, value in new.items() if random.random() < 0.6}
    if random.random() < 0.1:
        changes["name"] = None
    return random.choice(
        (
            Call("insert_new_folder", (user, form("FolderForm", **new)), (("parent_id", parent),)),
            Call("insert_new_folder", (user, form("FolderForm", **new), parent)),
            Call("insert_new_folder", (user, form("FolderForm", **new))),
            Call("get_folder_by_id_and_user_id", (folder, user)),
            Call("get_children_folders_by_id_and_user_id", (folder, user)),
            Call("get_folders_by_user_id", (user,)),
            Call(
                "get_folder_by_parent_id_and_user_id_and_name", (parent, user, random.choice((*NAMES, None)))
            ),
            Call("get_folder_by_parent_id_and_user_id_and_name", (None, user, name)),
            Call("get_folders_by_parent_id_and_user_id", (parent, user)),
            Call("update_folder_parent_id_by_id_and_user_id", (folder, user, parent)),
            Call("update_folder_by_id_and_user_id", (folder, user, form("FolderUpdateForm", name=name))),
            Call(
                "update_folder_by_id_and_user_id",
                (folder, user, form("FolderUpdateForm", data=random.choice(OBJECTS))),
            ),
            Call("update_folder_by_id_and_user_id", (folder, user, form("FolderUpdateForm", **changes))),
            Call("update_folder_by_id_and_user_id", (folder, user, form("FolderUpdateForm", **changes))),
            Call(
                "update_folder_is_expanded_by_id_and_user_id",
                (folder, user, random.choice((True, False, 1, None, "no"))),
            ),
            Call("delete_folder_by_id_and_user_id", (random.choice((*ids, "missing", "missing")), user)),
            Call("normalize_folder_name", (name,)),
            Call("search_folders_by_names", (user, random.sample(NAMES, 3))),
            Call("search_folders_by_names", (user, random.choice(([], None, ["a b"])))),
            Call("search_folders_by_name_contains", (user, random.choice(("", "a", "_", "É", "w", None)))),
        )
    )


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


CALLS: dict[str, Callable[[Random, Known], Call]] = {
    "messages": messages,
    "tags": tags,
    "files": files,
    "folders": folders,
    "groups": groups,
    "users": users,
    "models": models,
    "chats": chats,
}
