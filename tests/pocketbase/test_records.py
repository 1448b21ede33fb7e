"""What `Records`, `PocketBase.apply` and `PocketBaseStore` promise, over the hook routes and over the record API."""

from __future__ import annotations

import pytest

from dualwrite.call import Call, calling
from dualwrite.entity import Row
from dualwrite.errors import ConfigurationError, Conflict, Missing, Unrepresentable
from dualwrite.pocketbase import (
    Create,
    Delete,
    EmbeddedPocketBase,
    PocketBase,
    PocketBaseStore,
    Put,
    Update,
    eq,
)
from tests.fixtures.pocketbase import PLAIN, connected
from tests.pocketbase.notes import NOTE, USER, key, note


def ids(rows: list[Row]) -> list[object]:
    return [row["id"] for row in rows]


def test_a_missing_record_is_none_or_false(pb: PocketBase) -> None:
    records = pb.records(NOTE)
    assert records.get(key()) is None
    assert records.first(eq("id", "n")) is None
    assert records.update(key(), {"rank": 1}) is None
    assert records.update(key(), {}) is None
    assert records.delete(key()) is False
    assert records.find() == []
    assert records.count() == 0


def test_a_key_that_is_taken_is_a_conflict(pb: PocketBase) -> None:
    records = pb.records(NOTE)
    records.create(note(body="first"))
    with pytest.raises(Conflict, match="id: validation_pk_invalid"):
        records.create(note(body="second"))
    assert records.get(key()) == note(body="first")


def test_a_unique_value_that_is_taken_is_a_conflict_and_null_never_is(pb: PocketBase) -> None:
    records = pb.records(NOTE)
    for name in ("a", "b"):
        records.create(note(name, slug=None))
    records.create(note("c", slug=""))
    for attempt in (
        lambda: records.create(note("d", slug="")),
        lambda: records.update(key("a"), {"slug": ""}),
        lambda: records.put(note("d", slug="")),
        lambda: pb.apply([Create(NOTE, note("d", slug=""))]),
        lambda: PocketBaseStore(pb).put(NOTE, [note("d", slug=""), note("e")]),
    ):
        with pytest.raises(Conflict, match="slug: validation_not_unique"):
            attempt()
    assert records.count() == 3


def test_rows_put_together_may_exchange_their_unique_values(hooked: PocketBase) -> None:
    store = PocketBaseStore(hooked)
    store.put(NOTE, [note("a", slug="one"), note("b", slug="two"), note("c", slug="three")])
    store.put(NOTE, [note("a", slug="two"), note("b", slug="one")])
    with pytest.raises(Conflict, match="slug: validation_not_unique"):
        store.put(NOTE, [note("a", slug="three"), note("b", slug="two")])
    assert [row["slug"] for row in store.scan(NOTE)] == ["two", "one", "three"]


def test_an_update_sends_only_its_columns_and_answers_with_the_whole_row(pb: PocketBase) -> None:
    records = pb.records(NOTE)
    records.create(note(title="t", meta='{"a": 1}'))
    assert records.update(key(), {"rank": 5, "pinned": False}) == note(
        title="t", meta='{"a": 1}', rank=5, pinned=False
    )


def test_the_key_cannot_change(pb: PocketBase) -> None:
    records = pb.records(NOTE)
    records.create(note())
    with pytest.raises(Unrepresentable, match="part of the key"):
        records.update(key(), {"user_id": "other"})
    assert records.update(key(), {"user_id": "u", "rank": 1}) == note(rank=1)


def test_every_write_says_what_pocketbase_now_holds(pb: PocketBase) -> None:
    records = pb.records(NOTE)
    with calling(Call()) as call:
        records.create(note("a"))
        records.update(key("a"), {"rank": 2})
        records.put(note("b"))
        records.delete(key("c"))
        pb.apply([Create(NOTE, note("d")), Update(NOTE, key("a"), {"rank": 3}), Delete(NOTE, key("b"))])
        PocketBaseStore(pb).put(NOTE, [note("e")])
    assert call.acknowledged == {
        ("note", key("a")): note("a", rank=3),
        ("note", key("b")): None,
        ("note", key("c")): None,
        ("note", key("d")): note("d"),
        ("note", key("e")): note("e"),
    }


def test_every_write_is_announced_before_its_request_leaves(pb: PocketBase) -> None:
    """The debt for a key that SQL did not touch must be on disk by then."""
    records = pb.records(NOTE)
    for write in (
        lambda: records.create(note("a")),
        lambda: records.update(key("a"), {"rank": 2}),
        lambda: records.delete(key("a")),
        lambda: pb.apply([Create(NOTE, note("a"))]),
        lambda: pb.apply([Update(NOTE, key("a"), {"rank": 2})]),
        lambda: pb.apply([Delete(NOTE, key("a"))]),
    ):
        before, seen = records.get(key("a")), []
        with calling(Call()) as call:
            call.owe = lambda entity, keys, seen=seen: seen.append((entity.name, keys, records.get(key("a"))))
            write()
        assert seen == [("note", [key("a")], before)]


def test_a_refused_write_acknowledges_nothing(pb: PocketBase) -> None:
    pb.records(NOTE).create(note())
    with calling(Call()) as call, pytest.raises(Conflict):
        pb.records(NOTE).create(note())
    assert call.acknowledged == {}


def test_changes_on_several_entities_are_one_transaction(pb: PocketBase) -> None:
    user: Row = {"id": "u", "email": "u@example.com"}
    pb.apply(
        [Create(USER, user), Put(NOTE, note("a")), Put(NOTE, note("a", rank=1)), Delete(NOTE, key("nobody"))]
    )
    for refused, error in (
        ([Put(NOTE, note("b")), Create(USER, user)], Conflict),
        ([Put(NOTE, note("b")), Update(NOTE, key("nobody"), {"rank": 1})], Missing),
        ([Delete(NOTE, key("a")), Update(USER, ("nobody",), {"email": ""})], Missing),
        ([Delete(NOTE, key("a")), Create(USER, {"id": "v", "email": "u@example.com"})], Conflict),
    ):
        with pytest.raises(error):
            pb.apply(refused)
        assert pb.records(NOTE).find() == [note("a", rank=1)]
        assert pb.records(USER).find() == [user]


def test_no_changes_are_no_request(pb: PocketBase) -> None:
    pb.apply([])


def test_put_replaces_whatever_was_there(pb: PocketBase) -> None:
    records = pb.records(NOTE)
    records.put(note(title="one", rank=1))
    records.put(note(title=None, rank=2))
    assert records.find() == [note(title=None, rank=2)]


def test_a_scan_goes_by_the_bytes_of_composite_keys(pb: PocketBase) -> None:
    names = ["", " ", "A", "a", "ab", "Z", "é", "\uffff", "\U00010000", "a\0", "%"]
    keys = sorted(
        ((name, user) for name in names for user in ("", "B", "b", "ü")),
        key=lambda k: [part.encode() for part in k],
    )
    store = PocketBaseStore(pb)
    store.put(NOTE, [note(*each) for each in reversed(keys)])
    assert [NOTE.key_of(row) for row in store.scan(NOTE)] == keys
    after, found = None, []
    while page := store.scan(NOTE, after=after, limit=7):
        found += page
        after = NOTE.key_of(page[-1])
    assert [NOTE.key_of(row) for row in found] == keys
    assert [NOTE.key_of(row) for row in store.scan(NOTE, after=keys[3], upto=keys[9])] == keys[4:10]
    assert [NOTE.key_of(row) for row in store.scan(NOTE, upto=("a", "Z"))] == [
        each for each in keys if each <= ("a", "Z")
    ]
    assert store.scan(NOTE, limit=0) == []


def test_any_number_of_keys_is_read_and_deleted(pb: PocketBase) -> None:
    store = PocketBaseStore(pb)
    store.put(NOTE, [note(f"{at}") for at in range(300)] + [note("0", rank=9)])
    keys = [key(f"{at}") for at in range(0, 600, 2)]
    found = store.read(NOTE, keys)
    assert sorted(found) == sorted(key(f"{at}") for at in range(0, 300, 2))
    assert found[key("0")]["rank"] == 9
    assert store.read(NOTE, []) == {}
    store.delete(NOTE, [*keys[:20], key("nobody")])
    assert store.count(NOTE) == 280


def test_nothing_is_sent_where_a_row_cannot_be_held(pb: PocketBase) -> None:
    store = PocketBaseStore(pb)
    with pytest.raises(Unrepresentable):
        store.put(NOTE, [note("good"), note("bad", doc="NaN")])
    with pytest.raises(Unrepresentable):
        pb.apply([Create(NOTE, note("good")), Create(NOTE, note("bad", doc="NaN"))])
    assert store.count(NOTE) == 0


def test_pages_that_would_be_too_large_come_in_parts(hooked: PocketBase) -> None:
    store = PocketBaseStore(hooked)
    rows = [note(f"{at}", body="x" * 3_000_000) for at in range(4)]
    store.put(NOTE, rows)
    assert store.scan(NOTE) == rows
    assert hooked.records(NOTE).find(sort=["-id"]) == rows[::-1]
    assert len(store.read(NOTE, [key(f"{at}") for at in range(4)])) == 4
    assert ids(store.scan(NOTE, limit=3)) == ["0", "1", "2"]


def test_another_entity_is_refused(pb: PocketBase) -> None:
    other = type(USER)("other", "other", "others", ("id",), (USER.columns[0],))
    with pytest.raises(ConfigurationError, match="other is not among the entities"):
        pb.records(other)


def test_without_hooks_and_batch_one_change_works_and_two_say_what_they_need(
    plain: PocketBase, pocketbase_server: EmbeddedPocketBase
) -> None:
    plain.batch.switch(on=False)
    try:
        with connected(pocketbase_server, PLAIN) as pb:
            store = PocketBaseStore(pb)
            store.put(NOTE, [note("a"), note("b")])
            pb.apply([Update(NOTE, key("a"), {"rank": 1})])
            assert store.scan(NOTE) == [note("a", rank=1), note("b")]
            with pytest.raises(ConfigurationError, match="2 changes in one transaction need the hooks"):
                pb.apply([Delete(NOTE, key("a")), Delete(NOTE, key("b"))])
    finally:
        plain.batch.switch(on=True)
