"""Several finds in one request: each may ask for what those before it found, and all see one state of the database."""

from __future__ import annotations

import threading
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dualwrite.entity import Row, Value
from dualwrite.pocketbase import (
    EmbeddedPocketBase,
    Find,
    PocketBase,
    PocketBaseStore,
    Query,
    Update,
    any_of,
    eq,
    is_null,
)
from tests.fixtures.pocketbase import HOOKED, connected, empty
from tests.pocketbase.notes import NOTE, USER, key, note
from tests.pocketbase.strategies import HOSTILE

AWKWARD = [text for text in HOSTILE if text]


def ids(rows: list[Row]) -> list[Value]:
    return [row["id"] for row in rows]


def users(pb: PocketBase, *names: str) -> None:
    PocketBaseStore(pb).put(USER, [{"id": name, "email": f"{at}@x"} for at, name in enumerate(names)])


def test_a_find_takes_its_values_from_those_before_it(pb: PocketBase) -> None:
    PocketBaseStore(pb).put(
        NOTE,
        [
            note("1", "ann", title="2", rank=1),
            note("2", "bob", title="3", rank=2),
            note("3", "cy", title=None),
            note("4", "dan", title=None),
        ],
    )
    users(pb, "ann", "bob", "cy", "dan")
    page = Find(NOTE, Query(eq("rank", 1), columns=("rank",)))
    answered = Find(NOTE, among={"id": [page.values("title")]})
    further = Find(NOTE, Query(sort=("-id",)), among={"id": [page.values("title"), answered.values("title")]})
    authors = Find(USER, Query(columns=("id",)), among={"id": [further.values("user_id")]})
    nobody = Find(USER, among={"id": [further.values("title", prefix="x")]})
    found = pb.find(page, answered, further, authors, nobody)
    assert found[0] == [{"rank": 1}]
    assert [ids(rows) for rows in found[1:]] == [["2"], ["3", "2"], ["bob", "cy"], []]


def test_a_find_has_its_own_condition_order_and_part_as_well(pb: PocketBase) -> None:
    PocketBaseStore(pb).put(NOTE, [note(f"{at}", "ann" if at % 2 else "bob", rank=at) for at in range(9)])
    users(pb, "ann", "eve")
    all_users = Find(USER)
    theirs = Query(any_of(eq("rank", 1), eq("rank", 2), eq("rank", 5), eq("rank", 7)), ("-rank",), 2, 1)
    found = pb.find(all_users, Find(NOTE, theirs, among={"user_id": [all_users.values("id")]}))
    assert ids(found[1]) == ["5", "1"]


def test_a_find_may_depend_on_there_being_rows(pb: PocketBase) -> None:
    users(pb, "ann")
    there, gone = Find(USER, Query(eq("id", "ann"))), Find(USER, Query(eq("id", "bob")))
    found = pb.find(there, gone, Find(USER, given=there), Find(USER, given=gone))
    assert [ids(rows) for rows in found] == [["ann"], [], ["ann"], []]


@given(
    sources=st.lists(st.none() | st.sampled_from(["", *AWKWARD]), max_size=8),
    targets=st.lists(st.sampled_from(["", *AWKWARD]), max_size=8, unique=True),
    prefix=st.sampled_from(["", "x-", '"', "%"]),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_found_by_its_bytes(
    pb: PocketBase, sources: list[str | None], targets: list[str], prefix: str
) -> None:
    """From a nullable column and a plain one, to a nullable column and a plain one: the codec's marks never show."""
    empty(pb)
    rows = [note(f"s{at}", rank=1, title=text, body=text or "") for at, text in enumerate(sources)]
    rows += [
        note(f"t{at}", rank=2, title=prefix + text, body=prefix + text) for at, text in enumerate(targets)
    ]
    rows += [note("null", rank=2, title=None, body="none of them")]
    PocketBaseStore(pb).put(NOTE, rows)
    first = Find(NOTE, Query(eq("rank", 1)))
    for source in ("title", "body"):
        held = {f"{prefix}{row[source]}" for row in rows if row["rank"] == 1 and row[source] is not None}
        for target in ("title", "body"):
            among = {target: [first.values(source, prefix=prefix)]}
            found = pb.find(first, Find(NOTE, Query(eq("rank", 2)), among=among))[1]
            assert ids(found) == sorted(row["id"] for row in rows if row["rank"] == 2 and row[target] in held)


def test_rows_beyond_one_answer_are_found_and_built_on(pb: PocketBase) -> None:
    rows = [note(f"{at}", f"u{at}", doc='{"x":"' + "y" * 3_000_000 + '"}') for at in range(4)]
    PocketBaseStore(pb).put(NOTE, rows)
    users(pb, *(f"u{at}" for at in range(5)))
    notes = Find(NOTE)
    documents = Find(NOTE, Query(sort=("-id",), columns=("doc",)))
    found = pb.find(notes, documents, Find(USER, among={"id": [notes.values("user_id")]}))
    assert [ids(found[0]), ids(found[2])] == [["0", "1", "2", "3"], ["u0", "u1", "u2", "u3"]]
    assert [(list(row), len(str(row["doc"])) > 3_000_000) for row in found[1]] == [(["doc"], True)] * 4


def test_with_hooks_all_of_it_is_one_request(
    hooked: PocketBase, pocketbase_server: EmbeddedPocketBase
) -> None:
    PocketBaseStore(hooked).put(NOTE, [note(f"{at}", f"u{at}") for at in range(2_000)])
    users(hooked, *(f"u{at}" for at in range(2_000)))
    sent: list[str] = []
    with connected(pocketbase_server, HOOKED, on_request=lambda method, route, *_: sent.append(route)) as pb:
        assert pb.exact
        sent.clear()
        notes = Find(NOTE)
        found = pb.find(notes, Find(USER, among={"id": [notes.values("user_id")]}), Find(USER, given=notes))
    assert [len(rows) for rows in found] == [2_000] * 3
    assert sent == ["hook_find"]


def test_with_hooks_all_finds_see_one_state(hooked: PocketBase) -> None:
    """A writer changes two notes in one transaction, again and again, and never waits for a reader."""
    PocketBaseStore(hooked).put(NOTE, [note("a"), note("b")])
    ended = threading.Event()
    written = count()

    def write() -> None:
        while not ended.is_set():
            rank = next(written)
            hooked.apply([Update(NOTE, key("a"), {"rank": rank}), Update(NOTE, key("b"), {"rank": rank})])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        between = [Find(NOTE)] * 20
        seen = [
            (found[0][0]["rank"], found[-1][0]["rank"])
            for _ in range(60)
            for found in [
                hooked.find(Find(NOTE, Query(eq("id", "a"))), *between, Find(NOTE, Query(eq("id", "b"))))
            ]
        ]
    finally:
        ended.set()
        writer.join()
    assert next(written) > 5
    assert len(set(seen)) > 5
    assert [pair for pair in seen if pair[0] != pair[1]] == []


def test_a_find_that_builds_on_a_later_one_is_a_programming_error(pb: PocketBase) -> None:
    notes = Find(NOTE)
    later = Find(USER, among={"id": [notes.values("user_id")]})
    for finds in ((later, notes), (later,), (Find(USER, given=notes), notes)):
        with pytest.raises(ValueError, match="does not come before"):
            pb.find(*finds)


def test_only_text_builds_on_text(pb: PocketBase) -> None:
    notes = Find(NOTE, Query(is_null("title")))
    for wrong in ({"rank": [notes.values("title")]}, {"title": [notes.values("doc")]}):
        with pytest.raises(ValueError, match="no text"):
            pb.find(notes, Find(NOTE, among=wrong))
