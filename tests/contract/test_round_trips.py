"""How many requests each method costs on PocketBase: what a caller waits for, so it may not grow unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace

import pytest

from dualwrite.entity import Entity, Row, Value
from dualwrite.errors import Unavailable
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBaseStore
from repos import Repositories, connect
from repos.entities import CHAT, FILE, FOLDER, GROUP, MESSAGE, MESSAGE_REACTION, MODEL, TAG, USER
from repos.migration import pocketbase
from repos.models import (
    ChatForm,
    ChatImportForm,
    FileForm,
    FolderForm,
    FolderUpdateForm,
    GroupForm,
    GroupUpdateForm,
    MessageForm,
    ModelForm,
    ModelMeta,
    ModelModel,
    ModelParams,
)
from tests.fixtures.openwebui import openwebui_connection

Method = Callable[[Repositories], object]
ANN = SimpleNamespace(id="ann")

MODEL_FORM = ModelForm(id="new", name="new", meta=ModelMeta(), params=ModelParams())
MODELS = [
    ModelModel(**MODEL_FORM.model_dump() | {"id": name, "user_id": "", "created_at": 1, "updated_at": 1})
    for name in ("m0", "m1", "new", "newer")
]

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
    "insert_new_user": (1, lambda r: r.users.insert_new_user("new", "N", "n@x")),
    "get_user_by_id": (1, lambda r: r.users.get_user_by_id("ann")),
    "get_user_by_api_key": (1, lambda r: r.users.get_user_by_api_key("k")),
    "get_user_by_email": (1, lambda r: r.users.get_user_by_email("ann@x")),
    "get_user_by_oauth_sub": (1, lambda r: r.users.get_user_by_oauth_sub("s")),
    "get_users": (2, lambda r: r.users.get_users({"query": "a", "order_by": "name"}, 1, 2)),
    "get_users_by_user_ids": (1, lambda r: r.users.get_users_by_user_ids(["ann", "bob", "no"])),
    "get_num_users": (1, lambda r: r.users.get_num_users()),
    "has_users": (1, lambda r: r.users.has_users()),
    "get_first_user": (1, lambda r: r.users.get_first_user()),
    "get_user_webhook_url_by_id": (1, lambda r: r.users.get_user_webhook_url_by_id("ann")),
    "update_user_role_by_id": (1, lambda r: r.users.update_user_role_by_id("ann", "admin")),
    "update_user_profile_image_url_by_id": (
        1,
        lambda r: r.users.update_user_profile_image_url_by_id("ann", "/x"),
    ),
    "update_user_last_active_by_id": (1, lambda r: r.users.update_user_last_active_by_id("ann")),
    "update_user_oauth_sub_by_id": (1, lambda r: r.users.update_user_oauth_sub_by_id("ann", "s")),
    "update_user_by_id": (1, lambda r: r.users.update_user_by_id("ann", {"name": "x", "bio": "y"})),
    "update_user_by_id, the id": (2, lambda r: r.users.update_user_by_id("ann", {"id": "eve"})),
    "update_user_settings_by_id": (2, lambda r: r.users.update_user_settings_by_id("ann", {"ui": {}})),
    # Chats, their shared copies, groups; then everything at once.
    "delete_user_by_id": (4, lambda r: r.users.delete_user_by_id("ann")),
    "delete_user_by_id, no chats": (3, lambda r: r.users.delete_user_by_id("bob")),
    "update_user_api_key_by_id": (1, lambda r: r.users.update_user_api_key_by_id("ann", "k")),
    "get_user_api_key_by_id": (1, lambda r: r.users.get_user_api_key_by_id("ann")),
    "get_valid_user_ids": (1, lambda r: r.users.get_valid_user_ids(["ann", "bob", "no"])),
    "get_super_admin_user": (1, lambda r: r.users.get_super_admin_user()),
    "insert_new_model": (1, lambda r: r.models.insert_new_model(MODEL_FORM, "ann")),
    "get_all_models": (1, lambda r: r.models.get_all_models()),
    "get_models": (2, lambda r: r.models.get_models()),
    "get_base_models": (1, lambda r: r.models.get_base_models()),
    "get_models_by_user_id": (3, lambda r: r.models.get_models_by_user_id("ann")),  # models, owners, groups
    "get_model_by_id": (1, lambda r: r.models.get_model_by_id("m0")),
    "toggle_model_by_id": (2, lambda r: r.models.toggle_model_by_id("m0")),
    "update_model_by_id": (1, lambda r: r.models.update_model_by_id("m0", MODEL_FORM)),
    "delete_model_by_id": (1, lambda r: r.models.delete_model_by_id("m0")),
    "delete_all_models": (2, lambda r: r.models.delete_all_models()),
    "sync_models": (2, lambda r: r.models.sync_models("ann", MODELS)),
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
    "get_chat_by_share_id": (1, lambda r: r.chats.get_chat_by_share_id("s0")),
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
    "update_chat_tags_by_id": (4, lambda r: r.chats.update_chat_tags_by_id("c0", ["u"], ANN)),
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


def put_filled(store: PocketBaseStore, entity: Entity, rows: list[Row]) -> None:
    """Rows whose columns left out are NULL."""
    empty: Row = {column.name: None for column in entity.columns}
    store.put(entity, [empty | row for row in rows])


@pytest.mark.parametrize("name", COSTS)
def test_requests(name: str, counted: tuple[Repositories, PocketBaseStore, list[str]]) -> None:
    repositories, store, sent = counted
    for entity in (TAG, FOLDER, GROUP, USER, CHAT, MODEL, FILE, MESSAGE, MESSAGE_REACTION):
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
    user = {"name": "A", "role": "user", "profile_image_url": "", "last_active_at": 1} | clocks
    put_filled(store, USER, [user | {"id": name, "email": f"{name}@x"} for name in ("ann", "bob", "eve2")])
    chat = {"title": "t", "archived": False, "pinned": False, "folder_id": "f0", "user_id": "ann"} | clocks
    document = {"chat": '{"history":{"messages":{"m":{}}}}', "meta": '{"tags":["t"]}'}
    put_filled(
        store, CHAT, [chat | document | {"id": f"c{n}", "share_id": None if n else "s0"} for n in range(5)]
    )
    copy = chat | {"title": "old", "chat": "{}", "meta": "{}"}
    put_filled(store, CHAT, [copy | {"id": f"s{n}", "user_id": f"shared-c{n}"} for n in range(5)])
    model = {"name": "", "params": "{}", "meta": "{}", "is_active": True, "base_model_id": ""} | clocks
    put_filled(store, MODEL, [model | {"id": f"m{n}", "user_id": f"u{n}"} for n in range(5)])
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


@pytest.mark.parametrize("name", [name for name, (requests, _) in COSTS.items() if requests])
def test_an_outage_is_raised_and_never_an_answer(name: str) -> None:
    _, method = COSTS[name]
    nowhere = connect("pocketbase", pb_url="http://127.0.0.1:1", pb_token="none")
    with nowhere as repositories, pytest.raises(Unavailable):
        method(repositories)
