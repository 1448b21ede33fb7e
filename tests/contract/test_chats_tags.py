"""What `IChatTags` promises, on every backend."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dualwrite.entity import Row
from repos.entities import CHAT, TAG
from repos.interfaces import IChatsRepo
from tests.contract.backends import Backend
from tests.contract.chat_rows import chat_row, ids

ANN = SimpleNamespace(id="ann")


@pytest.fixture
def chats(backend: Backend) -> IChatsRepo:
    return backend.repos.chats


def tag(id: str, user: str = "ann", **values: str) -> Row:
    return {"id": id, "user_id": user, "name": id.upper(), **values}


def names(backend: Backend) -> list[tuple[object, ...]]:
    return [(row["id"], row["user_id"], row["name"]) for row in backend.rows(TAG)]


def test_a_chat_gets_exactly_these_tags(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(TAG, tag("kept"), tag("lost"), tag("busy"), tag("again"), tag("lost", "bob"))
    backend.put(
        CHAT,
        chat_row("c", tags=["kept", "lost", "busy", "again"]),
        chat_row("other", tags=["busy"]),
        chat_row("archived", tags=["lost"], archived=True),
        chat_row("bobs", "bob", tags=["lost"]),
    )
    made = chats.update_chat_tags_by_id("c", ["Again", "None", "New One", "new_one"], ANN)
    assert made is not None
    assert made.meta == {"tags": ["again", "new_one"]}
    assert made.updated_at == 1
    assert names(backend) == [
        ("again", "ann", "Again"),  # deleted, and made anew
        ("busy", "ann", "BUSY"),
        ("lost", "bob", "LOST"),
        ("new_one", "ann", "New One"),
    ]
    assert chats.update_chat_tags_by_id("no", ["x"], ANN) is None


def test_a_tag_may_be_gone_while_an_archived_chat_names_it(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(TAG, tag("b"), tag("bad", meta="[]"), tag("a", "bob"))
    backend.put(CHAT, chat_row("c", tags=["b", "a", "bad"], archived=True), chat_row("d"))
    found = chats.get_chat_tags_by_id_and_user_id("c", "ann")
    assert [each and each.id for each in found] == ["b", None, None]
    assert chats.get_chat_tags_by_id_and_user_id("d", "ann") == []
    assert chats.get_chat_tags_by_id_and_user_id("no", "ann") == []


def test_adding_a_tag_makes_it(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(CHAT, chat_row("c", meta='{"z":1 , "tags":["a"]}'))
    assert chats.add_chat_tag_by_id_and_user_id_and_tag_name("c", "ann", "To Do") is not None
    again = chats.add_chat_tag_by_id_and_user_id_and_tag_name("c", "ann", "to do")
    assert again is not None
    assert again.meta == {"z": 1, "tags": ["a", "to_do"]}
    assert names(backend) == [("to_do", "ann", "To Do")]
    assert chats.add_chat_tag_by_id_and_user_id_and_tag_name("no", "ann", "x") is None
    assert names(backend)[-1] == ("x", "ann", "x")


def test_a_tag_that_cannot_be_made_is_not_added(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(TAG, tag("bad", meta="[]"))
    backend.put(CHAT, chat_row("c"))
    for name in ("bad", "\ud800"):
        assert chats.add_chat_tag_by_id_and_user_id_and_tag_name("c", "ann", name) is None
    made = chats.update_chat_tags_by_id("c", ["bad", "\ud800", "good"], ANN)
    assert made is not None
    assert made.meta == {"tags": ["good"]}


def test_tags_are_taken_away_and_their_rows_stay(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(TAG, tag("a"), tag("b"))
    backend.put(CHAT, chat_row("c", tags=["a", "b"]), chat_row("odd", meta="[]"))
    assert chats.delete_tag_by_id_and_user_id_and_tag_name("c", "whoever", "A") is True
    assert [row["meta"] for row in backend.rows(CHAT)] == ['{"tags": ["b"]}', "[]"]
    assert chats.delete_all_tags_by_id_and_user_id("c", "whoever") is True
    assert [row["meta"] for row in backend.rows(CHAT)] == ['{"tags": []}', "[]"]
    for missing in ("no", "odd"):
        assert chats.delete_tag_by_id_and_user_id_and_tag_name(missing, "ann", "a") is False
        assert chats.delete_all_tags_by_id_and_user_id(missing, "ann") is False
    assert len(names(backend)) == 2


def test_chats_with_a_tag(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(
        CHAT,
        chat_row("b", tags=["to_do", "x"], updated_at=1),
        chat_row("a", tags=["to_do"], archived=True),
        chat_row("c", tags=["to_do_list"], updated_at=9),
        chat_row("d", meta='{"tags":"to_do"}'),
        chat_row("e", "bob", tags=["to_do"]),
    )
    assert ids(chats.get_chat_list_by_user_id_and_tag_name("ann", "To Do", 1, 1)) == ["a", "b"]
    assert chats.get_chat_list_by_user_id_and_tag_name("ann", "no") == []
    assert chats.count_chats_by_tag_name_and_user_id("To Do", "ann") == 1
    assert chats.count_chats_by_tag_name_and_user_id("no", "ann") == 0
