"""How many requests each method costs on PocketBase: what a caller waits for, so it may not grow unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from dualwrite.entity import Entity, Value
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBaseStore
from repos import Repositories
from repos.entities import FILE, FOLDER, GROUP, MESSAGE, MESSAGE_REACTION, TAG, USER
from repos.migration import pocketbase
from repos.models import FileForm, FolderForm, FolderUpdateForm, GroupForm, GroupUpdateForm, MessageForm
from tests.fixtures.openwebui import openwebui_connection

Method = Callable[[Repositories], object]

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
    "insert_new_file": (
        1,
        lambda r: r.files.insert_new_file("ann", FileForm(id="new", filename="n", path="p")),
    ),
    "get_file_by_id": (1, lambda r: r.files.get_file_by_id("x0")),
    "get_file_by_id_and_user_id": (1, lambda r: r.files.get_file_by_id_and_user_id("x0", "ann")),
    "get_file_metadata_by_id": (1, lambda r: r.files.get_file_metadata_by_id("x0")),
    "get_files": (1, lambda r: r.files.get_files()),
    "check_access_by_user_id": (1, lambda r: r.files.check_access_by_user_id("x0", "ann")),
    "get_files_by_ids": (1, lambda r: r.files.get_files_by_ids(["x0", "x1", "x2"])),
    "get_file_metadatas_by_ids": (1, lambda r: r.files.get_file_metadatas_by_ids(["x0", "x1", "x2"])),
    "get_files_by_user_id": (1, lambda r: r.files.get_files_by_user_id("ann")),
    "update_file_hash_by_id": (1, lambda r: r.files.update_file_hash_by_id("x0", "h")),
    "update_file_data_by_id": (2, lambda r: r.files.update_file_data_by_id("x0", {"a": 2})),
    "update_file_metadata_by_id": (2, lambda r: r.files.update_file_metadata_by_id("x0", {"a": 2})),
    "delete_file_by_id": (1, lambda r: r.files.delete_file_by_id("x0")),
    "delete_all_files": (2, lambda r: r.files.delete_all_files()),
    "insert_new_message": (
        1,
        lambda r: r.messages.insert_new_message(MessageForm(content="x"), "c", "ann"),
    ),
    # Each kind of row once: the message with its thread, its reactions, what it answers, the authors of both.
    "get_message_by_id": (4, lambda r: r.messages.get_message_by_id("m0")),
    "get_thread_replies_by_message_id": (3, lambda r: r.messages.get_thread_replies_by_message_id("m0")),
    "get_reply_user_ids_by_message_id": (1, lambda r: r.messages.get_reply_user_ids_by_message_id("m0")),
    "get_messages_by_channel_id": (3, lambda r: r.messages.get_messages_by_channel_id("c")),
    "get_messages_by_parent_id": (4, lambda r: r.messages.get_messages_by_parent_id("c", "m0")),
    "update_message_by_id": (2, lambda r: r.messages.update_message_by_id("m0", MessageForm(content="y"))),
    "add_reaction_to_message": (1, lambda r: r.messages.add_reaction_to_message("m0", "ann", "heart")),
    "get_reactions_by_message_id": (1, lambda r: r.messages.get_reactions_by_message_id("m0")),
    "remove_reaction_by_id_and_user_id_and_name": (
        2,
        lambda r: r.messages.remove_reaction_by_id_and_user_id_and_name("m0", "ann", "heart"),
    ),
    "delete_reactions_by_id": (2, lambda r: r.messages.delete_reactions_by_id("m0")),
    "delete_replies_by_id": (2, lambda r: r.messages.delete_replies_by_id("m0")),
    "delete_message_by_id": (2, lambda r: r.messages.delete_message_by_id("m0")),
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
    for entity in (TAG, FOLDER, GROUP, FILE, MESSAGE, MESSAGE_REACTION, USER):
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
    _put(store, FILE, {"user_id": "ann", "filename": "n", "meta": "{}"} | clocks, "x", 5)
    # In one channel, two by two: a top that answers, and a thread that answers; each by another user.
    for n in range(6):
        links = {"parent_id": "m0" if n % 2 else None, "reply_to_id": f"n{n}", "user_id": f"u{n}"}
        _put(store, MESSAGE, {"channel_id": "c", "content": "x"} | links | clocks, "m", 1, start=n)
        _put(
            store, MESSAGE, {"channel_id": "d", "content": "x", "user_id": f"v{n}"} | clocks, "n", 1, start=n
        )
    _put(store, MESSAGE_REACTION, {"message_id": "m0", "user_id": "ann", "name": "heart"} | clocks, "r", 4)
    seen = {"email": "e", "role": "user", "profile_image_url": "/p", "last_active_at": 1}
    for letter in "uv":
        _put(store, USER, {"name": letter} | seen | clocks, letter, 6)
    requests, method = COSTS[name]
    sent.clear()
    method(repositories)
    assert len(sent) == requests, sent


def _put(
    store: PocketBaseStore,
    entity: Entity,
    row: Mapping[str, Value],
    letter: str,
    count: int,
    *,
    start: int = 0,
) -> None:
    """Equal rows under the ids `<letter><number>`; columns left out are NULL."""
    columns = {column.name: row.get(column.name) for column in entity.columns}
    store.put(entity, [columns | {"id": f"{letter}{n}"} for n in range(start, start + count)])
