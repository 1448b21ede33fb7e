"""Calls on the users."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.conformance.vocabulary import NAMES, OBJECTS, USERS, Call, Known, day

IDS = (*USERS, "user-2", "user-3", "a/b:c", "x" * 255, "x" * 256, "no such id", "U1")
UNIQUE = ("", '""', "k1", "K1", "k2", "sk-é", "null", "nul\0", "\ud800", None)
EMAILS = ("a@x.org", "A@x.org", "kelvin@\u212a.org", "İ@é.org", "100%@a_b.org", "", "b\\@x")
ROLES = ("pending", "user", "admin", "")
QUERIES = (*NAMES, "a", "@", "K", "k@", "i", "org", "X.O", "_@_", "\\", "\\%", None, "", 0, 5)
NUMBERS = (None, None, None, 0, 1, 2, 3, 100, -1, True, "2", "x", 1.7, 0.5, 2**63)
SETTINGS: tuple[Any, ...] = (
    *OBJECTS,
    {"ui": {"notifications": {"webhook_url": "https://x"}}},
    {"ui": {"notifications": {"webhook_url": None}}},
    {"ui": {"notifications": None}},
    {"ui": None},
    {"ui": {"a": 1.0}, "é": ["\0"]},
    [["a", 1]],
    None,
)
BROKEN: tuple[Any, ...] = ([1], "text", {"ui": "no object"})  # as settings they make no user
LISTS: tuple[Any, ...] = ([], None, "u1", [None, "u1", "u1"], ["u1", "U1", "no such id"], ["\ud800"])
COLUMNS: dict[str, tuple[Any, ...]] = {
    "name": (*NAMES, None),
    "email": EMAILS,
    "role": ROLES,
    "profile_image_url": ("/user.png", "", None),
    "username": ("", None, "x" * 50, "x" * 51),
    "bio": ("", '"', None, "b\0", "\ud800"),
    "gender": ("", None, "é"),
    "date_of_birth": (day("2000-02-29"), day("0001-01-01"), "1999-12-31", "yesteryear", None),
    "info": (*OBJECTS, None),
    "settings": SETTINGS,
    "api_key": UNIQUE,
    "oauth_sub": UNIQUE,
    "last_active_at": (0, 5, -1, None),
    "created_at": (1, 2, 2**40),
    "updated_at": (3, None),
    "id": ("u1", "moved", "user-3"),
    "unknown": (1,),
}


def users(random: Random, known: Known) -> Call:
    """A call on the users."""
    ids = (*(id_ for id_, _ in known), *IDS, None)
    user = random.choice(ids if random.random() < 0.4 else (*(id_ for id_, _ in known), "u1", "user-2"))
    new = (random.choice(IDS), random.choice(NAMES), random.choice(EMAILS))
    columns = random.sample(list(COLUMNS)[:-2], random.randrange(4))
    if random.random() < 0.1:
        columns.append(random.choice(("id", "unknown")))
    updated: Any = {name: random.choice(COLUMNS[name]) for name in columns}
    settings = random.choice(SETTINGS if random.random() < 0.9 else BROKEN)
    if random.random() < 0.02:
        updated["settings"] = random.choice(BROKEN)
    filter_: dict[str, Any] = {}
    for name, values in (
        ("query", QUERIES),
        ("order_by", ("name", "email", "created_at", "last_active_at", "updated_at", "role", "bio", None)),
        ("direction", ("asc", "asc", "desc", "ASC", None)),
    ):
        if random.random() < 0.7:
            filter_[name] = random.choice(values)
    return random.choice(
        (
            Call("insert_new_user", new),
            Call("insert_new_user", (*new, "/p.png", random.choice(ROLES), random.choice(UNIQUE))),
            Call("insert_new_user", new, (("oauth_sub", random.choice(UNIQUE)), ("role", "admin"))),
            Call("insert_new_user", (random.choice((None, *IDS)), random.choice((None, "n")), "e")),
            Call("get_user_by_id", (user,)),
            Call("get_user_by_api_key", (random.choice(UNIQUE),)),
            Call("get_user_by_email", (random.choice((*EMAILS, None)),)),
            Call("get_user_by_oauth_sub", (random.choice(UNIQUE),)),
            Call("get_users"),
            Call("get_users", (filter_, random.choice(NUMBERS), random.choice(NUMBERS))),
            Call("get_users", (filter_,)),
            Call("get_users", (filter_, None, 3)),
            Call("get_users_by_user_ids", (random.choice((*LISTS, list(IDS[:9]), random.sample(IDS, 4))),)),
            Call("get_num_users"),
            Call("has_users"),
            Call("get_first_user"),
            Call("get_user_webhook_url_by_id", (user,)),
            Call("update_user_role_by_id", (user, random.choice((*ROLES, None, "x" * 256)))),
            Call("update_user_profile_image_url_by_id", (user, random.choice(("", "/x", None, "nul\0")))),
            Call("update_user_last_active_by_id", (user,)),
            Call("update_user_oauth_sub_by_id", (user, random.choice(UNIQUE))),
            Call("update_user_by_id", (user, updated)),
            Call("update_user_by_id", (user, updated)),
            Call("update_user_by_id", (user, random.choice((updated, None)))),
            Call("update_user_settings_by_id", (user, settings)),
            Call("update_user_settings_by_id", (user, settings)),
            Call("delete_user_by_id", (random.choice((user, *IDS)),)),
            Call("update_user_api_key_by_id", (user, random.choice(UNIQUE))),
            Call("update_user_api_key_by_id", (user, random.choice(UNIQUE))),
            Call("get_user_api_key_by_id", (user,)),
            Call("get_valid_user_ids", (random.choice((*LISTS, list(IDS[:9]), random.sample(IDS, 4))),)),
            Call("get_super_admin_user"),
        )
    )
