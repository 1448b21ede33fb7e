"""Calls of the users repository: every request asks who somebody is, and says that they are active."""

from __future__ import annotations

import datetime

from repos.rehearsal.callers.calls import After, Args, Calls, Read, Write, answered
from repos.rehearsal.callers.chats.records import of_user, with_copies
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.callers.groups import left_by
from repos.rehearsal.names import drawn_id
from repos.rehearsal.supply import parsed

_ROLES = ("pending", "user", "admin")
_BORN = datetime.date(1950, 1, 1)
_SORTED = ("name", "email", "created_at", "last_active_at", "updated_at", "role")


def _someone(estate: Estate) -> Args:
    return (estate.someone(),)


def _several(estate: Estate) -> Args:
    return ([estate.someone() for _ in range(5)],)


def _by(column: str) -> Read:
    return Read(
        3,
        f"get_user_by_{column}",
        lambda estate: (estate.seen("user")[column] or "nobody's",),
    )


def _listed(estate: Estate) -> Args:
    asked = {"order_by": estate.rng.choice(_SORTED), "direction": estate.rng.choice(("asc", "desc"))}
    return asked | estate.rng.choice(({}, {"query": "a"})), estate.rng.choice((0, 10)), 30


def _new(estate: Estate) -> Args:
    """One of the worker's own users where they are not signed up, else somebody else."""
    row = estate.supply.row("user")
    absent = [user for user in estate.users if not estate.row(("user", (user,)))]
    user = absent[0] if absent else drawn_id(estate.rng)
    return user, row["name"], row["email"], row["profile_image_url"], row["role"], row["oauth_sub"]


def _picked(estate: Estate) -> Args:
    return (estate.pick("user")["id"],)


def _columns(estate: Estate) -> Args:
    row = estate.supply.row("user")
    changes: dict[str, object] = {name: row[name] for name in ("name", "username", "bio", "gender")}
    changes["info"] = parsed(row["info"])
    changes["date_of_birth"] = _BORN + datetime.timedelta(days=estate.rng.randrange(20_000))
    return *_picked(estate), {name: changes[name] for name in estate.rng.sample(list(changes), 3)}


def _settings(estate: Estate) -> Args:
    new = parsed(estate.supply.row("user")["settings"]) or {"ui": {"theme": "oled", "textScale": 1.0}}
    url = f"https://example.org/{estate.rng.randrange(1000)}"
    return *_picked(estate), new | {"ui": new["ui"] | {"notifications": {"webhook_url": url}}}


def _key_written(estate: Estate, user: str, key: str | None) -> After:
    return {("user", (user,)): {**(estate.row(("user", (user,))) or {}), "api_key": key}}


def _deleted(estate: Estate, user: str) -> After:
    chats = with_copies(estate, of_user(estate, user))
    return {("user", (user,)): None, **dict.fromkeys(chats), **left_by(estate, user)}


CALLS: Calls = (
    Read(40, "get_user_by_id", _someone),
    _by("email"),
    _by("api_key"),
    _by("oauth_sub"),
    Read(4, "get_users", _listed),
    Read(4, "get_users_by_user_ids", _several),
    Read(3, "get_valid_user_ids", _several),
    Read(3, "get_num_users"),
    Read(2, "has_users"),
    Read(1, "get_first_user"),
    Read(2, "get_super_admin_user"),
    Read(3, "get_user_webhook_url_by_id", _someone),
    Read(2, "get_user_api_key_by_id", _someone),
    Write(3, "insert_new_user", _new, answered("user"), makes="user"),
    Write(10, "update_user_last_active_by_id", _picked, answered("user")),
    Write(3, "update_user_settings_by_id", _settings, answered("user")),
    Write(
        1,
        "update_user_role_by_id",
        lambda estate: (*_picked(estate), estate.rng.choice(_ROLES)),
        answered("user"),
    ),
    Write(
        1,
        "update_user_profile_image_url_by_id",
        lambda estate: (*_picked(estate), estate.supply.row("user")["profile_image_url"]),
        answered("user"),
    ),
    Write(
        1,
        "update_user_oauth_sub_by_id",
        lambda estate: (*_picked(estate), f"github@{estate.rng.getrandbits(66)}"),
        answered("user"),
    ),
    Write(2, "update_user_by_id", _columns, answered("user")),
    Write(
        2,
        "update_user_api_key_by_id",
        lambda estate: (
            *_picked(estate),
            estate.rng.choice((None, f"sk-{estate.rng.getrandbits(128):032x}")),
        ),
        _key_written,
    ),
    Write(1, "delete_user_by_id", _picked, _deleted, removes="user"),
)
