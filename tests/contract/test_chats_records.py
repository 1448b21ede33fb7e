"""What `IChatRecords` and `IChatHistory` promise, on every backend."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from dualwrite.call import Call, calling
from dualwrite.errors import Refused
from dualwrite.stamp import Stamp
from repos.entities import CHAT
from repos.interfaces import IChatsRepo
from repos.models import ChatForm, ChatImportForm
from tests.contract.backends import Backend
from tests.contract.chat_rows import chat_row, ids

STAMP = Stamp(seed=b"s", time_ns=1_700_000_000_999_999_999)


@pytest.fixture
def chats(backend: Backend) -> IChatsRepo:
    return backend.repos.chats


def test_a_new_chat_takes_id_and_clock_from_the_stamp(chats: IChatsRepo, backend: Backend) -> None:
    with calling(Call(STAMP.again())):
        made = chats.insert_new_chat("ann", ChatForm(chat={"title": "É", "z": 1.0, "a": None}, folder_id="f"))
    assert made is not None
    assert backend.rows(CHAT) == [
        {
            "id": STAMP.again().id("chat"),
            "user_id": "ann",
            "title": "É",
            "share_id": None,
            "archived": False,
            "created_at": 1_700_000_000,
            "updated_at": 1_700_000_000,
            "chat": '{"title": "\\u00c9", "z": 1.0, "a": null}',
            "pinned": False,
            "meta": "{}",
            "folder_id": "f",
        }
    ]
    assert chats.get_chat_by_id(made.id) == made


def test_an_import_keeps_clocks_that_are_not_zero_and_pins_nothing_for_none(chats: IChatsRepo) -> None:
    form = ChatImportForm(chat={}, meta={"tags": ["x"]}, pinned=None, created_at=5, updated_at=0)
    with calling(Call(STAMP.again())):
        made = chats.import_chat("ann", form)
    assert made is not None
    assert (made.title, made.created_at, made.updated_at, made.pinned) == (
        "New Chat",
        5,
        1_700_000_000,
        False,
    )
    assert made.meta == {"tags": ["x"]}


def test_what_makes_no_chat_raises_and_writes_nothing(chats: IChatsRepo, backend: Backend) -> None:
    with pytest.raises(ValidationError):
        chats.insert_new_chat("ann", ChatForm(chat={"title": None}))
    with pytest.raises(ValidationError):
        chats.import_chat("ann", ChatImportForm(chat={}, meta=None))
    with pytest.raises(Refused):
        chats.insert_new_chat("\ud800", ChatForm(chat={}))
    assert backend.rows(CHAT) == []


def test_a_missing_chat_is_none(chats: IChatsRepo) -> None:
    assert chats.get_chat_by_id("no") is None
    assert chats.get_chat_by_id_and_user_id("no", "ann") is None
    assert chats.get_chat_title_by_id("no") is None
    assert chats.update_chat_by_id("no", {}) is None
    assert chats.update_chat_title_by_id("no", "t") is None
    assert chats.toggle_chat_pinned_by_id("no") is None
    assert chats.toggle_chat_archive_by_id("no") is None
    assert chats.get_messages_map_by_chat_id("no") is None
    assert chats.get_message_by_id_and_message_id("no", "m") is None
    assert chats.upsert_message_to_chat_by_id_and_message_id("no", "m", {}) is None
    assert chats.add_message_status_to_chat_by_id_and_message_id("no", "m", {}) is None
    assert chats.delete_chat_by_id("no") is True


def test_a_chat_of_another_user_is_missing(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(CHAT, chat_row("c"))
    assert chats.get_chat_by_id_and_user_id("c", "Ann") is None
    assert chats.get_chat_by_id_and_user_id("c", "ann") is not None


def test_an_update_writes_document_title_and_clock(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(CHAT, chat_row("c", pinned=None))
    with calling(Call(STAMP.again())):
        made = chats.update_chat_by_id("c", {"x": [1, 2.0]})
    assert made is not None
    assert (made.title, made.chat, made.updated_at, made.pinned) == (
        "New Chat",
        {"x": [1, 2.0]},
        1_700_000_000,
        None,
    )
    titled = chats.update_chat_title_by_id("c", "É")
    assert titled is not None
    assert (titled.title, titled.chat) == ("É", {"x": [1, 2.0], "title": "É"})
    assert chats.get_chat_title_by_id("c") == "É"


def test_an_equal_document_keeps_its_text(chats: IChatsRepo, backend: Backend) -> None:
    text = '{"title":"c" , "a":1.0}'
    backend.put(CHAT, chat_row("c", chat=text))
    assert chats.update_chat_by_id("c", {"a": 1, "title": "c"}) is not None
    assert [row["chat"] for row in backend.rows(CHAT)] == [backend.text(text)]


def test_a_title_that_is_no_text(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(CHAT, chat_row("c"))
    made = chats.update_chat_by_id("c", {"title": 5})
    assert (made and made.title) == "5"
    made = chats.update_chat_by_id("c", {"title": True})
    assert (made and made.title) == ("1" if backend.dialect == "sqlite" else "true")
    assert chats.update_chat_by_id("c", {"title": None}) is None
    assert chats.update_chat_by_id("c", {"title": ["x"]}) is None


def test_pinning_and_archiving_toggle(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(CHAT, chat_row("c", pinned=None))
    pinned = [chats.toggle_chat_pinned_by_id("c") for _ in range(2)]
    assert [each and each.pinned for each in pinned] == [True, False]
    archived = [chats.toggle_chat_archive_by_id("c") for _ in range(2)]
    assert [each and each.archived for each in archived] == [True, False]


def test_archiving_all_is_for_one_user_and_moves_no_clock(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(CHAT, chat_row("a"), chat_row("b", archived=True), chat_row("c", "bob"))
    assert chats.archive_all_chats_by_user_id("ann") is True
    assert [(row["archived"], row["updated_at"]) for row in backend.rows(CHAT)] == [
        (True, 1),
        (True, 1),
        (False, 1),
    ]
    assert chats.unarchive_all_chats_by_user_id("ann") is True
    assert chats.unarchive_all_chats_by_user_id("nobody") is True
    assert [row["archived"] for row in backend.rows(CHAT)] == [False] * 3


def test_copies_go_with_their_chats(chats: IChatsRepo, backend: Backend) -> None:
    rows = [
        each
        for chat, user in (("a", "ann"), ("b", "ann"), ("c", "bob"), ("d", "bob"))
        for each in (chat_row(chat, user), chat_row(f"{chat}-copy", f"shared-{chat}"))
    ]
    backend.put(CHAT, *rows)
    assert chats.delete_chat_by_id("a") is True
    assert chats.delete_chat_by_id_and_user_id("c", "ann") is True  # not ann's: its copy goes all the same
    assert [row["id"] for row in backend.rows(CHAT)] == ["b", "b-copy", "c", "d", "d-copy"]
    assert chats.delete_chats_by_user_id("ann") is True
    assert [row["id"] for row in backend.rows(CHAT)] == ["c", "d", "d-copy"]
    assert chats.delete_shared_chats_by_user_id("bob") is True
    assert [row["id"] for row in backend.rows(CHAT)] == ["c", "d"]


def test_messages(chats: IChatsRepo, backend: Backend) -> None:
    document = {"title": "c", "history": {"messages": {"m": {"content": "x", "a": 1}}}}
    backend.put(CHAT, chat_row("c", chat=json.dumps(document)))
    chats.upsert_message_to_chat_by_id_and_message_id("c", "m", {"content": "n\0ul"})
    made = chats.upsert_message_to_chat_by_id_and_message_id("c", "n", {"content": ["\0"]})
    assert made is not None
    assert made.chat["history"] == {
        "messages": {"m": {"content": "nul", "a": 1}, "n": {"content": ["\0"]}},
        "currentId": "n",
    }
    for status in ({"done": False}, {"done": True}):
        chats.add_message_status_to_chat_by_id_and_message_id("c", "m", status)
        chats.add_message_status_to_chat_by_id_and_message_id("c", "nowhere", status)
    found = chats.get_message_by_id_and_message_id("c", "m")
    assert found == {"content": "nul", "a": 1, "statusHistory": [{"done": False}, {"done": True}]}
    assert list(chats.get_messages_map_by_chat_id("c") or {}) == ["m", "n"]
    assert chats.get_message_by_id_and_message_id("c", "nowhere") == {}


def test_a_history_that_is_none(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(CHAT, chat_row("c", chat="{}"), chat_row("d", chat='{"history":null}'))
    assert chats.get_messages_map_by_chat_id("c") == {}
    made = chats.add_message_status_to_chat_by_id_and_message_id("c", "m", {})
    assert made is not None
    assert made.chat == {"history": {}}
    with pytest.raises(KeyError):
        chats.upsert_message_to_chat_by_id_and_message_id("c", "m", {})
    with pytest.raises(AttributeError):
        chats.get_messages_map_by_chat_id("d")


def test_a_row_that_makes_no_chat_is_missing_alone_and_an_error_in_a_list(
    chats: IChatsRepo, backend: Backend
) -> None:
    backend.put(CHAT, chat_row("bad", chat=None), chat_row("good", "bob"))
    assert chats.get_chat_by_id("bad") is None
    assert ids(chats.get_chats_by_user_id("bob")) == ["good"]
    with pytest.raises(Refused):
        chats.get_chats_by_user_id("ann")
