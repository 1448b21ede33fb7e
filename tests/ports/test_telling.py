"""What the core relies on where rows go from one store to the other as they are told, and where one vouches for another's digest."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dualwrite.digest import digested
from dualwrite.entity import Key, Row
from dualwrite.ports import Mirror, Origin, Reader
from tests.domain import NOTES, note
from tests.ports.implementations import Stores
from tests.telling import digest_of, told, untold

ROWS = [
    note("A", "", meta=None),
    note("a", '"', meta="null", at=-(2**63)),
    {**note("b", "two\nlines", meta="[1.50, 1e400]", at=2**63 - 1), "pinned": True},
    note("é", "\U0001f600", meta='{"a":1,  "a":"ü"}'),
    note("\U0001f600", "x" * 5000, meta=' {"$sql":"x"}'),
]
KEYS = [NOTES.key_of(row) for row in ROWS]
ENDS: list[tuple[Key | None, Key | None]] = [(None, None), *pairwise([None, *KEYS, None])]


def between(after: Key | None, upto: Key | None) -> list[Row]:
    low = KEYS.index(after) + 1 if after else 0
    return ROWS[low : KEYS.index(upto) + 1 if upto else None]


@pytest.mark.parametrize(("after", "upto"), ENDS)
def test_what_is_told_is_what_a_scan_finds(
    stores: Stores, origin: Origin, after: Key | None, upto: Key | None
) -> None:
    stores.seed(NOTES, ROWS)
    found = origin.tell(NOTES, after=after, upto=upto)
    assert found == {NOTES.key_of(row): told(NOTES, row) for row in between(after, upto)}
    assert [untold(NOTES, row) for row in found.values()] == origin.scan(NOTES, after=after, upto=upto)
    assert digested(found.values()) == digest_of(NOTES, between(after, upto))
    assert list(origin.tell(NOTES, after=after, upto=upto, limit=2)) == list(found)[:2]


@pytest.mark.parametrize(("after", "upto"), ENDS)
def test_a_digest_is_vouched_for_where_the_rows_are_those(
    stores: Stores, mirror: Mirror, after: Key | None, upto: Key | None
) -> None:
    stores.seed(NOTES, ROWS)
    assert mirror.holds(NOTES, digest_of(NOTES, between(after, upto)), after=after, upto=upto)
    assert not mirror.holds(NOTES, digest_of(NOTES, [note("no")]), after=after, upto=upto)


def test_what_is_told_can_be_put(reader: Reader, mirror: Mirror) -> None:
    put = mirror.prepared(NOTES, {NOTES.key_of(row): told(NOTES, row) for row in ROWS})
    assert put is not None
    assert reader.scan(NOTES) == [], "not before it is called"
    put()
    put()
    assert reader.scan(NOTES) == ROWS
    changed = {**ROWS[0], "text": "other"}
    again = mirror.prepared(NOTES, {KEYS[0]: told(NOTES, changed)})
    assert again is not None
    again()
    assert reader.scan(NOTES) == [changed, *ROWS[1:]]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"id": "n", "text": None},
        {"id": "n", "updated_at": 2**64},
        {"id": "n", "meta": "{"},
        {"id": "n", "meta": "NaN"},
        {"id": "n", "meta": '"\udcff"'},
    ],
    ids=str,
)
def test_what_cannot_be_taken_is_not_prepared(mirror: Mirror, spoilt: Row) -> None:
    rows = {KEYS[0]: told(NOTES, ROWS[0]), ("n",): told(NOTES, {**note("n"), **spoilt})}
    assert mirror.prepared(NOTES, rows) is None
