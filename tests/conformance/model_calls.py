"""Calls on the models."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.conformance.vocabulary import NAMES, OBJECTS, PLAIN_USERS, USERS, Call, Known, form

IDS = ("m1", "M1", "llama3.2:latest", "org/model", "a b%c", "é", "", "../x", "nul\0", "\ud800", "x" * 300)
BASES = (None, None, "", "base", "m1", "\ud800")
CONTROLS: tuple[Any, ...] = (
    None,
    None,
    {},
    {"read": {}},
    {"read": {"user_ids": ["u1", "é"], "group_ids": []}},
    {"read": {"group_ids": ["spaced"]}, "write": {"user_ids": ["user-2"]}},
    {"write": {"group_ids": ["spaced", "escaped"], "user_ids": []}},
    {"read": {"user_ids": "u1 as text"}},
    {"read": {"user_ids": {"u1": 1}}},
    *OBJECTS[:6],
)
BROKEN: tuple[Any, ...] = ({"read": None}, {"write": {"user_ids": None}}, {"read": {"group_ids": 5}})


def models(random: Random, known: Known) -> Call:
    """A call on the models."""
    ids = (*(id_ for id_, _ in known), *IDS[:6], "no such id", None)
    user = random.choice((*PLAIN_USERS, *USERS))
    model = random.choice(ids)
    fields = _fields(random)
    synced = [
        form("ModelModel", **_fields(random), user_id="whoever", created_at=n, updated_at=n)
        for n in range(random.randrange(5))
    ]
    return random.choice(
        (
            Call("insert_new_model", (form("ModelForm", **fields), user)),
            Call("insert_new_model", (form("ModelForm", **fields), random.choice((user, None)))),
            Call("insert_new_model", (form("ModelForm", **fields), random.choice(PLAIN_USERS))),
            Call("get_all_models"),
            Call("get_models"),
            Call("get_base_models"),
            Call("get_models_by_user_id", (user,)),
            Call("get_models_by_user_id", (user, random.choice(("read", "write", "other", None)))),
            Call("get_models_by_user_id", (random.choice(PLAIN_USERS), "read")),
            Call("get_model_by_id", (model,)),
            Call("toggle_model_by_id", (model,)),
            Call("update_model_by_id", (model, form("ModelForm", **fields))),
            Call("update_model_by_id", (model, form("ModelForm", **fields))),
            Call(
                "update_model_by_id",
                (model, form("ModelModel", **fields, user_id=user, created_at=5, updated_at=6)),
            ),
            Call("update_model_by_id", (model, form("UserSettings", ui={}, x=1))),
            Call("delete_model_by_id", (model,)),
            Call("delete_all_models") if random.random() < 0.1 else Call("get_all_models"),
            Call("sync_models", (user, synced)) if random.random() < 0.4 else Call("get_models"),
            Call("sync_models", (user, random.choice((None, synced, [1])))) if random.random() < 0.2
            else Call("get_base_models"),
        )
    )  # fmt: skip


def _fields(random: Random) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": random.choice(IDS),
        "name": random.choice(NAMES),
        "base_model_id": random.choice(BASES),
        "params": random.choice(OBJECTS),
        "meta": {
            **random.choice(OBJECTS),
            **random.choice(({}, {"description": "é"}, {"capabilities": {"a": 1.0}})),
        },
        "is_active": random.random() < 0.7,
        "access_control": random.choice(CONTROLS if random.random() < 0.97 else BROKEN),
    }
    return fields
