"""What `IChatLists` and `IChatSearch` promise, on every backend."""

from __future__ import annotations

import pytest

from dualwrite.errors import Refused
from repos.entities import CHAT, FOLDER
from repos.interfaces import IChatsRepo
from tests.contract.backends import Backend
from tests.contract.chat_rows import chat_row, ids


@pytest.fixture
def chats(backend: Backend) -> IChatsRepo:
    return backend.repos.chats


def test_lists_come_by_time_and_ties_by_id(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(
        CHAT,
        chat_row("b", updated_at=2),
        chat_row("B", updated_at=2, pinned=True),
        chat_row("c", updated_at=3, archived=True),
        chat_row("a", updated_at=2, pinned=None),
        chat_row("d", "bob", updated_at=9),
    )
    assert ids(chats.get_chats(1, 1)) == ["d", "c", "B", "a", "b"]
    assert ids(chats.get_chats_by_user_id("ann")) == ["c", "B", "a", "b"]
    assert ids(chats.get_pinned_chats_by_user_id("ann")) == ["B"]
    assert ids(chats.get_archived_chats_by_user_id("ann")) == ["c"]
    assert ids(chats.get_archived_chat_list_by_user_id("ann")) == ["c"]
    assert ids(chats.get_chat_list_by_user_id("ann")) == ["B", "a", "b"]
    assert ids(chats.get_chat_list_by_chat_ids(["a", "c", "d", "no"], 5, 1)) == ["d", "a"]
    assert chats.get_chat_list_by_chat_ids([]) == []
    parts = [ids(chats.get_chat_list_by_user_id("ann", True, None, skip, 2)) for skip in (0, 2, 4)]
    assert parts == [["c", "B"], ["a", "b"], []]
    assert ids(chats.get_chat_list_by_user_id("ann", True, {}, 3, 0)) == ["b"]


def test_titles_leave_out_what_is_not_included(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(
        CHAT,
        chat_row("plain", chat=None, pinned=None),
        chat_row("folder", folder_id="f"),
        chat_row("pinned", pinned=True),
        chat_row("archived", archived=True),
    )
    found = chats.get_chat_title_id_list_by_user_id("ann")
    assert [each.model_dump() for each in found] == [
        {"id": "plain", "title": "plain", "updated_at": 1, "created_at": 1}
    ]
    for included, more in (
        ((True, False, False), "archived"),
        ((False, True, False), "folder"),
        ((False, False, True), "pinned"),
    ):
        assert {each.id for each in chats.get_chat_title_id_list_by_user_id("ann", *included)} == {
            "plain",
            more,
        }
    every = [each.id for each in chats.get_chat_title_id_list_by_user_id("ann", True, True, True)]
    assert every == ["archived", "folder", "pinned", "plain"]
    assert [
        each.id for each in chats.get_chat_title_id_list_by_user_id("ann", True, True, True, 1, 2)
    ] == every[1:3]


def test_a_filter_sorts_and_null_is_where_the_database_has_it(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(
        CHAT, chat_row("a", folder_id="g", title="É"), chat_row("b"), chat_row("c", folder_id="f", title="Z")
    )

    def by(column: str, direction: str) -> str:
        return "".join(
            ids(chats.get_chat_list_by_user_id("ann", filter={"order_by": column, "direction": direction}))
        )

    assert by("folder_id", "asc") == ("bca" if backend.dialect == "sqlite" else "cab")
    assert by("folder_id", "DESC") == ("acb" if backend.dialect == "sqlite" else "bac")
    assert (by("title", "asc"), by("title", "desc")) == ("cba", "abc")
    assert by("updated_at", "desc") == "abc"
    for wrong in (("chat", "asc"), ("metadata", "asc"), ("title", "up")):
        with pytest.raises(ValueError, match="Invalid"):
            by(*wrong)


def test_titles_are_found_as_the_database_compares(chats: IChatsRepo, backend: Backend) -> None:
    postgresql = backend.dialect == "postgresql"
    titles = {"a": "École", "b": "100% k", "c": "back\\slash", "d": "\u212a"}
    backend.put(CHAT, *(chat_row(each, title=title, archived=True) for each, title in titles.items()))

    def found(query: str) -> str:
        listed = "".join(ids(chats.get_chat_list_by_user_id("ann", True, {"query": query})))
        assert "".join(ids(chats.get_archived_chat_list_by_user_id("ann", {"query": query}))) == listed
        return listed

    assert found("école") == ("a" if postgresql else "")
    assert found("ÉCOLE") == "a"
    assert found("K") == ("bcd" if postgresql else "bc")
    assert found("0_ ") == "b"
    assert found("\\%") == ("b" if postgresql else "c")
    assert found("\\É") == ("a" if postgresql else "")
    assert found("%") == "abcd"


def test_negative_pages_are_the_database_s_own_rules(chats: IChatsRepo, backend: Backend) -> None:
    backend.put(CHAT, chat_row("a"))
    if backend.dialect == "sqlite":
        assert ids(chats.get_chat_list_by_user_id("ann", skip=-1, limit=-1)) == ["a"]
    else:
        with pytest.raises(Refused):
            chats.get_chat_list_by_user_id("ann", skip=-1, limit=-1)


def search(chats: IChatsRepo, text: str, **options: object) -> str:
    return "".join(ids(chats.get_chats_by_user_id_and_search_text("ann", text, **options)))  # type: ignore[arg-type]


def test_a_search_looks_into_titles_and_contents(chats: IChatsRepo, backend: Backend) -> None:
    postgresql = backend.dialect == "postgresql"
    backend.put(
        CHAT,
        chat_row("a", title="Plan B", updated_at=1),
        chat_row("b", title="x", said=["no", "A PLAN of 100%"], updated_at=2),
        chat_row("c", title="x", said=["École", None, 42], updated_at=3),
        chat_row("d", title="0x00 plan", said=["plan"], updated_at=4),
        chat_row("e", title="x", said=["plan u0000"], updated_at=5),
        chat_row("f", "bob", title="plan"),
        chat_row("g", title="plan", archived=True, updated_at=6),
        chat_row("h", title="x", chat='{"messages":["plan",{"content":"plain"},["plan"],{}]}', updated_at=7),
        chat_row("i", title="x", chat='{"messages":"plan"}', updated_at=8),
    )
    assert search(chats, " PLAN ") == ("ba" if postgresql else "edba")
    assert search(chats, "plan", include_archived=True)[0] == "g"
    assert search(chats, "pl_in") == "h"
    assert search(chats, "école") == ("c" if postgresql else "")
    assert search(chats, "42") == "c"
    assert search(chats, "\\%") == ("b" if postgresql else "")
    assert search(chats, "no such") == ""
    assert search(chats, "plan", skip=1, limit=1) == ("a" if postgresql else "d")
    assert search(chats, "plan", limit=0) == ""
    assert search(chats, "\0 ", limit=2) == "ih"
    with pytest.raises(Refused):
        search(chats, "\ud800")


def test_words_of_a_search_select(chats: IChatsRepo, backend: Backend) -> None:
    folder = {"user_id": "ann", "is_expanded": False, "created_at": 1, "updated_at": 1}
    backend.put(
        FOLDER, folder | {"id": "f", "name": "My Work"}, folder | {"id": "g", "name": "x", "parent_id": "f"}
    )
    backend.put(
        CHAT,
        chat_row("a", tags=["work", "a_b"]),
        chat_row("b", tags=["work"], pinned=True),
        chat_row("c", pinned=None, folder_id="f"),
        chat_row("d", share_id="s", folder_id="g"),
        chat_row("e", archived=True, tags=["a_b"]),
        chat_row("f", meta='{"tags":"work"}', title="x plan"),
    )
    assert search(chats, "tag:Work") == "ab"
    assert search(chats, "tag:work tag:A_B") == "a"
    assert search(chats, "tag:none") == "cdf"
    assert search(chats, "tag:none tag:work plan") == "f"
    assert search(chats, "pinned:true") == "b"
    assert search(chats, "pinned:false") == "adf"
    assert search(chats, "pinned:maybe") == "abcdf"
    assert search(chats, "shared:true") == "d"
    assert search(chats, "shared:false shared:true") == "d"
    assert search(chats, "archived:true") == "e"
    assert search(chats, "archived:false", include_archived=True) == "abcdf"
    assert search(chats, "folder:my_work") == "cd"
    assert search(chats, "folder:nope") == "abcdf"
    assert search(chats, "a") == "af"
