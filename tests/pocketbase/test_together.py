"""Calls side by side: what they ask for at the same time is one request, and each of them notices nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import pytest

from dualwrite.errors import Unavailable
from dualwrite.observation import Observation, observe
from dualwrite.pocketbase import EmbeddedPocketBase, Find, PocketBase, PocketBaseStore, Query, eq, like
from tests.fixtures.pocketbase import HOOKED, PLAIN, connected, empty
from tests.pocketbase.notes import NOTE, USER, key, note


class Counted:
    """A connection whose requests and errors are counted."""

    def __init__(self, pb: PocketBase, sent: list[str]) -> None:
        self.pb, self.sent = pb, sent
        self.failed: list[type[BaseException]] = []
        self.notes, self.users = pb.records(NOTE), pb.records(USER)

    def together(self, *calls: Callable[[], Any]) -> list[Observation]:
        """What each call came to."""
        self.sent.clear()
        return self.pb.together([lambda call=call: observe(call) for call in calls], self._under_way)

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.failed.append(type(error))
            raise


@contextmanager
def counted(server: EmbeddedPocketBase, prefix: str) -> Iterator[Counted]:
    sent: list[str] = []
    with connected(server, prefix, on_request=lambda method, route, *_: sent.append(route)) as pb:
        empty(pb)
        assert pb.exact is (prefix == HOOKED)
        yield Counted(pb, sent)


@pytest.fixture
def asked(pocketbase_server: EmbeddedPocketBase) -> Iterator[Counted]:
    """With hooks."""
    with counted(pocketbase_server, HOOKED) as found:
        yield found


def values(answers: Sequence[Observation]) -> list[Any]:
    assert [answer.error for answer in answers] == [None] * len(answers)
    return [answer.value for answer in answers]


def test_reads_of_any_kind_are_one_request_and_have_the_answers_they_have_alone(asked: Counted) -> None:
    PocketBaseStore(asked.pb).put(NOTE, [note(f"{at}", f"u{at % 3}", rank=at) for at in range(30)])
    PocketBaseStore(asked.pb).put(USER, [{"id": "u1", "email": "u1@x"}])
    page = Find(NOTE, Query(eq("user_id", "u1"), limit=4, columns=("user_id",)))
    calls: list[Callable[[], Any]] = [
        lambda: asked.notes.get(key("7", "u1")),
        lambda: asked.notes.get(key("nobody")),
        lambda: asked.users.get(("u1",)),
        lambda: asked.notes.find(eq("user_id", "u2"), sort=("-rank",), limit=3, offset=2),
        lambda: asked.notes.first(eq("rank", 9), columns=("id", "rank")),
        lambda: asked.pb.find(page, Find(USER, among={"id": [page.values("user_id")]})),
        lambda: PocketBaseStore(asked.pb).read(NOTE, [key(f"{at}", f"u{at % 3}") for at in range(20)]),
    ]
    together = values(asked.together(*calls))
    assert asked.sent == ["hook_find"]
    assert together == [call() for call in calls]
    assert together[1] is None
    assert len(together[6]) == 20


def test_one_that_asks_twice_asks_again_with_those_that_do_too(asked: Counted) -> None:
    PocketBaseStore(asked.pb).put(NOTE, [note(f"{at}", f"u{at}", rank=at) for at in range(9)])

    def follow(at: int) -> int:
        found = asked.notes.first(eq("id", f"{at}"))
        assert found is not None
        return asked.notes.count(eq("rank", at)) + len(asked.notes.find(eq("user_id", found["user_id"])))

    steps = [lambda at=at: follow(at) for at in range(6)]
    assert values(asked.together(*steps, lambda: "asks for nothing")) == [2] * 6 + ["asks for nothing"]
    assert asked.sent == ["hook_find", *["hook_count"] * 6, "hook_find"]


def test_what_one_may_not_ask_spoils_nothing_for_the_others(asked: Counted) -> None:
    PocketBaseStore(asked.pb).put(NOTE, [note("a")])
    answers = asked.together(
        lambda: asked.notes.get(key("a")),
        lambda: asked.pb.find(Find(NOTE, Query(sort=("doc",)))),
        lambda: asked.notes.find(like("title", "%" + "x" * 60_000)),
        lambda: asked.notes.find(),
    )
    assert [type(answer.error).__name__ for answer in answers] == [
        "NoneType",
        "Unrepresentable",
        "Invalid",
        "NoneType",
    ]
    assert answers[3].value == [answers[0].value]


def test_where_nobody_answers_each_hears_so_and_it_counts_once(pocketbase_server: EmbeddedPocketBase) -> None:
    with counted(pocketbase_server, HOOKED) as asked:
        answers = asked.together(*[lambda: asked.notes.get(key("a"))] * 9)
        values(answers)
        asked.pb.session.send = _nobody  # type: ignore[method-assign]
        answers = asked.together(*[lambda: asked.notes.get(key("a"))] * 9)
    assert [type(answer.error) for answer in answers] == [Unavailable] * 9
    assert asked.failed == [Unavailable]


def _nobody(*_: object) -> bytes:
    raise Unavailable("nobody is there")


def test_rows_beyond_one_answer_come_in_the_next(asked: Counted) -> None:
    rows = [note(f"{at}", doc='{"x":"' + "y" * 3_000_000 + '"}') for at in range(5)]
    PocketBaseStore(asked.pb).put(NOTE, rows)
    found = values(asked.together(*[lambda at=at: asked.notes.get(key(f"{at}")) for at in range(5)]))
    assert found == rows
    assert asked.sent in (["hook_find"] * 2, ["hook_find"] * 3)  # three where it takes long


def test_what_takes_long_is_left_for_the_next_request(asked: Counted) -> None:
    PocketBaseStore(asked.pb).put(NOTE, [note(f"{at}") for at in range(1_000)])
    calls = [lambda: len(asked.notes.find(columns=("id",)))] * 100
    assert values(asked.together(*calls)) == [1_000] * 100
    assert len(asked.sent) > 1, "though there is room for all of them in one answer"


def test_without_hooks_each_asks_by_itself(pocketbase_server: EmbeddedPocketBase) -> None:
    with counted(pocketbase_server, PLAIN) as asked:
        rows = [note(f"{at}") for at in range(3)]
        PocketBaseStore(asked.pb).put(NOTE, rows)
        calls = [lambda at=at: asked.notes.get(key(f"{at}")) for at in range(3)]
        found = asked.together(*calls, lambda: asked.notes.find(eq("id", "1")), asked.notes.count)
        assert values(found) == [*rows, [rows[1]], 3]
        assert len(asked.sent) == 5


def test_a_call_keeps_the_context_that_it_was_begun_in_and_changes_nobody_elses(asked: Counted) -> None:
    who = ContextVar[str]("who", default="nobody")
    who.set("the caller")

    def call(name: str) -> tuple[str, str]:
        before = who.get()
        who.set(name)
        asked.notes.get(key())
        return before, who.get()

    found = values(asked.together(lambda: call("a"), lambda: call("b")))
    assert found == [("the caller", "a"), ("the caller", "b")]
    assert who.get() == "the caller"


def test_another_server_is_asked_as_ever(asked: Counted, pocketbase_server: EmbeddedPocketBase) -> None:
    with counted(pocketbase_server, HOOKED) as other:
        PocketBaseStore(other.pb).put(NOTE, [note("a"), note("b")])
        calls = [lambda name=name: other.notes.get(key(name)) for name in ("a", "b")]
        assert [row["id"] for row in asked.pb.together(calls, nullcontext)] == ["a", "b"]
        assert other.sent[-2:] == ["hook_read"] * 2
