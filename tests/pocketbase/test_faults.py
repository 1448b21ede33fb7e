"""What is lost on the way: a real server behind a proxy that loses answers and drops requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dualwrite.call import Call, calling, owed
from dualwrite.errors import AnswerLost, Conflict, Unavailable
from dualwrite.pocketbase import (
    Create,
    Delete,
    EmbeddedPocketBase,
    PocketBase,
    PocketBaseStore,
    Put,
    Update,
    apply_schema,
)
from tests.faults import proxy as faults
from tests.fixtures.pocketbase import HOOKED, NEWEST, PLAIN, connected, empty, pocketbase_binary
from tests.pocketbase.notes import ENTITIES, NOTE, key, note
from tests.pocketbase.proxy import Proxy


@pytest.fixture
def proxy(pocketbase_server: EmbeddedPocketBase) -> Iterator[Proxy]:
    with Proxy(pocketbase_server.url) as proxy:
        yield proxy


@pytest.fixture(params=[HOOKED, PLAIN], ids=["hooks", "api"])
def behind(
    request: pytest.FixtureRequest, proxy: Proxy, pocketbase_server: EmbeddedPocketBase
) -> Iterator[PocketBase]:
    """A connection through the proxy that has logged in and found its wire."""
    with connected(pocketbase_server, request.param, url=proxy.url) as pb:
        empty(pb)
        pb.records(NOTE).count()
        pb.batch.limits()
        yield pb


@pytest.fixture(params=[HOOKED, PLAIN], ids=["hooks", "api"])
def impatient(
    request: pytest.FixtureRequest, proxy: Proxy, pocketbase_server: EmbeddedPocketBase
) -> Iterator[PocketBase]:
    """The same with a timeout that is worth waiting for."""
    with connected(pocketbase_server, request.param, url=proxy.url, timeout=0.4) as pb:
        empty(pb)
        pb.records(NOTE).count()
        yield pb


def test_a_create_whose_answer_was_lost_is_a_success(behind: PocketBase, proxy: Proxy) -> None:
    proxy.lose_answers = 1
    with calling(Call()) as call:
        assert behind.records(NOTE).create(note(rank=1)) == note(rank=1)
    assert call.acknowledged == {("note", key()): note(rank=1)}
    assert behind.records(NOTE).find() == [note(rank=1)]


def test_a_create_that_finds_another_record_is_a_conflict_even_after_a_lost_answer(
    behind: PocketBase, proxy: Proxy
) -> None:
    behind.records(NOTE).create(note(rank=1))
    proxy.lose_answers = 1
    with pytest.raises(Conflict):
        behind.records(NOTE).create(note(rank=2))


def test_a_create_that_was_done_though_nothing_ever_answered_is_a_success(
    impatient: PocketBase, proxy: Proxy
) -> None:
    proxy.stall_answers = 1
    assert impatient.records(NOTE).create(note()) == note()


def test_a_write_that_timed_out_is_not_sent_again(impatient: PocketBase, proxy: Proxy) -> None:
    impatient.records(NOTE).create(note())
    proxy.stall_answers = 1
    with calling(Call()) as call, pytest.raises(AnswerLost):
        impatient.records(NOTE).update(key(), {"rank": 1})
    assert call.acknowledged == {}


def test_writes_that_may_be_repeated_are(behind: PocketBase, proxy: Proxy) -> None:
    records = behind.records(NOTE)
    records.create(note())
    proxy.lose_answers = 1
    assert records.update(key(), {"rank": 1}) == note(rank=1)
    proxy.lose_answers = 1
    assert records.delete(key()) is True


OWED: dict[str, Callable[[PocketBase], object]] = {
    "create": lambda pb: pb.records(NOTE).create(note("new")),
    "update": lambda pb: pb.records(NOTE).update(key(), {"rank": 1}),
    "delete": lambda pb: pb.records(NOTE).delete(key("gone already")),
    "put": lambda pb: pb.records(NOTE).put(note()),
    "store.put": lambda pb: PocketBaseStore(pb).put(NOTE, [note()]),
    "store.delete": lambda pb: PocketBaseStore(pb).delete(NOTE, [key("gone already")]),
}


@pytest.mark.parametrize("write", OWED)
def test_a_lost_answer_is_lost_where_a_debt_stands_behind_the_write(
    write: str, behind: PocketBase, proxy: Proxy
) -> None:
    behind.records(NOTE).create(note())
    proxy.lose_answers = 1
    # Sent again, or taken for done because the record looks like it, it could land once more after all was settled.
    with calling(Call()) as call, owed(), pytest.raises(AnswerLost):
        OWED[write](behind)
    assert call.acknowledged == {}
    assert proxy.lose_answers == 0


def test_a_write_is_lost_where_only_the_look_at_it_fails(impatient: PocketBase, proxy: Proxy) -> None:
    proxy.stall_answers = 100
    with pytest.raises(AnswerLost):
        impatient.records(NOTE).create(note())


def test_a_transaction_whose_answer_was_lost_is_a_success(behind: PocketBase, proxy: Proxy) -> None:
    PocketBaseStore(behind).put(NOTE, [note("a"), note("b")])
    changes = [
        Create(NOTE, note("c")),
        Update(NOTE, key("a"), {"rank": 1}),
        Delete(NOTE, key("b")),
        Put(NOTE, note("d")),
    ]
    if not behind.exact:
        behind.batch.apply(
            [Delete(NOTE, key("b"))]
        )  # else the look before a batch would take the lost answer
        changes.pop(2)
    proxy.lose_answers = 1
    with calling(Call()) as call:
        behind.apply(changes)
    assert behind.records(NOTE).find() == [note("a", rank=1), note("c"), note("d")]
    assert call.acknowledged["note", key("a")] == note("a", rank=1)


def test_a_write_that_was_seen_to_be_done_asks_for_nothing_more(
    pocketbase_server: EmbeddedPocketBase,
) -> None:
    """A further request could fail, and its error would say that nothing was written."""
    with (
        faults.Proxy(pocketbase_server.url) as between,
        connected(pocketbase_server, HOOKED, url=between.url, timeout=1.0) as pb,
    ):
        empty(pb)
        assert pb.exact
        before = len(between.seen)
        between.nth(1, faults.HOLD_ANSWER, where=lambda asked: asked.path.endswith("/apply"))
        pb.records(NOTE).put(note())
        assert [seen.status for seen in between.seen[before:]] == [200], "one look at it"
        between.release()


def test_a_read_is_repeated(behind: PocketBase, proxy: Proxy) -> None:
    behind.records(NOTE).create(note())
    proxy.lose_answers = 1
    assert behind.records(NOTE).get(key()) == note()
    proxy.drop_requests = 1
    assert behind.records(NOTE).count() == 1


def test_a_connection_that_was_closed_before_the_request_is_made_again(
    behind: PocketBase, proxy: Proxy
) -> None:
    proxy.drop_requests = 1
    assert behind.records(NOTE).create(note()) == note()


def test_answers_that_never_come_are_lost_for_a_write_and_unavailable_for_a_read(
    behind: PocketBase, proxy: Proxy
) -> None:
    proxy.drop_requests = 100
    with pytest.raises(Unavailable):
        behind.records(NOTE).count()
    with pytest.raises(AnswerLost):
        behind.records(NOTE).update(key(), {"rank": 1})


def test_a_server_that_is_not_there_is_unavailable_and_comes_back() -> None:
    with (
        EmbeddedPocketBase(binary=pocketbase_binary(NEWEST), hooks=(ENTITIES, HOOKED)) as server,
        connected(server, HOOKED) as pb,
    ):
        apply_schema(pb, ENTITIES)
        pb.records(NOTE).create(note())
        server.kill()
        with pytest.raises(Unavailable):
            pb.records(NOTE).create(note("a"))
        server.start()
        assert pb.records(NOTE).find() == [note()]
        server.restart()
        pb.records(NOTE).create(note("a"))
        assert pb.exact
