"""The two ways to a PocketBase, side by side: the hook routes (exact, fast) and the plain record API (anywhere)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dualwrite.digest import RangeDigest
from dualwrite.entity import Entity, Key, Row
from dualwrite.pocketbase.changes import Change
from dualwrite.pocketbase.query import Found, Group
from dualwrite.pocketbase.where import Where


class Wire(Protocol):
    """What `Records`, `PocketBaseStore` and `PocketBase.apply` are made of. Rows in, rows out, in any number."""

    @property
    def exact(self) -> bool:
        """Whether JSON comes back byte for byte."""

    def read(self, entity: Entity, keys: Sequence[Key]) -> list[Row]:
        """The rows with these keys, in any order."""

    def find(self, groups: Sequence[Group]) -> list[Found]:
        """What came of the first groups: of one at least, of all where that is little. The rows of a find are in its order, and it comes
        after those that it builds on."""

    def count(self, entity: Entity, where: Where) -> int:
        """How many rows match."""

    def scan(self, entity: Entity, after: Key | None, upto: Key | None, limit: int) -> list[Row]:
        """At most `limit` rows with after < key <= upto, in key order; fewer only at the end of the range."""

    def holds(self, entity: Entity, digest: RangeDigest, after: Key | None, upto: Key | None) -> bool:
        """Whether the rows with after < key <= upto surely have this digest; False where that is not known."""

    def put(self, entity: Entity, rows: Sequence[Row]) -> None:
        """Insert or replace."""

    def delete(self, entity: Entity, keys: Sequence[Key]) -> None:
        """Remove; what is not there is no error."""

    def apply(self, changes: Sequence[Change]) -> list[Row | None]:
        """All or none, in order. Answers with what each record holds afterwards, None for a deleted one."""
