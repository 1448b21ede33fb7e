"""How many requests each method costs on PocketBase: what a caller waits for, so it may not grow unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from dualwrite.pocketbase import EmbeddedPocketBase, PocketBaseStore
from repos import Repositories
from repos.entities import CHAT, FOLDER, GROUP, TAG
from repos.migration import pocketbase
from repos.models import ChatForm, ChatImportForm, FolderForm, FolderUpdateForm, GroupForm, GroupUpdateForm
from tests.fixtures.openwebui import openwebui_connection

Method = Callable[[Repositories], object]
USER = SimpleNamespace(id="ann")

COSTS: dict[str, tuple[int, Method]] = {
    "insert_new_tag": (1, lambda r: r.tags.insert_new_tag("new", "ann")),
    "get_tag_by_name_and_user_id": (1, lambda r: r.tags.get_tag_by_name_and_user_id("t", "ann")),
    "get_tags_by_user_id": (1, lambda r: r.tags.get_tags_by_user_id("ann")),
    "get_tags_by_ids_and_user_id": (1, lambda r: r.tags.get_tags_by_ids_and_user_id(["t", "x"], "ann")),
    "delete_tag_by_name_and_user_id": (1, lambda r: r.tags.delete_tag_by_name_and_user_id("t", "ann")),
    "insert_new_folder": (1, lambda r: r.folders.insert_new_folder("ann", FolderForm(name="n"))),
    "get_folder_by_id_and_user_id": (1, lambda r: r.folders.get_folder_by_id_and_user_id("f0", "ann")),
    "get_children_folders_by_id_and_user_id": (
        1,
        lambda r: r.folders.get_children_folders_by_id_and_user_id("f0", "ann"),
    ),
    "get_folders_by_user_id": (1, lambda r: r.folders.get_folders_by_user_id("ann")),
    "get_folder_by_parent_id_and_user_id_and_name": (
        1,
        lambda r: r.folders.get_folder_by_parent_id_and_user_id_and_name("f0", "ann", "F1"),
    ),
    "get_folders_by_parent_id_and_user_id": (
        1,
        lambda r: r.folders.get_folders_by_parent_id_and_user_id(None, "ann"),
    ),
    "update_folder_parent_id_by_id_and_user_id": (
        1,
        lambda r: r.folders.update_folder_parent_id_by_id_and_user_id("f3", "ann", "f0"),
    ),
    "update_folder_by_id_and_user_id": (
        2,
        lambda r: r.folders.update_folder_by_id_and_user_id("f3", "ann", FolderUpdateForm(name="x")),
    ),
    "update_folder_is_expanded_by_id_and_user_id": (
        1,
        lambda r: r.folders.update_folder_is_expanded_by_id_and_user_id("f3", "ann", True),
    ),
    "delete_folder_by_id_and_user_id": (2, lambda r: r.folders.delete_folder_by_id_and_user_id("f0", "ann")),
    "normalize_folder_name": (0, lambda r: r.folders.normalize_folder_name("x")),
    "search_folders_by_names": (1, lambda r: r.folders.search_folders_by_names("ann", ["f0", "f1"])),
    "search_folders_by_name_contains": (1, lambda r: r.folders.search_folders_by_name_contains("ann", "f")),
    "insert_new_group": (1, lambda r: r.groups.insert_new_group("ann", GroupForm(name="n", description=""))),
    "get_groups": (1, lambda r: r.groups.get_groups()),
    "get_groups_by_member_id": (1, lambda r: r.groups.get_groups_by_member_id("ann")),
    "get_group_by_id": (1, lambda r: r.groups.get_group_by_id("g0")),
    "get_group_user_ids_by_id": (1, lambda r: r.groups.get_group_user_ids_by_id("g0")),
    "update_group_by_id": (
        1,
        lambda r: r.groups.update_group_by_id("g0", GroupUpdateForm(name="x", description="")),
    ),
    "delete_group_by_id": (1, lambda r: r.groups.delete_group_by_id("g0")),
    "delete_all_groups": (2, lambda r: r.groups.delete_all_groups()),
    "remove_user_from_all_groups": (2, lambda r: r.groups.remove_user_from_all_groups("ann")),
    "create_groups_by_group_names": (2, lambda r: r.groups.create_groups_by_group_names("ann", ["x", "y"])),
    "sync_groups_by_group_names": (2, lambda r: r.groups.sync_groups_by_group_names("ann", ["g4"])),
    "add_users_to_group": (2, lambda r: r.groups.add_users_to_group("g0", ["bob"])),
    "remove_users_from_group": (2, lambda r: r.groups.remove_users_from_group("g0", ["ann"])),
    "insert_new_chat": (1, lambda r: r.chats.insert_new_chat("ann", ChatForm(chat={}))),
    "import_chat": (1, lambda r: r.chats.import_chat("ann", ChatImportForm(chat={}))),
    "get_chat_by_id": (1, lambda r: r.chats.get_chat_by_id("c0")),
    "get_chat_by_id_and_user_id": (1, lambda r: r.chats.get_chat_by_id_and_user_id("c0", "ann")),
    "get_chat_title_by_id": (1, lambda r: r.chats.get_chat_title_by_id("c0")),
    "update_chat_by_id": (2, lambda r: r.chats.update_chat_by_id("c0", {"title": "x"})),
    "update_chat_title_by_id": (2, lambda r: r.chats.update_chat_title_by_id("c0", "x")),
    "toggle_chat_pinned_by_id": (2, lambda r: r.chats.toggle_chat_pinned_by_id("c0")),
    "toggle_chat_archive_by_id": (2, lambda r: r.chats.toggle_chat_archive_by_id("c0")),
    "archive_all_chats_by_user_id": (2, lambda r: r.chats.archive_all_chats_by_user_id("ann")),
    "unarchive_all_chats_by_user_id, none to do": (
        1,
        lambda r: r.chats.unarchive_all_chats_by_user_id("ann"),
    ),
    "delete_chat_by_id": (2, lambda r: r.chats.delete_chat_by_id("c0")),
    "delete_chat_by_id_and_user_id": (2, lambda r: r.chats.delete_chat_by_id_and_user_id("c0", "ann")),
    "delete_chats_by_user_id": (3, lambda r: r.chats.delete_chats_by_user_id("ann")),
    "get_messages_map_by_chat_id": (1, lambda r: r.chats.get_messages_map_by_chat_id("c0")),
    "get_message_by_id_and_message_id": (1, lambda r: r.chats.get_message_by_id_and_message_id("c0", "m")),
    "upsert_message_to_chat_by_id_and_message_id": (
        2,
        lambda r: r.chats.upsert_message_to_chat_by_id_and_message_id("c0", "m", {"content": "x"}),
    ),
    "add_message_status_to_chat_by_id_and_message_id": (
        2,
        lambda r: r.chats.add_message_status_to_chat_by_id_and_message_id("c0", "m", {"done": True}),
    ),
    "insert_shared_chat_by_chat_id": (2, lambda r: r.chats.insert_shared_chat_by_chat_id("c1")),
    "insert_shared_chat_by_chat_id, shared": (2, lambda r: r.chats.insert_shared_chat_by_chat_id("c0")),
    "update_shared_chat_by_chat_id": (2, lambda r: r.chats.update_shared_chat_by_chat_id("c0")),
    "update_shared_chat_by_chat_id, new": (2, lambda r: r.chats.update_shared_chat_by_chat_id("c1")),
    "delete_shared_chat_by_chat_id": (2, lambda r: r.chats.delete_shared_chat_by_chat_id("c0")),
    "delete_shared_chats_by_user_id": (3, lambda r: r.chats.delete_shared_chats_by_user_id("ann")),
    "update_chat_share_id_by_id": (1, lambda r: r.chats.update_chat_share_id_by_id("c0", "x")),
    "get_chat_by_share_id": (1, lambda r: r.chats.get_chat_by_share_id("copy")),
    "get_chats": (1, lambda r: r.chats.get_chats()),
    "get_chats_by_user_id": (1, lambda r: r.chats.get_chats_by_user_id("ann")),
    "get_pinned_chats_by_user_id": (1, lambda r: r.chats.get_pinned_chats_by_user_id("ann")),
    "get_archived_chats_by_user_id": (1, lambda r: r.chats.get_archived_chats_by_user_id("ann")),
    "get_archived_chat_list_by_user_id": (
        1,
        lambda r: r.chats.get_archived_chat_list_by_user_id("ann", {"query": "x"}),
    ),
    "get_chat_list_by_user_id": (1, lambda r: r.chats.get_chat_list_by_user_id("ann", True, {"query": "x"})),
    "get_chat_title_id_list_by_user_id": (1, lambda r: r.chats.get_chat_title_id_list_by_user_id("ann")),
    "get_chat_list_by_chat_ids": (1, lambda r: r.chats.get_chat_list_by_chat_ids(["c0", "c1"])),
    "get_chats_by_user_id_and_search_text": (
        1,
        lambda r: r.chats.get_chats_by_user_id_and_search_text("ann", "tag:t x pinned:false"),
    ),
    "get_chats_by_user_id_and_search_text, folder": (
        2,
        lambda r: r.chats.get_chats_by_user_id_and_search_text("ann", "folder:f0 x"),
    ),
    "get_chats_by_folder_id_and_user_id": (
        1,
        lambda r: r.chats.get_chats_by_folder_id_and_user_id("f0", "ann"),
    ),
    "get_chats_by_folder_ids_and_user_id": (
        1,
        lambda r: r.chats.get_chats_by_folder_ids_and_user_id(["f0"], "ann"),
    ),
    "update_chat_folder_id_by_id_and_user_id": (
        1,
        lambda r: r.chats.update_chat_folder_id_by_id_and_user_id("c0", "ann", "f1"),
    ),
    "count_chats_by_folder_id_and_user_id": (
        1,
        lambda r: r.chats.count_chats_by_folder_id_and_user_id("f0", "ann"),
    ),
    "delete_chats_by_user_id_and_folder_id": (
        2,
        lambda r: r.chats.delete_chats_by_user_id_and_folder_id("ann", "f0"),
    ),
    "update_chat_tags_by_id": (4, lambda r: r.chats.update_chat_tags_by_id("c0", ["u"], USER)),
    "get_chat_tags_by_id_and_user_id": (2, lambda r: r.chats.get_chat_tags_by_id_and_user_id("c0", "ann")),
    "get_chat_list_by_user_id_and_tag_name": (
        1,
        lambda r: r.chats.get_chat_list_by_user_id_and_tag_name("ann", "t"),
    ),
    "add_chat_tag_by_id_and_user_id_and_tag_name": (
        3,
        lambda r: r.chats.add_chat_tag_by_id_and_user_id_and_tag_name("c0", "ann", "u"),
    ),
    "count_chats_by_tag_name_and_user_id": (
        1,
        lambda r: r.chats.count_chats_by_tag_name_and_user_id("t", "ann"),
    ),
    "delete_tag_by_id_and_user_id_and_tag_name": (
        2,
        lambda r: r.chats.delete_tag_by_id_and_user_id_and_tag_name("c0", "ann", "t"),
    ),
    "delete_all_tags_by_id_and_user_id": (
        2,
        lambda r: r.chats.delete_all_tags_by_id_and_user_id("c0", "ann"),
    ),
}


@pytest.fixture(scope="module")
def counted(
    openwebui_server: EmbeddedPocketBase,
) -> Iterator[tuple[Repositories, PocketBaseStore, list[str]]]:
    sent: list[str] = []

    def note(method: str, route: str, status: int, seconds: float, retries: int) -> None:
        sent.append(route)

    with openwebui_connection(openwebui_server, on_request=note) as server:
        yield Repositories(pocketbase(server)), PocketBaseStore(server), sent


@pytest.mark.parametrize("name", COSTS)
def test_requests(name: str, counted: tuple[Repositories, PocketBaseStore, list[str]]) -> None:
    repositories, store, sent = counted
    for entity in (TAG, FOLDER, GROUP, CHAT):
        store.delete(entity, [entity.key_of(row) for row in store.scan(entity)])
    clocks = {"created_at": 1, "updated_at": 1}
    store.put(TAG, [{"id": "t", "name": "t", "user_id": "ann", "meta": None}])
    empty = dict.fromkeys(("items", "meta", "data"))
    store.put(
        FOLDER,
        [
            {"id": f"f{n}", "name": f"f{n}", "user_id": "ann", "parent_id": f"f{n - 1}" if n else None}
            | {"is_expanded": False}
            | clocks
            | empty
            for n in range(6)
        ],
    )
    empty = dict.fromkeys(("data", "meta", "permissions"))
    group = {"user_id": "root", "description": "", "user_ids": '["ann"]'} | clocks | empty
    store.put(GROUP, [{"id": f"g{n}", "name": f"g{n}"} | group for n in range(5)])
    chat = clocks | {"title": "t", "archived": False, "pinned": False, "folder_id": "f0", "user_id": "ann"}
    document = '{"history":{"messages":{"m":{}}}}'
    store.put(
        CHAT,
        [
            chat
            | {"id": f"c{n}", "share_id": None if n else "copy", "chat": document, "meta": '{"tags":["t"]}'}
            for n in range(5)
        ]
        + [
            chat
            | {
                "id": "copy",
                "user_id": "shared-c0",
                "share_id": None,
                "chat": "{}",
                "meta": "{}",
                "title": "old",
            }
        ],
    )
    requests, method = COSTS[name]
    sent.clear()
    method(repositories)
    assert len(sent) == requests, sent
