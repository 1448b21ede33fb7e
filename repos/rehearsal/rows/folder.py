"""Generated folders."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dualwrite.entity import Row
from repos.rehearsal.awkward import object_at, text_at
from repos.rehearsal.connection import Dialect
from repos.rehearsal.names import EPOCH, Names, folders_of
from repos.rehearsal.rows.optional import optional
from repos.rehearsal.words import sentence, title


def folders(names: Names, dialect: Dialect) -> Iterator[Row]:
    """Folders, up to three levels deep: number n lies in number (n - 1) // 2."""
    rng = names.rng("folders")
    made = 0
    for user in range(names.users):
        for number in range(folders_of(user)):
            created = EPOCH - 20_000_000 + user * 11 + number
            data = object_at(made, dialect) or {"system_prompt": sentence(rng), "files": []}
            yield {
                "id": names.folder(user, number),
                "parent_id": names.folder(user, (number - 1) // 2) if number else None,
                "user_id": names.user(user),
                "name": text_at(made, f"{title(rng)} {number}"),
                "items": json.dumps({"chat_ids": [], "file_ids": []}) if number == 1 else None,
                "meta": optional({"icon": rng.choice(("📁", "🗂️", "star"))}, rng),
                "is_expanded": rng.random() < 0.5,
                "created_at": created,
                "updated_at": created + rng.randrange(1_000_000),
                "data": optional(data, rng),
            }
            made += 1
