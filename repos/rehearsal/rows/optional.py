"""Values that may be absent, in each of the ways there are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random

from dualwrite.entity import Value
from repos.rehearsal.names import Names


def optional(value: Mapping[str, object] | None, rng: Random) -> str | None:
    """An object's JSON; without one JSON null, as SQLAlchemy writes None, or SQL NULL, as migrations leave it."""
    if value is not None and rng.random() < 0.9:
        return json.dumps(value)
    return rng.choice((None, "null"))


def access_control(rng: Random, names: Names) -> Value:
    """SQL NULL and JSON null (public), `{}` (the owner's), or lists of groups and users."""
    rule = {
        "read": {"group_ids": [names.id("group", rng.randrange(3))], "user_ids": []},
        "write": {"group_ids": [], "user_ids": [names.user(rng.randrange(names.users))]},
    }
    return rng.choice((None, "null", "{}", json.dumps(rule)))
