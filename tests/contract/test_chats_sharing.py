"""What `IChatSharing` and `IChatFolders` promise, on every backend."""

from __future__ import annotations

import pytest

from dualwrite.call import Call, calling
from dualwrite.errors import Refused
from dualwrite.stamp import Stamp
from repos.entities import CHAT
from repos.interfaces import IChatsRepo
from tests.contract.backends import Backend
from tests.contract.chat_rows import chat_row, ids


@pytest.fixture
def chats(backend: Backend) -> IChatsRepo:
    return backend.repos.chats


def test_a_shared_chat_has_a_copy(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(CHAT, chat_row("c", pinned=None, tags=["x"], folder_id="f", archived=True))
    stamp = Stamp(seed=b"s", time_ns=7 * 10**9)
    with calling(Call(stamp.again())):
        copy = chats.insert_shared_chat_by_chat_id("c")
    assert copy is not None
    assert (copy.id, copy.user_id, copy.updated_at, copy.created_at) == (stamp.id("chat"), "shared-c", 7, 1)
    assert (copy.archived, copy.pinned, copy.meta, copy.folder_id) == (False, None, {"tags": ["x"]}, "f")
    stored = chats.get_chat_by_share_id(copy.id)
    assert stored == copy.model_copy(update={"pinned": False})
    original = chats.get_chat_by_id("c")
    assert original is not None
    assert (original.share_id, original.updated_at) == (copy.id, 1)


def test_a_chat_that_is_shared_is_not_copied_again(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(
        CHAT,
        chat_row("c", share_id="s"),
        chat_row("s", "shared-c"),
        chat_row("d", share_id="t"),
        chat_row("t", "shared"),
    )
    assert chats.insert_shared_chat_by_chat_id("c") is None
    found = chats.insert_shared_chat_by_chat_id("d")
    assert found is not None
    assert found.id == "t"
    assert len(backend.rows(CHAT)) == 4


def test_a_missing_chat_has_no_copy(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(CHAT, chat_row("s", "shared-gone"))
    assert chats.insert_shared_chat_by_chat_id("no") is None
    assert chats.update_shared_chat_by_chat_id("no") is None
    assert chats.update_shared_chat_by_chat_id("gone") is None
    assert chats.update_chat_share_id_by_id("no", "x") is None
    assert chats.delete_shared_chat_by_chat_id("no") is True
    assert chats.get_chat_by_share_id("no") is None
    assert chats.get_chat_by_share_id(None) is None  # type: ignore[arg-type]


def test_a_copy_follows_its_chat(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(CHAT, chat_row("c", pinned=None, folder_id="f"), chat_row("s", "shared-c", archived=True))
    copy = chats.update_shared_chat_by_chat_id("c")
    assert copy is not None
    assert (copy.id, copy.title, copy.chat["title"], copy.pinned, copy.folder_id) == (
        "s",
        "c",
        "c",
        None,
        "f",
    )
    assert copy.archived is True
    assert chats.delete_shared_chat_by_chat_id("c") is True
    made = chats.update_shared_chat_by_chat_id("c")
    assert made is not None
    assert made.user_id == "shared-c"


def test_a_broken_chat_is_not_shared(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(CHAT, chat_row("c", chat=None))
    with pytest.raises(Refused):
        chats.insert_shared_chat_by_chat_id("c")
    assert chats.update_shared_chat_by_chat_id("c") is None
    assert len(backend.rows(CHAT)) == 1


def test_a_share_id_is_unique_and_a_copy_without_one_is_not_found(
    chats: IChatsRepo, backend: Backend
) -> None:
    backend.put(CHAT, chat_row("c"), chat_row("d"), chat_row("s", "shared-c"))
    assert chats.get_chat_by_share_id("s") is None
    assert chats.update_chat_share_id_by_id("c", "s") is not None
    assert chats.update_chat_share_id_by_id("d", "s") is None
    assert chats.get_chat_by_share_id("s") is not None
    assert chats.update_chat_share_id_by_id("c", None) is not None
    assert chats.update_chat_share_id_by_id("d", None) is not None


def test_a_folder_holds_chats_neither_pinned_nor_archived(chats: IChatsRepo, backend: Backend) -> None:
    here = {"folder_id": "f"}
    backend.put(
        CHAT,
        *(chat_row(f"c{n}", updated_at=n, pinned=None if n % 2 else False, **here) for n in range(4)),
        chat_row("pinned", pinned=True, **here),
        chat_row("archived", archived=True, **here),
        chat_row("elsewhere", folder_id="g"),
        chat_row("nowhere"),
        chat_row("bobs", "bob", **here),
    )
    assert ids(chats.get_chats_by_folder_id_and_user_id("f", "ann")) == ["c3", "c2", "c1", "c0"]
    assert ids(chats.get_chats_by_folder_id_and_user_id("f", "ann", 1, 2)) == ["c2", "c1"]
    assert ids(chats.get_chats_by_folder_id_and_user_id(None, "ann")) == ["nowhere"]  # type: ignore[arg-type]
    both = ids(chats.get_chats_by_folder_ids_and_user_id(["g", "f"], "ann"))
    assert both == ["c3", "c2", "c1", "elsewhere", "c0"]
    assert chats.get_chats_by_folder_ids_and_user_id([], "ann") == []
    assert chats.count_chats_by_folder_id_and_user_id("f", "ann") == 6
    moved = chats.update_chat_folder_id_by_id_and_user_id("pinned", "whoever", "g")
    assert moved is not None
    assert (moved.folder_id, moved.pinned) == ("g", False)
    assert chats.update_chat_folder_id_by_id_and_user_id("no", "ann", "g") is None
    assert chats.delete_chats_by_user_id_and_folder_id("ann", "f") is True
    assert [row["id"] for row in backend.rows(CHAT)] == ["bobs", "elsewhere", "nowhere", "pinned"]
