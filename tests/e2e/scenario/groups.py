"""Groups and their members."""

from __future__ import annotations

from tests.e2e.scenario.words import get, post
from tests.e2e.step import Step

GROUP = "/api/v1/groups"

GROUPS: tuple[Step, ...] = (
    get("no groups yet", "ann", f"{GROUP}/"),
    post(
        "ann makes a group",
        "ann",
        f"{GROUP}/create",
        {"name": "Readers", "description": "who read", "permissions": {"chat": {"delete": True, "n": 1.0}}},
        keeps={"readers": "id"},
        new_second=True,
    ),
    post(
        "and another",
        "ann",
        f"{GROUP}/create",
        {"name": "Writers", "description": "", "permissions": None},
        keeps={"writers": "id"},
        new_second=True,
    ),
    post("bob may not", "bob", f"{GROUP}/create", {"name": "Bob's", "description": ""}),
    post("two members", "ann", f"{GROUP}/id/{{readers}}/users/add", {"user_ids": ["{bob}", "{cid}"]}),
    post(
        "one twice, one unknown", "ann", f"{GROUP}/id/{{readers}}/users/add", {"user_ids": ["{bob}", "none"]}
    ),
    post(
        "a member elsewhere",
        "ann",
        f"{GROUP}/id/{{writers}}/users/add",
        {"user_ids": ["{dee}"]},
        new_second=True,
    ),
    get("the group", "ann", f"{GROUP}/id/{{readers}}"),
    get("no such group", "ann", f"{GROUP}/id/no-such-group"),
    get("bob's groups", "bob", f"{GROUP}/"),
    get("bob's groups, asked otherwise", "bob", "/api/v1/users/groups"),
    get("bob's groups, asked by ann", "ann", "/api/v1/users/{bob}/groups"),
    post("cid leaves", "ann", f"{GROUP}/id/{{readers}}/users/remove", {"user_ids": ["{cid}"]}),
    post(
        "another name, other members",
        "ann",
        f"{GROUP}/id/{{readers}}/update",
        {
            "name": "Readers & Co",
            "description": "who read\nmuch",
            "permissions": {"chat": {"delete": False}, "workspace": {"models": True}},
            "user_ids": ["{bob}", "{dee}"],
        },
        new_second=True,
    ),
    post(
        "no such group to change", "ann", f"{GROUP}/id/no-such-group/update", {"name": "x", "description": ""}
    ),
    get("cid's groups", "cid", f"{GROUP}/"),
    get("dee's groups", "dee", f"{GROUP}/"),
    get("all groups", "ann", f"{GROUP}/"),
    get("what bob may do now", "bob", "/api/v1/users/permissions"),
)
