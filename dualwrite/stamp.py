"""A stamp: the ids and the clock of one write, drawn once and used by both adapters."""

from __future__ import annotations

import hashlib
import time
import uuid


class Stamp:
    """The ids and the clock of one call.

    Ids are drawn by name and number, so two adapters that draw in another order still draw the same ids.
    """

    __slots__ = ("_drawn", "_seed", "time_ns")

    def __init__(self, *, seed: bytes | None = None, time_ns: int | None = None) -> None:
        self._seed = seed if seed is not None else uuid.uuid4().bytes
        self.time_ns = time.time_ns() if time_ns is None else time_ns  # nanoseconds since the epoch
        self._drawn: dict[str, int] = {}

    @property
    def time(self) -> int:
        """Seconds since the epoch, rounded down."""
        return self.time_ns // 1_000_000_000

    def id(self, name: str) -> str:
        """The next id of that name: a random lower-case UUID (version 4)."""
        number = self._drawn[name] = self._drawn.get(name, -1) + 1
        digest = hashlib.blake2b(f"{name}:{number}".encode(), key=self._seed, digest_size=16).digest()
        return str(uuid.UUID(bytes=digest, version=4))

    @property
    def drawn_from(self) -> tuple[bytes, int]:
        """What another process needs for the same one: seed and nanoseconds."""
        return self._seed, self.time_ns

    def again(self) -> Stamp:
        """The same stamp with nothing drawn yet, for the other adapter."""
        return Stamp(seed=self._seed, time_ns=self.time_ns)
