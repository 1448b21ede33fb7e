"""Ids and clocks of generated rows, each computed from its number: no list of them is ever kept."""

from __future__ import annotations

import hashlib
from random import Random

from repos.rehearsal.words import TAGS

EPOCH = 1_763_856_000  # 2025-11-23, when 0.6.36 was current; a sample is the same whenever it is made
TAGS_EACH = 6
_MOST_FOLDERS = 8


class Names:
    """The names of one sample."""

    def __init__(self, seed: int, users: int) -> None:
        self._key = f"sample {seed}".encode()
        self.users = users

    def id(self, kind: str, number: int) -> str:
        """The id of row `number` of that kind: a UUID, version 4 by its looks."""
        return _uuid(hashlib.blake2b(f"{kind} {number}".encode(), key=self._key, digest_size=16).hexdigest())

    def rng(self, kind: str, number: int = 0) -> Random:
        """Random numbers that depend on the sample's seed and this name only."""
        digest = hashlib.blake2b(f"rng {kind} {number}".encode(), key=self._key, digest_size=8).digest()
        return Random(int.from_bytes(digest, "big"))  # noqa: S311 — to be repeatable is the purpose

    def user(self, number: int) -> str:
        """The id of a user; numbers run round."""
        return self.id("user", number % self.users)

    def folder(self, user: int, number: int) -> str:
        """The id of one of a user's folders."""
        return self.id("folder", user * _MOST_FOLDERS + number)


def drawn_id(rng: Random) -> str:
    """A UUID, version 4 by its looks, from random numbers."""
    return _uuid(f"{rng.getrandbits(128):032x}")


def folders_of(user: int) -> int:
    """How many folders a user has: none to seven."""
    return (user * 5 + 3) % _MOST_FOLDERS


def tags_of(user: int) -> tuple[str, ...]:
    """The names of a user's tags."""
    return tuple(TAGS[(user * 7 + number * 3) % len(TAGS)] for number in range(TAGS_EACH))


def tag_id(name: str) -> str:
    """A tag's id: its name with underscores for blanks, in lower case as Python sees it."""
    return name.replace(" ", "_").lower()


def _uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
