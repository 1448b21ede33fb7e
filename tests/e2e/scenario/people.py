"""Signing up and in, users and what they keep of themselves."""

from __future__ import annotations

from typing import Any

from tests.e2e.scenario.words import delete, get, post
from tests.e2e.step import NOBODY, Step

AUTHS, USERS = "/api/v1/auths", "/api/v1/users"


def _person(name: str) -> dict[str, Any]:
    return {"name": name.capitalize(), "email": f"{name}@example.com", "password": f"{name}'s pässword"}


def _signs_up(name: str) -> Step:
    keeps = {name: "id", f"{name}.token": "token"}
    return post(f"{name} signs up", NOBODY, f"{AUTHS}/signup", _person(name), keeps=keeps, new_second=True)


ANN_IN = {name: value for name, value in _person("ann").items() if name != "name"}

PEOPLE: tuple[Step, ...] = (
    get("somebody opens the page", NOBODY, "/api/config"),
    _signs_up("ann"),
    post("nobody else may sign up", NOBODY, f"{AUTHS}/signup", _person("bob")),
    get("ann reads who may", "ann", f"{AUTHS}/admin/config", keeps={"admin_config": ""}),
    post(
        "ann opens the door",
        "ann",
        f"{AUTHS}/admin/config",
        {
            "SHOW_ADMIN_DETAILS": True,
            "WEBUI_URL": "http://localhost",
            "ENABLE_SIGNUP": True,
            "ENABLE_API_KEY": True,
            "ENABLE_API_KEY_ENDPOINT_RESTRICTIONS": False,
            "API_KEY_ALLOWED_ENDPOINTS": "",
            "DEFAULT_USER_ROLE": "user",
            "JWT_EXPIRES_IN": "-1",
            "ENABLE_COMMUNITY_SHARING": True,
            "ENABLE_MESSAGE_RATING": True,
            "ENABLE_CHANNELS": True,
            "ENABLE_NOTES": True,
            "ENABLE_USER_WEBHOOKS": True,
        },
    ),
    _signs_up("bob"),
    _signs_up("cid"),
    post("bob's address is taken", NOBODY, f"{AUTHS}/signup", _person("bob")),
    post(
        "an address that is none",
        NOBODY,
        f"{AUTHS}/signup",
        _person("bob") | {"email": "no address"},
    ),
    post("ann signs in", NOBODY, f"{AUTHS}/signin", ANN_IN, keeps={"ann.token": "token"}),
    post("with a wrong password", NOBODY, f"{AUTHS}/signin", ANN_IN | {"password": "wrong"}),
    get("ann's session", "ann", f"{AUTHS}/"),
    get("nobody's session", NOBODY, f"{AUTHS}/"),
    get("whom bob may ask", "bob", f"{AUTHS}/admin/details"),
    post(
        "ann adds dee",
        "ann",
        f"{AUTHS}/add",
        _person("dee") | {"role": "pending"},
        keeps={"dee": "id", "dee.token": "token"},
        new_second=True,
    ),
    get("dee has to wait", "dee", "/api/v1/chats/"),
    post(
        "bob changes his profile",
        "bob",
        f"{AUTHS}/update/profile",
        {
            "name": "Bob O'Hara 🦜",
            "profile_image_url": "/user.png",
            "bio": "Says what others said.",
            "gender": "male",
            "date_of_birth": "1990-02-28",
        },
    ),
    get("bob's session", "bob", f"{AUTHS}/"),
    post(
        "bob changes his password",
        "bob",
        f"{AUTHS}/update/password",
        {"password": "bob's pässword", "new_password": "another one"},
    ),
    post("bob makes an API key", "bob", f"{AUTHS}/api_key", keeps={"bob.key": "api_key"}),
    get("bob's API key", "bob", f"{AUTHS}/api_key"),
    get("with the key in place of a token", "bob.key", "/api/v1/chats/"),
    delete("bob gives the key up", "bob", f"{AUTHS}/api_key"),
    get("no key any more", "bob", f"{AUTHS}/api_key"),
    get("all users", "ann", f"{USERS}/all"),
    get("users by name", "ann", f"{USERS}/?order_by=name&direction=asc"),
    get("users by when they came", "ann", f"{USERS}/?order_by=created_at&direction=desc"),
    get("users found by a word", "ann", f"{USERS}/?query=o%27ha&page=1", any_order="users"),
    get("users found by nothing", "ann", f"{USERS}/?query=100%25", any_order="users"),
    get("bob looks for others", "bob", f"{USERS}/search?query=c", any_order="users"),
    get("bob may not see all", "bob", f"{USERS}/"),
    get("bob's permissions", "bob", f"{USERS}/permissions"),
    get("bob's settings", "bob", f"{USERS}/user/settings"),
    post(
        "bob changes his settings",
        "bob",
        f"{USERS}/user/settings/update",
        {"ui": {"theme": "dark", "models": ["parrot"], "textScale": 1.0, "größe": None}},
    ),
    get("bob's settings, changed", "bob", f"{USERS}/user/settings"),
    get("bob's info", "bob", f"{USERS}/user/info"),
    post("bob's info", "bob", f"{USERS}/user/info/update", {"location": "Ulm", "n": 12345678901234567}),
    get("bob's info, changed", "bob", f"{USERS}/user/info"),
    get("ann sees bob", "ann", f"{USERS}/{{bob}}"),
    get("bob's picture", "ann", f"{USERS}/{{bob}}/profile/image"),
    get("whether bob is here", "ann", f"{USERS}/{{bob}}/active"),
    get("nobody of this id", "ann", f"{USERS}/no-such-user"),
    post(
        "ann lets dee in",
        "ann",
        f"{USERS}/{{dee}}/update",
        {"role": "user", "name": "Dee", "email": "dee@example.com", "profile_image_url": "/user.png"},
    ),
    post(
        "ann cannot give dee bob's address",
        "ann",
        f"{USERS}/{{dee}}/update",
        {"role": "user", "name": "Dee", "email": "bob@example.com", "profile_image_url": "/user.png"},
    ),
    get("dee is in", "dee", f"{AUTHS}/"),
)
