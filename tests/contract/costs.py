"""What each method costs on PocketBase: a call of it, and how many requests it takes with the hooks.

`tools/round_trips_table.py` makes docs/round-trips.md of this, and `test_round_trips.py` counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import SimpleNamespace
from typing import Any

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


class Kind(Enum):
    """What a method does, and how many requests that may take, however many rows there are."""

    READ = ("reads one record, or counts", 1)
    WRITE = ("writes one record", 1)
    LIST = ("reads a list", 2)
    CHANGE = ("reads, decides, and writes in one transaction", 2)

    @property
    def meaning(self) -> str:
        """In words."""
        return self.value[0]

    @property
    def most(self) -> int:
        """The rule."""
        return self.value[1]


READ, WRITE, LIST, CHANGE = Kind


@dataclass(frozen=True, slots=True)
class Cost:
    """One call of a method on its repository, where there are `n` rows of everything; `case` tells two of one method apart."""

    method: str
    kind: Kind
    requests: int
    call: Callable[[Any, int], object]
    case: str = ""

    @property
    def name(self) -> str:
        """What tests and the page call it."""
        return f"{self.method}, {self.case}" if self.case else self.method


ANN = SimpleNamespace(id="ann")
MODEL_FORM = ModelForm(id="new", name="new", meta=ModelMeta(), params=ModelParams())


def ids(letter: str, n: int) -> list[str]:
    """The ids that the rows of a kind have, or could have."""
    return [f"{letter}{at}" for at in range(n)]


def models(n: int) -> list[ModelModel]:
    """Half of them are there."""
    fields = MODEL_FORM.model_dump() | {"user_id": "", "created_at": 1, "updated_at": 1}
    return [ModelModel(**fields | {"id": each}) for each in [*ids("m", n // 2), *ids("new", n // 2)]]


# Methods that take more than their kind may, each with its reason. There are none.
EXCEPTIONS: Mapping[str, str] = {}

COSTS: Mapping[str, tuple[Cost, ...]] = {
    "users": (
        Cost("insert_new_user", WRITE, 1, lambda r, n: r.insert_new_user("new", "N", "n@x")),
        Cost("get_user_by_id", READ, 1, lambda r, n: r.get_user_by_id("ann")),
        Cost("get_user_by_api_key", READ, 1, lambda r, n: r.get_user_by_api_key("k")),
        Cost("get_user_by_email", READ, 1, lambda r, n: r.get_user_by_email("ann@x")),
        Cost("get_user_by_oauth_sub", READ, 1, lambda r, n: r.get_user_by_oauth_sub("s")),
        Cost("get_users", LIST, 2, lambda r, n: r.get_users({"query": "a", "order_by": "name"}, 1, 1000)),
        Cost("get_users_by_user_ids", LIST, 1, lambda r, n: r.get_users_by_user_ids(["ann", *ids("u", n)])),
        Cost("get_num_users", READ, 1, lambda r, n: r.get_num_users()),
        Cost("has_users", READ, 1, lambda r, n: r.has_users()),
        Cost("get_first_user", READ, 1, lambda r, n: r.get_first_user()),
        Cost("get_user_webhook_url_by_id", READ, 1, lambda r, n: r.get_user_webhook_url_by_id("ann")),
        Cost("update_user_role_by_id", WRITE, 1, lambda r, n: r.update_user_role_by_id("ann", "admin")),
        Cost(
            "update_user_profile_image_url_by_id",
            WRITE,
            1,
            lambda r, n: r.update_user_profile_image_url_by_id("ann", "/x"),
        ),
        Cost("update_user_last_active_by_id", WRITE, 1, lambda r, n: r.update_user_last_active_by_id("ann")),
        Cost("update_user_oauth_sub_by_id", WRITE, 1, lambda r, n: r.update_user_oauth_sub_by_id("ann", "s")),
        Cost(
            "update_user_by_id", WRITE, 1, lambda r, n: r.update_user_by_id("ann", {"name": "x", "bio": "y"})
        ),
        Cost(
            "update_user_by_id", CHANGE, 2, lambda r, n: r.update_user_by_id("ann", {"id": "eve"}), "the id"
        ),
        Cost(
            "update_user_settings_by_id",
            CHANGE,
            2,
            lambda r, n: r.update_user_settings_by_id("ann", {"ui": {}}),
        ),
        Cost("delete_user_by_id", CHANGE, 2, lambda r, n: r.delete_user_by_id("ann")),
        Cost("delete_user_by_id", CHANGE, 2, lambda r, n: r.delete_user_by_id("bob"), "no chats"),
        Cost("update_user_api_key_by_id", WRITE, 1, lambda r, n: r.update_user_api_key_by_id("ann", "k")),
        Cost("get_user_api_key_by_id", READ, 1, lambda r, n: r.get_user_api_key_by_id("ann")),
        Cost("get_valid_user_ids", LIST, 1, lambda r, n: r.get_valid_user_ids(["ann", *ids("u", n)])),
        Cost("get_super_admin_user", READ, 1, lambda r, n: r.get_super_admin_user()),
    ),
    "chats": (
        Cost("insert_new_chat", WRITE, 1, lambda r, n: r.insert_new_chat("ann", ChatForm(chat={}))),
        Cost("import_chat", WRITE, 1, lambda r, n: r.import_chat("ann", ChatImportForm(chat={}))),
        Cost("get_chat_by_id", READ, 1, lambda r, n: r.get_chat_by_id("c0")),
        Cost("get_chat_by_id_and_user_id", READ, 1, lambda r, n: r.get_chat_by_id_and_user_id("c0", "ann")),
        Cost("get_chat_title_by_id", READ, 1, lambda r, n: r.get_chat_title_by_id("c0")),
        Cost("update_chat_by_id", CHANGE, 2, lambda r, n: r.update_chat_by_id("c0", {"title": "x"})),
        Cost("update_chat_title_by_id", CHANGE, 2, lambda r, n: r.update_chat_title_by_id("c0", "x")),
        Cost("toggle_chat_pinned_by_id", CHANGE, 2, lambda r, n: r.toggle_chat_pinned_by_id("c0")),
        Cost("toggle_chat_archive_by_id", CHANGE, 2, lambda r, n: r.toggle_chat_archive_by_id("c0")),
        Cost("archive_all_chats_by_user_id", CHANGE, 2, lambda r, n: r.archive_all_chats_by_user_id("ann")),
        Cost(
            "unarchive_all_chats_by_user_id",
            CHANGE,
            1,
            lambda r, n: r.unarchive_all_chats_by_user_id("bob"),
            "none to do",
        ),
        Cost("delete_chat_by_id", CHANGE, 2, lambda r, n: r.delete_chat_by_id("c0")),
        Cost(
            "delete_chat_by_id_and_user_id",
            CHANGE,
            2,
            lambda r, n: r.delete_chat_by_id_and_user_id("c0", "ann"),
        ),
        Cost("delete_chats_by_user_id", CHANGE, 2, lambda r, n: r.delete_chats_by_user_id("ann")),
        Cost("get_messages_map_by_chat_id", READ, 1, lambda r, n: r.get_messages_map_by_chat_id("c0")),
        Cost(
            "get_message_by_id_and_message_id",
            READ,
            1,
            lambda r, n: r.get_message_by_id_and_message_id("c0", "m"),
        ),
        Cost(
            "upsert_message_to_chat_by_id_and_message_id",
            CHANGE,
            2,
            lambda r, n: r.upsert_message_to_chat_by_id_and_message_id("c0", "m", {"content": "x"}),
        ),
        Cost(
            "add_message_status_to_chat_by_id_and_message_id",
            CHANGE,
            2,
            lambda r, n: r.add_message_status_to_chat_by_id_and_message_id("c0", "m", {"done": True}),
        ),
        Cost("insert_shared_chat_by_chat_id", CHANGE, 2, lambda r, n: r.insert_shared_chat_by_chat_id("c1")),
        Cost(
            "insert_shared_chat_by_chat_id",
            CHANGE,
            2,
            lambda r, n: r.insert_shared_chat_by_chat_id("c0"),
            "shared",
        ),
        Cost("update_shared_chat_by_chat_id", CHANGE, 2, lambda r, n: r.update_shared_chat_by_chat_id("c0")),
        Cost(
            "update_shared_chat_by_chat_id",
            CHANGE,
            2,
            lambda r, n: r.update_shared_chat_by_chat_id("c1"),
            "new",
        ),
        Cost("delete_shared_chat_by_chat_id", CHANGE, 2, lambda r, n: r.delete_shared_chat_by_chat_id("c0")),
        Cost(
            "delete_shared_chats_by_user_id", CHANGE, 2, lambda r, n: r.delete_shared_chats_by_user_id("ann")
        ),
        Cost("update_chat_share_id_by_id", WRITE, 1, lambda r, n: r.update_chat_share_id_by_id("c0", "x")),
        Cost("get_chat_by_share_id", READ, 1, lambda r, n: r.get_chat_by_share_id("s0")),
        Cost("get_chats", LIST, 1, lambda r, n: r.get_chats()),
        Cost("get_chats_by_user_id", LIST, 1, lambda r, n: r.get_chats_by_user_id("ann")),
        Cost("get_pinned_chats_by_user_id", LIST, 1, lambda r, n: r.get_pinned_chats_by_user_id("ann")),
        Cost("get_archived_chats_by_user_id", LIST, 1, lambda r, n: r.get_archived_chats_by_user_id("ann")),
        Cost(
            "get_archived_chat_list_by_user_id",
            LIST,
            1,
            lambda r, n: r.get_archived_chat_list_by_user_id("ann", {"query": "x"}, limit=1000),
        ),
        Cost(
            "get_chat_list_by_user_id",
            LIST,
            1,
            lambda r, n: r.get_chat_list_by_user_id("ann", True, {"query": "x"}, limit=1000),
        ),
        Cost(
            "get_chat_title_id_list_by_user_id",
            LIST,
            1,
            lambda r, n: r.get_chat_title_id_list_by_user_id("ann"),
        ),
        Cost("get_chat_list_by_chat_ids", LIST, 1, lambda r, n: r.get_chat_list_by_chat_ids(ids("c", n))),
        Cost(
            "get_chats_by_user_id_and_search_text",
            LIST,
            1,
            lambda r, n: r.get_chats_by_user_id_and_search_text("ann", "tag:t x pinned:false", limit=1000),
        ),
        Cost(
            "get_chats_by_user_id_and_search_text",
            LIST,
            2,
            lambda r, n: r.get_chats_by_user_id_and_search_text("ann", "folder:f0 x", limit=1000),
            "folder",
        ),
        Cost(
            "get_chats_by_folder_id_and_user_id",
            LIST,
            1,
            lambda r, n: r.get_chats_by_folder_id_and_user_id("f0", "ann", limit=1000),
        ),
        Cost(
            "get_chats_by_folder_ids_and_user_id",
            LIST,
            1,
            lambda r, n: r.get_chats_by_folder_ids_and_user_id(ids("f", n), "ann"),
        ),
        Cost(
            "update_chat_folder_id_by_id_and_user_id",
            WRITE,
            1,
            lambda r, n: r.update_chat_folder_id_by_id_and_user_id("c0", "ann", "f1"),
        ),
        Cost(
            "count_chats_by_folder_id_and_user_id",
            READ,
            1,
            lambda r, n: r.count_chats_by_folder_id_and_user_id("f0", "ann"),
        ),
        Cost(
            "delete_chats_by_user_id_and_folder_id",
            CHANGE,
            2,
            lambda r, n: r.delete_chats_by_user_id_and_folder_id("ann", "f0"),
        ),
        Cost(
            "update_chat_tags_by_id", CHANGE, 2, lambda r, n: r.update_chat_tags_by_id("c0", ids("u", n), ANN)
        ),
        Cost(
            "get_chat_tags_by_id_and_user_id",
            LIST,
            2,
            lambda r, n: r.get_chat_tags_by_id_and_user_id("c0", "ann"),
        ),
        Cost(
            "get_chat_list_by_user_id_and_tag_name",
            LIST,
            1,
            lambda r, n: r.get_chat_list_by_user_id_and_tag_name("ann", "t"),
        ),
        Cost(
            "add_chat_tag_by_id_and_user_id_and_tag_name",
            CHANGE,
            2,
            lambda r, n: r.add_chat_tag_by_id_and_user_id_and_tag_name("c0", "ann", "u"),
        ),
        Cost(
            "count_chats_by_tag_name_and_user_id",
            READ,
            1,
            lambda r, n: r.count_chats_by_tag_name_and_user_id("t", "ann"),
        ),
        Cost(
            "delete_tag_by_id_and_user_id_and_tag_name",
            CHANGE,
            2,
            lambda r, n: r.delete_tag_by_id_and_user_id_and_tag_name("c0", "ann", "t"),
        ),
        Cost(
            "delete_all_tags_by_id_and_user_id",
            CHANGE,
            2,
            lambda r, n: r.delete_all_tags_by_id_and_user_id("c0", "ann"),
        ),
    ),
    "messages": (
        Cost(
            "insert_new_message",
            WRITE,
            1,
            lambda r, n: r.insert_new_message(MessageForm(content="x"), "c", "ann"),
        ),
        Cost("get_message_by_id", READ, 1, lambda r, n: r.get_message_by_id("m0")),
        Cost(
            "get_thread_replies_by_message_id", LIST, 1, lambda r, n: r.get_thread_replies_by_message_id("m0")
        ),
        Cost(
            "get_reply_user_ids_by_message_id", LIST, 1, lambda r, n: r.get_reply_user_ids_by_message_id("m0")
        ),
        Cost("get_messages_by_channel_id", LIST, 1, lambda r, n: r.get_messages_by_channel_id("c", 0, 1000)),
        Cost(
            "get_messages_by_parent_id", LIST, 1, lambda r, n: r.get_messages_by_parent_id("c", "m0", 0, 1000)
        ),
        Cost(
            "update_message_by_id",
            CHANGE,
            2,
            lambda r, n: r.update_message_by_id("m0", MessageForm(content="y")),
        ),
        Cost(
            "add_reaction_to_message", WRITE, 1, lambda r, n: r.add_reaction_to_message("m0", "ann", "heart")
        ),
        Cost("get_reactions_by_message_id", LIST, 1, lambda r, n: r.get_reactions_by_message_id("m0")),
        Cost(
            "remove_reaction_by_id_and_user_id_and_name",
            CHANGE,
            2,
            lambda r, n: r.remove_reaction_by_id_and_user_id_and_name("m0", "ann", "heart"),
        ),
        Cost("delete_reactions_by_id", CHANGE, 2, lambda r, n: r.delete_reactions_by_id("m0")),
        Cost("delete_replies_by_id", CHANGE, 2, lambda r, n: r.delete_replies_by_id("m0")),
        Cost("delete_message_by_id", CHANGE, 2, lambda r, n: r.delete_message_by_id("m0")),
    ),
    "tags": (
        Cost("insert_new_tag", WRITE, 1, lambda r, n: r.insert_new_tag("new", "ann")),
        Cost("get_tag_by_name_and_user_id", READ, 1, lambda r, n: r.get_tag_by_name_and_user_id("t", "ann")),
        Cost("get_tags_by_user_id", LIST, 1, lambda r, n: r.get_tags_by_user_id("ann")),
        Cost(
            "get_tags_by_ids_and_user_id",
            LIST,
            1,
            lambda r, n: r.get_tags_by_ids_and_user_id(["t", *ids("t", n)], "ann"),
        ),
        Cost(
            "delete_tag_by_name_and_user_id",
            WRITE,
            1,
            lambda r, n: r.delete_tag_by_name_and_user_id("t", "ann"),
        ),
    ),
    "files": (
        Cost(
            "insert_new_file",
            WRITE,
            1,
            lambda r, n: r.insert_new_file("ann", FileForm(id="new", filename="n", path="p")),
        ),
        Cost("get_file_by_id", READ, 1, lambda r, n: r.get_file_by_id("x0")),
        Cost("get_file_by_id_and_user_id", READ, 1, lambda r, n: r.get_file_by_id_and_user_id("x0", "ann")),
        Cost("get_file_metadata_by_id", READ, 1, lambda r, n: r.get_file_metadata_by_id("x0")),
        Cost("get_files", LIST, 1, lambda r, n: r.get_files()),
        Cost("check_access_by_user_id", READ, 1, lambda r, n: r.check_access_by_user_id("x0", "ann")),
        Cost("get_files_by_ids", LIST, 1, lambda r, n: r.get_files_by_ids(ids("x", n))),
        Cost("get_file_metadatas_by_ids", LIST, 1, lambda r, n: r.get_file_metadatas_by_ids(ids("x", n))),
        Cost("get_files_by_user_id", LIST, 1, lambda r, n: r.get_files_by_user_id("ann")),
        Cost("update_file_hash_by_id", WRITE, 1, lambda r, n: r.update_file_hash_by_id("x0", "h")),
        Cost("update_file_data_by_id", CHANGE, 2, lambda r, n: r.update_file_data_by_id("x0", {"a": 2})),
        Cost(
            "update_file_metadata_by_id", CHANGE, 2, lambda r, n: r.update_file_metadata_by_id("x0", {"a": 2})
        ),
        Cost("delete_file_by_id", WRITE, 1, lambda r, n: r.delete_file_by_id("x0")),
        Cost("delete_all_files", CHANGE, 2, lambda r, n: r.delete_all_files()),
    ),
    "groups": (
        Cost(
            "insert_new_group",
            WRITE,
            1,
            lambda r, n: r.insert_new_group("ann", GroupForm(name="n", description="")),
        ),
        Cost("get_groups", LIST, 1, lambda r, n: r.get_groups()),
        Cost("get_groups_by_member_id", LIST, 1, lambda r, n: r.get_groups_by_member_id("ann")),
        Cost("get_group_by_id", READ, 1, lambda r, n: r.get_group_by_id("g0")),
        Cost("get_group_user_ids_by_id", READ, 1, lambda r, n: r.get_group_user_ids_by_id("g0")),
        Cost(
            "update_group_by_id",
            WRITE,
            1,
            lambda r, n: r.update_group_by_id("g0", GroupUpdateForm(name="x", description="")),
        ),
        Cost("delete_group_by_id", WRITE, 1, lambda r, n: r.delete_group_by_id("g0")),
        Cost("delete_all_groups", CHANGE, 2, lambda r, n: r.delete_all_groups()),
        Cost("remove_user_from_all_groups", CHANGE, 2, lambda r, n: r.remove_user_from_all_groups("ann")),
        Cost(
            "create_groups_by_group_names",
            CHANGE,
            2,
            lambda r, n: r.create_groups_by_group_names("ann", ids("new", n)),
        ),
        Cost(
            "sync_groups_by_group_names",
            CHANGE,
            2,
            lambda r, n: r.sync_groups_by_group_names("ann", ids("g", n)[1:]),
        ),
        Cost("add_users_to_group", CHANGE, 2, lambda r, n: r.add_users_to_group("g0", ids("u", n))),
        Cost(
            "remove_users_from_group",
            CHANGE,
            2,
            lambda r, n: r.remove_users_from_group("g0", ["ann", *ids("u", n)]),
        ),
    ),
    "folders": (
        Cost("insert_new_folder", WRITE, 1, lambda r, n: r.insert_new_folder("ann", FolderForm(name="n"))),
        Cost(
            "get_folder_by_id_and_user_id", READ, 1, lambda r, n: r.get_folder_by_id_and_user_id("f0", "ann")
        ),
        Cost(
            "get_children_folders_by_id_and_user_id",
            LIST,
            1,
            lambda r, n: r.get_children_folders_by_id_and_user_id("f0", "ann"),
        ),
        Cost("get_folders_by_user_id", LIST, 1, lambda r, n: r.get_folders_by_user_id("ann")),
        Cost(
            "get_folder_by_parent_id_and_user_id_and_name",
            READ,
            1,
            lambda r, n: r.get_folder_by_parent_id_and_user_id_and_name("f0", "ann", "F1"),
        ),
        Cost(
            "get_folders_by_parent_id_and_user_id",
            LIST,
            1,
            lambda r, n: r.get_folders_by_parent_id_and_user_id("f0", "ann"),
        ),
        Cost(
            "update_folder_parent_id_by_id_and_user_id",
            WRITE,
            1,
            lambda r, n: r.update_folder_parent_id_by_id_and_user_id("f3", "ann", "f0"),
        ),
        Cost(
            "update_folder_by_id_and_user_id",
            CHANGE,
            2,
            lambda r, n: r.update_folder_by_id_and_user_id("f3", "ann", FolderUpdateForm(name="x")),
        ),
        Cost(
            "update_folder_is_expanded_by_id_and_user_id",
            WRITE,
            1,
            lambda r, n: r.update_folder_is_expanded_by_id_and_user_id("f3", "ann", True),
        ),
        Cost(
            "delete_folder_by_id_and_user_id",
            CHANGE,
            2,
            lambda r, n: r.delete_folder_by_id_and_user_id("f0", "ann"),
        ),
        Cost("normalize_folder_name", READ, 0, lambda r, n: r.normalize_folder_name("x")),
        Cost("search_folders_by_names", LIST, 1, lambda r, n: r.search_folders_by_names("ann", ids("f", n))),
        Cost(
            "search_folders_by_name_contains",
            LIST,
            1,
            lambda r, n: r.search_folders_by_name_contains("ann", "f"),
        ),
    ),
    "models": (
        Cost("insert_new_model", WRITE, 1, lambda r, n: r.insert_new_model(MODEL_FORM, "ann")),
        Cost("get_all_models", LIST, 1, lambda r, n: r.get_all_models()),
        Cost("get_models", LIST, 1, lambda r, n: r.get_models()),
        Cost("get_base_models", LIST, 1, lambda r, n: r.get_base_models()),
        Cost("get_models_by_user_id", LIST, 1, lambda r, n: r.get_models_by_user_id("ann")),
        Cost("get_model_by_id", READ, 1, lambda r, n: r.get_model_by_id("m0")),
        Cost("toggle_model_by_id", CHANGE, 2, lambda r, n: r.toggle_model_by_id("m0")),
        Cost("update_model_by_id", WRITE, 1, lambda r, n: r.update_model_by_id("m0", MODEL_FORM)),
        Cost("delete_model_by_id", WRITE, 1, lambda r, n: r.delete_model_by_id("m0")),
        Cost("delete_all_models", CHANGE, 2, lambda r, n: r.delete_all_models()),
        Cost("sync_models", CHANGE, 2, lambda r, n: r.sync_models("ann", models(n))),
    ),
}
