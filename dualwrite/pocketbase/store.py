"""PocketBase as the core sees it: rows of any entity, in key order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from dualwrite.call import owed
from dualwrite.digest import RangeDigest
from dualwrite.entity import Entity, Key, Row, Told
from dualwrite.pocketbase.query import EVERYTHING
from dualwrite.pocketbase.schema import change_indexes
from dualwrite.pocketbase.server import PocketBase


class PocketBaseStore:
    """See `dualwrite.ports.Mirror`. Over the hook routes, or over the record API where they are not installed.

    Whoever writes through it owes a look afterwards, so no write whose answer was lost is sent again from here.
    """

    def __init__(self, server: PocketBase) -> None:
        self._server = server

    @property
    def exact(self) -> bool:
        """Whether JSON comes back byte for byte, which the hook routes do and the record API does not."""
        return self._server.exact

    def read(self, entity: Entity, keys: Collection[Key]) -> dict[Key, Row]:
        """The rows with these keys."""
        rows = self._server.read(entity, list(dict.fromkeys(keys)))
        return {entity.key_of(row): row for row in rows}

    def scan(
        self, entity: Entity, *, after: Key | None = None, upto: Key | None = None, limit: int = 1000
    ) -> list[Row]:
        """At most `limit` rows with after < key <= upto, in key order."""
        return self._server.scan(entity, after, upto, limit) if limit > 0 else []

    def count(self, entity: Entity) -> int:
        """How many rows there are."""
        return self._server.count(entity, EVERYTHING)

    def holds(
        self, entity: Entity, digest: RangeDigest, *, after: Key | None = None, upto: Key | None = None
    ) -> bool:
        """Whether the rows with after < key <= upto surely have this digest, as the server finds; False without hooks."""
        return self._server.holds(entity, digest, after, upto)

    def prepared(self, entity: Entity, rows: Mapping[Key, Told]) -> Callable[[], None] | None:
        """What inserts or replaces these rows, in requests that are encoded already; None without hooks."""
        send = self._server.prepared(entity, rows)
        if send is None:
            return None

        def put() -> None:
            with owed():
                send()

        return put

    def defer_indexes(self, entity: Entity) -> None:
        """Remove the indexes that only reads need."""
        change_indexes(self._server, entity, there=False)

    def make_indexes(self, entity: Entity) -> None:
        """Make those again that are missing; PocketBase's only writer is busy meanwhile."""
        change_indexes(self._server, entity, there=True)

    def put(self, entity: Entity, rows: Sequence[Row]) -> None:
        """Insert or replace these rows; of two rows with one key the last one counts."""
        with owed():
            self._server.put(entity, list({entity.key_of(row): row for row in rows}.values()))

    def delete(self, entity: Entity, keys: Collection[Key]) -> None:
        """Remove the rows with these keys."""
        with owed():
            self._server.delete(entity, list(dict.fromkeys(keys)))
