"""Generated messages of channels, their threads and their reactions."""

from __future__ import annotations

from collections.abc import Iterator

from dualwrite.entity import Row
from repos.rehearsal.awkward import object_at, text_at
from repos.rehearsal.connection import Dialect
from repos.rehearsal.names import EPOCH, Names
from repos.rehearsal.rows.optional import optional
from repos.rehearsal.words import sentence, text

_REACTIONS = ("thumbsup", "heart", "🎉", "+1", "eyes", "Heart")
_RAW_NUL = 60  # SQLite keeps NUL in text, and its text functions stop there; PostgreSQL refuses it


def messages(names: Names, dialect: Dialect, count: int) -> Iterator[Row]:
    """Messages: in every channel each fifth opens a thread of two, and each fifth is a reply beside it."""
    rng = names.rng("messages")
    channels = 1 + min(names.users // 10, 20)
    start = EPOCH * 10**9
    for number in range(count):
        turn = number // channels % 5
        # Nanoseconds with every digit in use; some share one, so a sort must break the tie.
        created = start + (number - number % 50 % 2) * 61_000_000_123 + 7
        content = text_at(number, sentence(rng) if rng.random() < 0.9 else text(rng, 900))
        if dialect is Dialect.SQLITE and number % 500 == _RAW_NUL:
            content += "\x00after"
        yield {
            "id": names.id("message", number),
            "user_id": names.user(rng.randrange(names.users)),
            "channel_id": names.id("channel", number % channels),
            "content": content,
            "data": optional(object_at(number, dialect), rng),
            "meta": optional({"model_id": "org/model", "weight": 1.0}, rng),
            "created_at": created,
            "updated_at": created if rng.random() < 0.8 else created + rng.randrange(10**12),
            "parent_id": names.id("message", number - turn * channels) if turn in (1, 2) else None,
            "reply_to_id": names.id("message", number - channels) if turn == 4 else None,
        }


def reactions(names: Names, count: int, messages: int) -> Iterator[Row]:
    """Reactions: several to some messages, none to most."""
    rng = names.rng("reactions")
    for number in range(count):
        yield {
            "id": names.id("reaction", number),
            "user_id": names.user(number),
            "message_id": names.id("message", number // 3 * 7 % messages),
            "name": _REACTIONS[number % len(_REACTIONS)],
            "created_at": EPOCH * 10**9 + rng.randrange(10**15),
        }
