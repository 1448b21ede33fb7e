"""The plain record API as a wire: slower, and JSON comes back in canonical form, but any PocketBase has it."""

from __future__ import annotations

from collections.abc import Sequence

from dualwrite.codec import from_api_record
from dualwrite.digest import RangeDigest
from dualwrite.entity import Entity, Key, Kind, Row
from dualwrite.errors import Conflict, Missing
from dualwrite.pocketbase.batch import Batch, by_entity
from dualwrite.pocketbase.changes import Change, Create, Delete, Put, Update
from dualwrite.pocketbase.filters import Plan, plans, range_filter
from dualwrite.pocketbase.ordering import ordered
from dualwrite.pocketbase.predicate import matches
from dualwrite.pocketbase.query import Find, Found, Get, Group, Query
from dualwrite.pocketbase.record_api import RecordApi, page_size
from dualwrite.pocketbase.session import Trace
from dualwrite.pocketbase.where import Where

_IDS_A_REQUEST = 60  # `id='…'||` is 43 characters and a filter may have 3,500
_LARGE_ROW = 1_000_000  # bytes; a batch refuses a request of 32 MB whatever the collection allows
_TRIES = 3


class ApiWire:
    """See `Wire`."""

    exact = False

    def __init__(self, records: RecordApi, batch: Batch, *, request_bytes: int) -> None:
        self._records = records
        self._batch = batch
        self._request_bytes = request_bytes

    def read(self, entity: Entity, keys: Sequence[Key]) -> list[Row]:
        """By id, many to a request."""
        if len(keys) == 1:
            row = self._records.get(entity, keys[0])
            return [] if row is None else [row]
        ids = [entity.record_id(key) for key in keys]
        size = min(_IDS_A_REQUEST, page_size(entity))
        rows: list[Row] = []
        for start in range(0, len(ids), size):
            text = "||".join(f"id='{each}'" for each in ids[start : start + size])
            plan = Plan(f"({text})", {}, exact=True)
            records = self._records.page(entity, plan, sort="", size=size)
            rows += [from_api_record(entity, record) for record in records]
        return rows

    def find(self, groups: Sequence[Group]) -> list[Found]:
        """One group at a time, and of that one find after the other."""
        group = groups[0]
        return [[self.read(group.entity, group.keys)] if isinstance(group, Get) else self._found(group)]

    def _found(self, finds: Sequence[Find]) -> Found:
        found: dict[Find, list[Row]] = {}
        for find in finds:
            query = find.after(found)
            found[find] = [] if query is None else self._find(find.entity, query)
        return [[find.query.projected(row) for row in found[find]] for find in finds]

    def _find(self, entity: Entity, query: Query) -> list[Row]:
        """One page where the list API can say all of the query; otherwise everything it may mean, decided here. The rows
        are whole."""
        if query.limit == 0:
            return []
        order = query.order(entity)
        requests = plans(entity, query.where)
        if (
            len(requests) == 1
            and requests[0].exact
            and _server_can_sort(entity, order, nulls_greatest=query.nulls_greatest)
            and query.limit is not None
            and 0 < query.limit <= page_size(entity)
            and query.offset % query.limit == 0
        ):
            sort = ",".join(
                ("-" if descending else "") + entity.column(name).field for name, descending in order
            )
            number = query.offset // query.limit + 1
            records = self._records.page(entity, requests[0], sort=sort, size=query.limit, number=number)
            return [from_api_record(entity, record) for record in records]
        end = None if query.limit is None else query.offset + query.limit
        every = self._every(entity, query.where, requests)
        return ordered(every, order, nulls_greatest=query.nulls_greatest)[query.offset : end]

    def count(self, entity: Entity, where: Where) -> int:
        """Counted by the server where it can say the condition."""
        requests = plans(entity, where)
        if all(plan.exact for plan in requests):
            return sum(self._records.total(entity, plan) for plan in requests)
        return len(self._every(entity, where, requests))

    def scan(self, entity: Entity, after: Key | None, upto: Key | None, limit: int) -> list[Row]:
        """By keyset over the key columns."""
        sort = ",".join(entity.column(name).field for name in entity.key)
        rows: list[Row] = []
        while len(rows) < limit:
            size = min(limit - len(rows), page_size(entity))
            (plan,) = plans(entity, range_filter(entity, after, upto))
            records = self._records.page(entity, plan, sort=sort, size=size)
            rows += [from_api_record(entity, record) for record in records]
            if len(records) < size:
                break
            after = entity.key_of(rows[-1])
        return rows

    def holds(self, entity: Entity, digest: RangeDigest, after: Key | None, upto: Key | None) -> bool:
        """The record API knows no digests."""
        return False

    def put(self, entity: Entity, rows: Sequence[Row]) -> None:
        """Through the batch API, or one by one where it is off."""
        # Everything is encoded before anything is sent: a row that cannot be is found while nothing has been written.
        encoded = [(self._batch.encoded(Put(entity, row)), row) for row in rows]
        many = len(rows) > 1 and self._batch.limits().enabled
        small = [one for one, _ in encoded if many and len(one) <= _LARGE_ROW]
        self._batch.put(small, size=self._request_bytes)
        for one, row in encoded:
            if not many or len(one) > _LARGE_ROW:
                self._put_one(entity, row)

    def delete(self, entity: Entity, keys: Sequence[Key]) -> None:
        """One by one: a batch fails as a whole over one record that is gone already."""
        for key in keys:
            self._records.delete(entity, key)

    def apply(self, changes: Sequence[Change], trace: Trace | None = None) -> list[Row | None]:
        """Through the batch API; a single change needs none."""
        if len(changes) == 1:
            return [self._apply_one(changes[0], trace)]
        for _ in range(_TRIES - 1):
            try:
                return self._apply_present(changes, trace)
            except Missing:
                if any(isinstance(change, Update) for change in changes):
                    raise
                # A record to be deleted went away between our look and the batch: look again.
        return self._apply_present(changes, trace)

    def _apply_present(self, changes: Sequence[Change], trace: Trace | None) -> list[Row | None]:
        absent = {
            (entity.name, key)
            for entity, keys in by_entity(changes).values()
            for key in set(keys) - {entity.key_of(row) for row in self.read(entity, keys)}
        }
        kept = [
            change
            for change in changes
            if not (isinstance(change, Delete) and (change.entity.name, change.key) in absent)
        ]
        answers = iter(self._batch.apply(kept, trace) if kept else [])
        kept_ids = {id(change) for change in kept}
        return [next(answers) if id(change) in kept_ids else None for change in changes]

    def _apply_one(self, change: Change, trace: Trace | None) -> Row | None:
        match change:
            case Create(entity, row):
                return self._records.create(entity, row, trace)
            case Put(entity, row):
                return self._put_one(entity, row)
            case Update(entity, key, values):
                updated = self._records.update(entity, key, values)
                if updated is None:
                    raise Missing(f"{entity.name}: no such record", status=404)
                return updated
            case Delete(entity, key):
                self._records.delete(entity, key)
                return None

    def _put_one(self, entity: Entity, row: Row) -> Row:
        key = entity.key_of(row)
        for _ in range(_TRIES):
            # A record may come or go between the two requests; each then says so, and the other one is right.
            updated = self._records.update(entity, key, row)
            if updated is not None:
                return updated
            try:
                return self._records.create(entity, row)
            except Conflict:
                if self._records.get(entity, key) is None:
                    raise  # not the key but a unique value is taken
        raise Conflict(f"{entity.name}: the record came and went while it was written", status=409)

    def _every(self, entity: Entity, where: Where, requests: Sequence[Plan]) -> list[Row]:
        return [
            row
            for plan in requests
            for row in self._records.every(entity, plan)
            if plan.exact or matches(where, row)
        ]


def _server_can_sort(entity: Entity, order: Sequence[tuple[str, bool]], *, nulls_greatest: bool) -> bool:
    """PocketBase takes 8 sort fields, orders the codec's marks for empty text elsewhere than empty text, and has NULL
    (an empty text) first."""
    columns = [entity.column(name) for name, _ in order]
    return len(columns) <= 8 and not any(
        column.kind is Kind.JSON or (column.nullable and (column.kind is Kind.TEXT or nulls_greatest))
        for column in columns
    )
