"""Generated users."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from dualwrite.entity import Row
from repos.rehearsal.awkward import object_at, text_at
from repos.rehearsal.connection import Dialect
from repos.rehearsal.names import EPOCH, Names
from repos.rehearsal.rows.model import MODEL_IDS
from repos.rehearsal.rows.optional import optional
from repos.rehearsal.words import person, sentence

_ROLES = ("user",) * 16 + ("admin", "pending", "pending")


def users(names: Names, dialect: Dialect) -> Iterator[Row]:
    """Users; the first is the administrator, as in every installation."""
    rng = names.rng("users")
    for number in range(names.users):
        created = EPOCH - 40_000_000 + number * 37
        yield {
            "id": names.user(number),
            "name": text_at(number, person(rng)),
            "email": f"user.{number}.{names.user(number)[:4]}@example.org",
            "role": "admin" if number == 0 else rng.choice(_ROLES),
            "profile_image_url": _picture(rng),
            "api_key": f"sk-{rng.getrandbits(128):032x}" if rng.random() < 0.2 else None,
            "created_at": created,
            "updated_at": created + rng.randrange(10_000_000),
            "last_active_at": EPOCH - rng.randrange(20) * 3600,  # whole hours: ties that a sort must break
            "settings": _settings(rng, number, dialect),
            "info": optional(object_at(number, dialect), rng),
            "oauth_sub": f"google@{rng.getrandbits(66)}" if rng.random() < 0.3 else None,
            "username": f"user_{number}" if rng.random() < 0.5 else None,
            "bio": _rarely_empty(rng, text_at(number + 3, sentence(rng))),
            "gender": rng.choice((None, "", "female", "male", "non-binary")),
            "date_of_birth": f"{rng.randrange(1930, 2010)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
            if rng.random() < 0.4
            else None,
        }


def _settings(rng: Random, number: int, dialect: Dialect) -> str | None:
    ui: dict[str, object] = {
        "theme": rng.choice(("dark", "light")),
        "models": [MODEL_IDS[0]],
        "textScale": 1.0,
    }
    awkward = object_at(number, dialect)
    return optional({"ui": ui | ({"awkward": awkward} if awkward else {})}, rng)


def _picture(rng: Random) -> str:
    if rng.random() < 0.95:
        return rng.choice(("/user.png", "", "https://example.org/a.png?s=80&d=x"))
    return "data:image/png;base64," + rng.randbytes(3000).hex()


def _rarely_empty(rng: Random, value: str) -> str | None:
    return rng.choice((value, value, value, "", None))
