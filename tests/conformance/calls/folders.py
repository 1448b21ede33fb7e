"""Calls on the folders."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.conformance.calls.call import NAMES, OBJECTS, PLAIN_USERS, USERS, Call, Known, form


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
