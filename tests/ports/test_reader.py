"""What the core relies on in every `Reader`."""

from __future__ import annotations

from dualwrite.ports import Reader
from tests.domain import NOTES, note
from tests.ports.implementations import Stores

# In the order of their UTF-8 bytes, which is neither a locale's nor that of UTF-16.
KEYS = [("",), ("A",), ("Z",), ("a",), ("ab",), ("b",), ("é",), ("\uffee",), ("\U0001f600",)]


def seeded(stores: Stores) -> None:
    stores.seed(NOTES, [note(key[0]) for key in reversed(KEYS)])


def test_read_gives_the_rows_that_are_there_and_only_those(stores: Stores, reader: Reader) -> None:
    row = note("a", 'quotes " and é', meta='{"b": 1, "a": [null]}', at=-(2**63))
    stores.seed(NOTES, [row, note("b", meta=None)])
    found = reader.read(NOTES, [("a",), ("b",), ("nobody",)])
    assert found.keys() == {("a",), ("b",)}
    assert found["a",] == row
    assert found["b",]["meta"] is None
    assert type(found["a",]["pinned"]) is bool


def test_read_takes_no_keys_and_many(stores: Stores, reader: Reader) -> None:
    stores.seed(NOTES, [note(f"{n:04}") for n in range(10)])
    assert reader.read(NOTES, []) == {}
    assert len(reader.read(NOTES, [(f"{n:04}",) for n in range(2500)])) == 10


def test_scan_goes_in_binary_order_of_keys(stores: Stores, reader: Reader) -> None:
    seeded(stores)
    assert [NOTES.key_of(row) for row in reader.scan(NOTES)] == KEYS


def test_scan_excludes_its_beginning_and_includes_its_end(stores: Stores, reader: Reader) -> None:
    seeded(stores)
    found = reader.scan(NOTES, after=("A",), upto=("ab",))
    assert [NOTES.key_of(row) for row in found] == [("Z",), ("a",), ("ab",)]


def test_scan_pages_meet_without_gap_or_overlap(stores: Stores, reader: Reader) -> None:
    seeded(stores)
    keys, after = [], None
    while page := reader.scan(NOTES, after=after, limit=2):
        keys += [NOTES.key_of(row) for row in page]
        after = keys[-1]
    assert keys == KEYS


def test_scan_gives_fewer_than_its_limit_only_at_the_end(stores: Stores, reader: Reader) -> None:
    seeded(stores)
    assert len(reader.scan(NOTES, limit=len(KEYS))) == len(KEYS)
    assert len(reader.scan(NOTES, limit=len(KEYS) + 1)) == len(KEYS)
    assert len(reader.scan(NOTES, upto=("b",), limit=3)) == 3


def test_count_is_of_rows_now(stores: Stores, reader: Reader) -> None:
    assert reader.count(NOTES) == 0
    seeded(stores)
    assert reader.count(NOTES) == len(KEYS)


def test_a_row_read_is_the_callers_own(stores: Stores, reader: Reader) -> None:
    stores.seed(NOTES, [note("a", "before")])
    reader.read(NOTES, [("a",)])["a",]["text"] = "spoilt"
    assert reader.read(NOTES, [("a",)])["a",]["text"] == "before"
