"""Generated groups."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dualwrite.entity import Row
from repos.rehearsal.awkward import object_at, text_at
from repos.rehearsal.connection import Dialect
from repos.rehearsal.names import EPOCH, Names
from repos.rehearsal.rows.optional import optional
from repos.rehearsal.words import sentence, title


def groups(names: Names, dialect: Dialect, count: int) -> Iterator[Row]:
    """Groups of a few to a few dozen members."""
    rng = names.rng("groups")
    for number in range(count):
        members = [names.user(rng.randrange(names.users)) for _ in range(rng.choice((0, 1, 3, 8, 40)))]
        permissions = {"workspace": {"models": rng.random() < 0.5, "tools": False}, "chat": {"delete": True}}
        created = EPOCH - 30_000_000 + number
        yield {
            "id": names.id("group", number),
            "user_id": names.user(0),
            "name": text_at(number, f"{title(rng)} team"),
            "description": "" if number % 3 == 1 else text_at(number + 1, sentence(rng)),
            "data": optional(object_at(number, dialect), rng),
            "meta": optional(None, rng),
            "permissions": optional(permissions, rng),
            "user_ids": json.dumps(list(dict.fromkeys(members))),
            "created_at": created,
            "updated_at": created + number % 4,
        }
