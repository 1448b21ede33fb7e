"""Generated files."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dualwrite.entity import Row
from repos.rehearsal.awkward import object_at, text_at
from repos.rehearsal.connection import Dialect
from repos.rehearsal.names import EPOCH, Names
from repos.rehearsal.rows.optional import access_control, optional
from repos.rehearsal.words import text, title

_TYPES = ("application/pdf", "text/plain", "image/png", "audio/webm")


def files(names: Names, dialect: Dialect, count: int) -> Iterator[Row]:
    """Uploaded files with the text that was read out of them."""
    rng = names.rng("files")
    for number in range(count):
        identity = names.id("file", number)
        name = text_at(number, f"{title(rng)}.pdf")
        data = object_at(number, dialect) or {
            "content": text(rng, rng.choice((80, 400, 4000))),
            "status": "completed",
        }
        created = EPOCH - 10_000_000 + number * 13
        meta = {"name": name, "content_type": rng.choice(_TYPES), "size": rng.randrange(2**33), "data": {}}
        # Some were written by scripts around Open WebUI: compact, and not escaped where that is possible.
        compact = number % 11 == 3
        yield {
            "id": identity,
            "user_id": names.user(rng.randrange(names.users)),
            "filename": name,
            "meta": json.dumps(meta, ensure_ascii=False, separators=(",", ":"))
            if compact
            else json.dumps(meta),
            "created_at": created,
            "hash": f"{rng.getrandbits(256):064x}" if rng.random() < 0.8 else None,
            "data": optional(data, rng),
            "updated_at": created if rng.random() < 0.9 else None,  # files older than the column have none
            "path": rng.choice((None, "", f"/app/backend/data/uploads/{identity}_{number}.pdf")),
            "access_control": access_control(rng, names),
        }
