"""A range of keys, in the order of every scan."""

from __future__ import annotations

from dataclasses import dataclass

from dualwrite.entity import Key


@dataclass(frozen=True, slots=True)
class Span:
    """The keys with after < key <= upto; None is the beginning, or the end, of the table."""

    after: Key | None = None
    upto: Key | None = None

    def holds(self, key: Key) -> bool:
        """Whether a key is in it."""
        return (self.after is None or binary(key) > binary(self.after)) and (
            self.upto is None or binary(key) <= binary(self.upto)
        )


WHOLE = Span()


def binary(key: Key) -> tuple[bytes, ...]:
    """What every scan orders keys by."""
    return tuple(part.encode("utf-8", "surrogatepass") for part in key)
