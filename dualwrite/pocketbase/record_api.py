"""The record API of one PocketBase: single records and pages of them, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dualwrite.codec import encode, from_api_record, to_record
from dualwrite.entity import Entity, Key, Kind, Row, Value
from dualwrite.errors import Missing, Unrepresentable
from dualwrite.pocketbase import json_io
from dualwrite.pocketbase.filters import Plan
from dualwrite.pocketbase.names import collection_name
from dualwrite.pocketbase.session import Request, Session, Trace

PAGE = 1_000  # the server's own limit
PAGE_OF_DOCUMENTS = 100  # where a record may be megabytes


def changed_fields(entity: Entity, key: Key, changes: Mapping[str, Value]) -> dict[str, Value]:
    """Field name to stored value, for some columns of a record.

    Raises:
        Unrepresentable: PocketBase cannot hold a value, or a key column would change.
    """
    fields: dict[str, Value] = {}
    for name, value in changes.items():
        column = entity.column(name)
        if name in entity.key and value != key[entity.key.index(name)]:
            raise Unrepresentable(entity.name, key, name, "is part of the key, which an update cannot change")
        try:
            fields[column.field] = encode(column, value)
        except ValueError as error:
            raise Unrepresentable(entity.name, key, name, str(error)) from None
    return fields


def page_size(entity: Entity) -> int:
    """How many records a page may have."""
    return PAGE_OF_DOCUMENTS if any(column.kind is Kind.JSON for column in entity.columns) else PAGE


class RecordApi:
    """Thread-safe. JSON columns of what it returns are in canonical form (`dualwrite.codec.canonical_json`)."""

    def __init__(self, session: Session, prefix: str) -> None:
        self._session = session
        self._prefix = prefix

    def path(self, entity: Entity, key: Key | None = None) -> str:
        """The path of a collection's records, or of one record: ids are of our own making, so nothing is to be quoted."""
        path = f"/api/collections/{collection_name(self._prefix, entity)}/records"
        return path if key is None else f"{path}/{entity.record_id(key)}"

    def get(self, entity: Entity, key: Key) -> Row | None:
        """The row with this key, or None."""
        try:
            content = self._session.send(Request("GET", self.path(entity, key), "record_get"))
        except Missing:
            return None
        return from_api_record(entity, json_io.loads(content))

    def create(self, entity: Entity, row: Row, trace: Trace | None = None) -> Row:
        """The new record's row. Raises `Conflict` if its key or a unique value is taken."""
        body = json_io.dumps(to_record(entity, row))
        request = Request("POST", self.path(entity), "record_create", content=body, writes=True)
        return from_api_record(entity, json_io.loads(self._session.send(request, trace)))

    def update(self, entity: Entity, key: Key, changes: Mapping[str, Value]) -> Row | None:
        """The whole row after the change, or None where there is no record."""
        body = json_io.dumps(changed_fields(entity, key, changes))
        request = Request("PATCH", self.path(entity, key), "record_update", content=body, writes=True)
        try:
            return from_api_record(entity, json_io.loads(self._session.send(request)))
        except Missing:
            return None

    def delete(self, entity: Entity, key: Key) -> bool:
        """Whether there was a record. One that is gone after an answer was lost counts as ours."""
        trace = Trace()
        try:
            self._session.send(Request("DELETE", self.path(entity, key), "record_delete", writes=True), trace)
        except Missing:
            return trace.lost
        return True

    def page(
        self, entity: Entity, plan: Plan, *, sort: str, size: int, number: int = 1, more: str = ""
    ) -> list[dict[str, Any]]:
        """The records of one page. `more` is a filter of our own (no values but ids in it) to be met as well."""
        answer = self._list(
            entity, plan, sort=sort, perPage=str(size), page=str(number), more=more, skipTotal="1"
        )
        return list(answer["items"])

    def total(self, entity: Entity, plan: Plan) -> int:
        """How many records there are."""
        return int(self._list(entity, plan, sort="", perPage="1", page="1", fields="id")["totalItems"])

    def every(self, entity: Entity, plan: Plan) -> Iterator[Row]:
        """All rows of a plan in the order of their ids, by keyset: rows that come and go meanwhile shift no page."""
        size = page_size(entity)
        more = ""
        while True:
            records = self.page(entity, plan, sort="id", size=size, more=more)
            for record in records:
                yield from_api_record(entity, record)
            if len(records) < size:
                return
            more = f"id>'{records[-1]['id']}'"

    def _list(
        self, entity: Entity, plan: Plan, *, sort: str, more: str = "", **params: str
    ) -> dict[str, Any]:
        text = "&&".join(part for part in (plan.text, more) if part)
        asked = params | plan.params
        if text:
            asked["filter"] = text
        if sort:
            asked["sort"] = sort
        content = self._session.send(Request("GET", self.path(entity), "record_list", params=asked))
        answer: dict[str, Any] = json_io.loads(content)
        return answer
