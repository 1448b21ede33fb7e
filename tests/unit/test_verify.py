"""Verify names what differs, and nothing that a write under way explains."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from dualwrite.chunks import ChunkSize
from dualwrite.codec import Undecodable
from dualwrite.entity import Row
from dualwrite.places import Place
from dualwrite.verify import Verified, Verify, name_differences
from tests.domain import NOTES, note
from tests.fakes import FakeControl, FakeJournal, FakeMetrics, FakeStore, refusal


class Pair:
    def __init__(self, sql: list[Row], pocketbase: list[Row], *, exact: bool = True) -> None:
        self.sql, self.pocketbase = FakeStore(), FakeStore(exact=exact)
        self.sql.put(NOTES, sql)
        self.pocketbase.put(NOTES, pocketbase)
        self.journal, self.control, self.metrics = FakeJournal(), FakeControl(), FakeMetrics()

    def verify(self, *, repair: bool = False, chunk_rows: int = 3) -> Verified:
        verify = Verify(
            self.sql,
            self.pocketbase,
            self.journal,
            self.control,
            metrics=self.metrics,
            chunk=ChunkSize(most_rows=chunk_rows),
            pause=0.0,
        )
        (verified,) = verify.run([NOTES], repair=repair)
        return verified


def many(count: int) -> list[Row]:
    return [note(f"{n:03}") for n in range(count)]


def named(verified: Verified) -> list[str]:
    return [str(found) for found in verified.named]


def test_equal_stores_are_clean_and_read_once() -> None:
    pair = Pair(many(100), many(100))
    verified = pair.verify(chunk_rows=1000)
    assert verified.clean
    assert (verified.sql_rows, verified.pocketbase_rows, verified.differing) == (100, 100, 0)
    assert pair.pocketbase.faults.calls["scan"] == 1


@pytest.mark.parametrize("chunk_rows", [3, 4, 1000])
def test_what_pocketbase_vouches_for_is_not_read(chunk_rows: int) -> None:
    pair = Pair(many(12), many(12))
    pair.pocketbase.vouches = True
    verified = pair.verify(chunk_rows=chunk_rows)
    assert (verified.clean, verified.sql_rows, verified.pocketbase_rows) == (True, 12, 12)
    assert pair.pocketbase.faults.calls["scan"] == 0
    assert pair.sql.faults.calls["scan"] == 1, "to see how large rows are"


def test_where_it_does_not_vouch_only_those_rows_are_read() -> None:
    pair = Pair(many(12), [*many(7), {**many(12)[7], "text": "x"}, *many(12)[8:], note("zz")])
    pair.pocketbase.vouches = True
    verified = pair.verify(chunk_rows=3)
    assert named(verified) == ['notes ["007"] text: value', 'notes ["zz"] $: extra']
    assert pair.pocketbase.faults.calls["scan"] == 2
    assert pair.sql.faults.calls["scan"] - 1 == 2, "and once to see how large rows are"
    assert (verified.sql_rows, verified.pocketbase_rows) == (12, 13)


def test_missing_extra_and_different_rows_are_named_across_chunks() -> None:
    rows = many(12)
    pair = Pair(rows[:-1], [*rows[:4], note("0035"), {**rows[5], "text": "x"}, *rows[6:]])
    verified = pair.verify()
    assert not verified.clean
    assert set(named(verified)) == {
        'notes ["004"] $: missing',
        'notes ["0035"] $: extra',
        'notes ["005"] text: value',
        'notes ["011"] $: extra',
    }
    assert verified.differing == 4


def test_extras_alone_are_found_in_an_empty_table() -> None:
    assert Pair([], many(120)).verify().differing == 120


def test_a_difference_that_an_obligation_explains_is_lag() -> None:
    pair = Pair(many(3), many(2))
    pair.journal.trigger("notes", [("002",)])
    verified = pair.verify()
    assert (verified.lagging, verified.differing, named(verified)) == (1, 0, [])


@pytest.mark.parametrize(
    ("place", "lagging"),
    [
        (Place(after=("000",), upto=("002",), in_flight=True), ["001", "002"]),
        (Place(after=("001",), upto=None, in_flight=True), ["002", "003"]),
        (Place(after=None, upto=None, in_flight=True), ["000", "001", "002", "003"]),
        (Place(after=("000",), upto=("002",)), []),
        (Place(done=True), []),
    ],
)
def test_a_difference_in_the_range_that_a_backfill_has_in_flight_is_lag(
    place: Place, lagging: list[str]
) -> None:
    pair = Pair(many(4), [{**row, "text": "older"} for row in many(4)])
    pair.control.save("range:notes:0", asdict(place))
    verified = pair.verify()
    assert verified.lagging == len(lagging)
    assert {found.key[0] for found in verified.named} == {f"{n:03}" for n in range(4)} - set(lagging)


def test_a_range_that_a_backfill_takes_after_the_look_at_it_is_lag_too() -> None:
    pair = Pair(many(1), [{**note("000"), "text": "older"}])
    place = Place(in_flight=True)
    pair.pocketbase.faults.before["read"] = lambda: pair.control.save("range:notes:0", asdict(place))
    assert (pair.verify().lagging, pair.verify().differing) == (1, 0)


def test_a_row_that_moves_while_it_is_looked_at_is_lag() -> None:
    pair = Pair(many(1), many(1))
    turn = iter(range(1, 100))
    pair.journal.faults.before["open_for"] = lambda: pair.sql.rows["notes"].update(
        {("000",): note("000", at=next(turn))}
    )
    pair.pocketbase.rows["notes"]["000",]["text"] = "old"
    verified = pair.verify()
    assert (verified.lagging, verified.differing) == (1, 0)


def test_a_difference_that_is_gone_at_the_second_look_is_none() -> None:
    pair = Pair(many(1), [])
    pair.journal.faults.before["open_for"] = lambda: pair.pocketbase.rows["notes"].update(
        {("000",): note("000")}
    )
    assert pair.verify().clean


def test_repair_writes_over_from_sql_looks_and_pays() -> None:
    pair = Pair(many(5), [note("001", "old"), note("009")])
    verified = pair.verify(repair=True)
    assert verified.clean
    assert (verified.differing, verified.repaired) == (6, 6)
    assert pair.sql.rows == pair.pocketbase.rows
    assert pair.journal.open == []
    assert len(named(verified)) == 6, "what was repaired is still named"


def test_what_cannot_be_repaired_is_not_clean() -> None:
    pair = Pair(many(2), [])
    pair.pocketbase.refuses["001",] = refusal()
    verified = pair.verify(repair=True)
    assert (verified.differing, verified.repaired, verified.clean) == (2, 1, False)
    assert len(pair.journal.stuck()) == 1


@pytest.mark.parametrize(("exact", "differing"), [(True, 1), (False, 0)])
def test_spacing_of_json_counts_only_where_both_sides_keep_it(exact: bool, differing: int) -> None:
    pair = Pair([note("a", meta='{"x":1}')], [note("a", meta='{"x": 1}')], exact=exact)
    assert pair.verify().differing == differing


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"text": "other"}, ["text: value"]),
        ({"text": 5}, ["text: type"]),
        ({"pinned": True, "updated_at": 1}, ["pinned: value", "updated_at: value"]),
        ({"meta": '{"x":{"y":2}}'}, ["meta.x.y: value"]),
        ({"meta": '{"x":{}}'}, ["meta.x.y: missing"]),
        ({"meta": None}, ["meta: type"]),
        ({"meta": '{ "x":{"y":1}}'}, ["meta: value"]),
        ({"meta": "{"}, ["meta: value"]),
        ({"meta": Undecodable("spoilt")}, ["meta: type"]),
    ],
    ids=str,
)
def test_the_place_of_a_difference(change: Row, expected: list[str]) -> None:
    left = note("a", "text", meta='{"x":{"y":1}}')
    found = name_differences(NOTES, ("a",), left, {**left, **change})
    assert [f"{one.path}: {one.kind}" for one in found] == expected


def test_another_order_of_json_keys_is_a_difference_of_order() -> None:
    one, other = note("a", meta='{"x":1,"y":2}'), note("a", meta='{"y":2,"x":1}')
    (found,) = name_differences(NOTES, ("a",), one, other)
    assert (found.path, found.kind) == ("meta", "order")
