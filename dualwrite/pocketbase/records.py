"""One entity's records, as rows. What an adapter's methods are written with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dualwrite.call import acknowledged, announce
from dualwrite.codec import canonical
from dualwrite.entity import Entity, Key, Row, Value
from dualwrite.errors import AnswerLost, Conflict
from dualwrite.pocketbase.changes import Put
from dualwrite.pocketbase.failures import was_done
from dualwrite.pocketbase.query import EVERYTHING, Find, Query
from dualwrite.pocketbase.session import Trace
from dualwrite.pocketbase.where import Where

if TYPE_CHECKING:
    from dualwrite.pocketbase.server import PocketBase


class Records:
    """Thread-safe. Reads use the hook routes where they are (JSON is then exact, else canonical).

    Single writes use the record API, so PocketBase checks them, and its own hooks and realtime subscribers see them.
    Every method may raise `Unauthorised`, `Unavailable` and `ConfigurationError`; writes also `AnswerLost`,
    `Unrepresentable` (before anything is sent), `Invalid` and `TooLarge`.
    """

    def __init__(self, server: PocketBase, entity: Entity) -> None:
        self._server = server
        self.entity = entity

    def get(self, key: Key) -> Row | None:
        """The row with this key, or None."""
        rows = self._server.read(self.entity, [key])
        return rows[0] if rows else None

    def first(
        self, where: Where, *, sort: Sequence[str] = (), columns: Sequence[str] | None = None
    ) -> Row | None:
        """The first row of `find`, or None."""
        rows = self.find(where, sort=sort, limit=1, columns=columns)
        return rows[0] if rows else None

    def find(
        self,
        where: Where | None = None,
        *,
        sort: Sequence[str] = (),
        limit: int | None = None,
        offset: int = 0,
        columns: Sequence[str] | None = None,
        nulls_greatest: bool = False,
    ) -> list[Row]:
        """The rows that match, all of them without `limit`; of each these columns, all without `columns`.

        `sort` names columns, `-name` is descending, NULL is least (or greatest) and text goes by its UTF-8 bytes; ties,
        and everything where `sort` is empty, go by the key, ascending.
        """
        if limit is not None and limit <= 0:
            return []
        query = Query(
            EVERYTHING if where is None else where,
            tuple(sort),
            limit,
            max(offset, 0),
            None if columns is None else tuple(columns),
            nulls_greatest,
        )
        return self._server.find(Find(self.entity, query))[0]

    def count(self, where: Where | None = None) -> int:
        """How many rows match."""
        return self._server.count(self.entity, EVERYTHING if where is None else where)

    def create(self, row: Row) -> Row:
        """The new row. Raises `Conflict` if its key or a unique value is taken.

        An answer that was lost on the way is no failure if the record now there is the one that was sent.
        """
        key = self.entity.key_of(row)
        trace = Trace()
        announce(self.entity, [key])
        try:
            self._server.record_api.create(self.entity, row, trace)
        except (Conflict, AnswerLost) as error:
            if not (trace.lost or isinstance(error, AnswerLost)):
                raise
            if not was_done(error, lambda: self._holds(key, row)):
                raise
        acknowledged(self.entity, key, row)
        return row

    def update(self, key: Key, changes: Mapping[str, Value]) -> Row | None:
        """The whole row afterwards, or None if there is no such record. Only these columns are sent.

        Raises:
            Conflict: a unique value is taken.
        """
        if not changes:
            return self.get(key)
        announce(self.entity, [key])
        row = self._server.record_api.update(self.entity, key, changes)
        if row is not None:
            row |= changes  # what the record API gives back in canonical form is stored as it was sent
            acknowledged(self.entity, key, row)
        return row

    def delete(self, key: Key) -> bool:
        """Whether there was such a record; it is gone either way."""
        announce(self.entity, [key])
        deleted = self._server.record_api.delete(self.entity, key)
        acknowledged(self.entity, key, None)
        return deleted

    def put(self, row: Row) -> None:
        """Exactly this row afterwards, whatever was there. Raises `Conflict` if another row has a unique value of it."""
        self._server.apply([Put(self.entity, row)])

    def _holds(self, key: Key, row: Row) -> bool:
        found = self.get(key)
        return found is not None and canonical(self.entity, found) == canonical(self.entity, row)
