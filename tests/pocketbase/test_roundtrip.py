"""A row that went to PocketBase comes back as it was, by every way in and every way out."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dualwrite.codec import canonical
from dualwrite.entity import Row
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBase, PocketBaseStore
from tests.fixtures.pocketbase import NEWEST, empty
from tests.pocketbase.notes import NOTE, note
from tests.pocketbase.strategies import HOSTILE, HOSTILE_JSON, notes


def rows_by_key(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: [part.encode() for part in NOTE.key_of(row)])


hostile = [
    note(f"{number}", title=text, body=text, doc=json_text, meta=json_text)
    for number, (text, json_text) in enumerate(zip(HOSTILE, (HOSTILE_JSON * 2)[: len(HOSTILE)], strict=True))
]


@given(rows=st.lists(notes, min_size=1, max_size=12, unique_by=NOTE.key_of))
@example(rows=hostile)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_put_in_bulk_come_back_as_they_were(pb: PocketBase, rows: list[Row]) -> None:
    empty(pb)
    store = PocketBaseStore(pb)
    store.put(NOTE, rows)
    expected = rows_by_key(rows if store.exact else [canonical(NOTE, row) for row in rows])
    found = store.scan(NOTE)
    assert (found if store.exact else [canonical(NOTE, row) for row in found]) == expected
    read = store.read(NOTE, [NOTE.key_of(row) for row in rows])
    assert rows_by_key(list(read.values())) == rows_by_key(found)


@given(row=notes)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_record_created_and_updated_comes_back_as_it_was(pb: PocketBase, row: Row) -> None:
    empty(pb)
    records = pb.records(NOTE)
    records.create(row)
    found = records.get(NOTE.key_of(row))
    assert found is not None
    assert (found if pb.exact else canonical(NOTE, found)) == (row if pb.exact else canonical(NOTE, row))
    changed = {name: value for name, value in row.items() if name not in NOTE.key}
    updated = records.update(NOTE.key_of(row), changed)
    assert updated == row


def test_both_ways_in_store_the_same_bytes(hooked: PocketBase) -> None:
    store = PocketBaseStore(hooked)
    store.put(NOTE, hostile)
    in_bulk = store.scan(NOTE)
    store.delete(NOTE, [NOTE.key_of(row) for row in hostile])
    for row in hostile:
        hooked.records(NOTE).create(row)
    assert store.scan(NOTE) == in_bulk == rows_by_key(hostile)


@pytest.mark.parametrize("megabytes", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_a_chat_of_megabytes_goes_there_and_back(
    pb: PocketBase, pocketbase_server: EmbeddedPocketBase, megabytes: int
) -> None:
    if megabytes > 4 and pocketbase_server.version != NEWEST:
        pytest.skip("the old ones take their time")
    size = megabytes * 1_000_000
    message = {"content": 'ein "langer" Satz \\ mit 😀\n' * 1000, "done": True}
    chat = json.dumps({"messages": [message] * (size // len(json.dumps(message)) + 1)})
    row = note(doc=chat)
    store = PocketBaseStore(pb)
    store.put(NOTE, [row, note("small")])
    (found, small) = store.scan(NOTE)
    assert found["doc"] == chat
    assert small == note("small")
    updated = pb.records(NOTE).update(NOTE.key_of(row), {"doc": chat + " ", "rank": 7})
    assert updated == {**row, "doc": chat + " ", "rank": 7}
    assert pb.records(NOTE).first(None, sort=["-rank"]) == (
        updated if pb.exact else canonical(NOTE, updated or {})
    )
