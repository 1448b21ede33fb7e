"""Pseudo-random calls on the chats; see `tests.conformance.calls`.

No two chats get one clock, so that Open WebUI's order by time is total; where it leaves the order open, nothing is cut.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.conformance.vocabulary import HUGE, NAMES, OBJECTS, PLAIN_USERS, USERS, Call, Known, form

TEXTS = ("Hello", "hello WORLD", "É", "é x", "100%", "a\\%b", "back\\", "K", "İstanbul", "u0000", "0x00", "nul\0x", "ς", "_", "")  # fmt: skip
CONTENTS: tuple[Any, ...] = (*TEXTS, HUGE, None, 5, 1.5, ["work", "x"], {"a": "Work"})
MESSAGES = ("m1", "m2", "é", "")
# Without NUL: what SQLite makes of one inside JSON changed from release to release.
TAGS = (
    "Work",
    "work",
    "a b",
    "A_B",
    "É",
    "none",
    "None",
    "spaced",
    "Upper",
    "x" * 256,
    "\ud800",
    "broken",
)
WORDS = (
    "hello", "Hello", "É", "é", "%", "_", "\\", "k", "i", "x", "tag:work", "tag:None", "tag:a_b", "tag:", "folder:Work",
    "folder:É", "folder:nope", "pinned:true", "pinned:false", "pinned:x", "archived:true", "archived:false", "shared:true",
    "shared:false", "", " ", "\0", "\ud800", "work", "a\\%b", "u0000", "0X00", "ς", "\u03c3", "5",
)  # fmt: skip
COLUMNS = (
    "updated_at",
    "updated_at",
    "created_at",
    "id",
    "title",
    "pinned",
    "archived",
    "share_id",
    "folder_id",
)


def document(random: Random) -> dict[str, Any]:
    """A chat's document: as it should be, and as it should not."""
    found: dict[str, Any] = {}
    if random.random() < 0.8:
        found["title"] = random.choice((*TEXTS, *NAMES))
    if random.random() < 0.1:
        found["title"] = random.choice((None, 5, True, {"x": 1}))
    if random.random() < 0.8:
        contents = random.sample(CONTENTS, random.randrange(4))
        found["messages"] = [{"role": "user", "content": content} for content in contents]
        if random.random() < 0.2:
            found["messages"].append({"role": "user"})
    if random.random() < 0.8:
        found["history"] = random.choice(
            (
                {"messages": {}},
                {"messages": {"m1": {"content": "x", "statusHistory": [{"done": False}]}, "é": {}}},
                {"messages": {"m2": {"content": "y"}}, "currentId": "m2"},
                {},
                None,
                {"messages": None},
                {"messages": []},
            )
        )
    return found | {"more": random.choice(OBJECTS)}


def chats(random: Random, known: Known) -> Call:
    """A call on the chats."""
    user = random.choice((*PLAIN_USERS, *PLAIN_USERS, *USERS))
    ids = (*(id_ for id_, _ in known), "missing", None)
    chat = random.choice(ids)
    if known and random.random() < 0.8:
        chat, user = random.choice(known)
    folder = random.choice(("spaced", "below", "circle", None, "", "gone", "nul\0"))
    page = {"skip": random.choice((0, 0, 1, None)), "limit": random.choice((0, 1, 2, 50, None))}
    maker = random.choice(
        (_made, _changed, _changed, _said, _shared, _listed, _listed, _searched, _tagged, _in_folder)
    )
    return maker(random, chat, user, folder, page)


def _made(random: Random, chat: Any, user: Any, folder: Any, page: dict[str, Any]) -> Call:
    fields: dict[str, Any] = {"chat": document(random), "folder_id": folder}
    brought = fields | {
        "meta": random.choice(
            ({}, None, {"tags": ["work"]}, {"tags": ["a_b", "work"], "a": 1.0}, {"tags": []})
        ),
        "pinned": random.choice((None, True, False)),
        "created_at": random.choice((None, 0, random.randrange(10**9))),
        "updated_at": random.choice((None, 0, random.randrange(10**9))),
    }
    owner = random.choice((user, *PLAIN_USERS, None))
    return random.choice(
        (
            Call("insert_new_chat", (owner, form("ChatForm", **fields))),
            Call("import_chat", (owner, form("ChatImportForm", **brought))),
        )
    )


def _changed(random: Random, chat: Any, user: Any, folder: Any, page: dict[str, Any]) -> Call:
    rare = random.random() < 0.15
    return random.choice(
        (
            Call("update_chat_by_id", (chat, document(random))),
            Call("update_chat_by_id", (chat, random.choice((document(random), [], ["title"], "x", None)))),
            Call("update_chat_title_by_id", (chat, random.choice((*NAMES, *TEXTS, None, 7)))),
            Call("toggle_chat_pinned_by_id", (chat,)),
            Call("toggle_chat_archive_by_id", (chat,)),
            Call("archive_all_chats_by_user_id", (user,)) if rare else Call("get_chat_by_id", (chat,)),
            Call("unarchive_all_chats_by_user_id", (user,)),
            Call("delete_chat_by_id", (chat,)) if rare else Call("get_chat_title_by_id", (chat,)),
            Call("delete_chat_by_id_and_user_id", (chat, random.choice((user, "u1")))) if rare else Call("get_chat_by_id_and_user_id", (chat, random.choice((user, "u1")))),
            Call("delete_chats_by_user_id", (user,)) if random.random() < 0.05 else Call("get_chats_by_user_id", (user,)),
        )
    )  # fmt: skip


def _said(random: Random, chat: Any, user: Any, folder: Any, page: dict[str, Any]) -> Call:
    message = random.choice(MESSAGES)
    content: dict[str, Any] = {"content": random.choice(CONTENTS), "done": True}
    return random.choice(
        (
            Call("get_messages_map_by_chat_id", (chat,)),
            Call("get_message_by_id_and_message_id", (chat, message)),
            Call("upsert_message_to_chat_by_id_and_message_id", (chat, message, content)),
            Call("upsert_message_to_chat_by_id_and_message_id", (chat, message, random.choice(OBJECTS))),
            Call("add_message_status_to_chat_by_id_and_message_id", (chat, message, random.choice(OBJECTS))),
        )
    )


def _shared(random: Random, chat: Any, user: Any, folder: Any, page: dict[str, Any]) -> Call:
    share = random.choice(("share", "share", "x" * 256, "nul\0", "", None, chat))
    return random.choice(
        (
            Call("insert_shared_chat_by_chat_id", (chat,)),
            Call("update_shared_chat_by_chat_id", (chat,)),
            Call("update_shared_chat_by_chat_id", (chat,)),
            Call("delete_shared_chat_by_chat_id", (chat,)),
            Call("delete_shared_chats_by_user_id", (user,)),
            Call("update_chat_share_id_by_id", (chat, share)),
            Call("get_chat_by_share_id", (chat,)),
        )
    )


def _listed(random: Random, chat: Any, user: Any, folder: Any, page: dict[str, Any]) -> Call:
    column = random.choice(COLUMNS)
    chosen = {"order_by": column, "direction": random.choice(("asc", "desc", "DESC", "up"))}
    cut = page if column in ("updated_at", "id") else {"limit": 0}
    query = random.choice((*TEXTS, *NAMES))
    archived = random.choice((True, False))
    ids = random.choice(([chat, "missing", None], [chat], [], None))
    return random.choice(
        (
            Call("get_chats"),
            Call("get_chats_by_user_id", (random.choice((user, None)),)),
            Call("get_pinned_chats_by_user_id", (user,)),
            Call("get_archived_chats_by_user_id", (user,)),
            Call("get_archived_chat_list_by_user_id", (user,), tuple(page.items())),
            Call("get_archived_chat_list_by_user_id", (user, {"query": query, **chosen}), tuple(cut.items())),
            Call("get_archived_chat_list_by_user_id", (user, {"query": query}, 0, None)),
            Call("get_chat_list_by_user_id", (user, archived), tuple(page.items())),
            Call("get_chat_list_by_user_id", (user, archived, chosen), tuple(cut.items())),
            Call("get_chat_list_by_user_id", (user, archived, {"query": query, "order_by": "nope", "direction": "asc"})),
            Call("get_chat_list_by_user_id", (user, True, {"query": query, "direction": "asc"}, 0, 0)),
            Call("get_chat_title_id_list_by_user_id", (user, archived, random.choice((True, False)), random.choice((True, False))), tuple(page.items())),
            Call("get_chat_list_by_chat_ids", (ids, 1, 1)),
        )
    )  # fmt: skip


def _searched(random: Random, chat: Any, user: Any, folder: Any, page: dict[str, Any]) -> Call:
    words = random.choices(WORDS, k=random.choice((1, 1, 2, 3)))
    cut = random.choice(({}, page, page | {"limit": 0, "skip": -1 if random.random() < 0.2 else 0}))
    archived = random.choice((True, False))
    return Call("get_chats_by_user_id_and_search_text", (user, " ".join(words), archived), tuple(cut.items()))


def _tagged(random: Random, chat: Any, user: Any, folder: Any, page: dict[str, Any]) -> Call:
    tag = random.choice(TAGS)
    return random.choice(
        (
            Call("update_chat_tags_by_id", (chat, random.sample(TAGS, random.randrange(4)), {"$user": user})),
            Call("update_chat_tags_by_id", (chat, random.sample(TAGS[:4], 2), {"$user": user})),
            Call("get_chat_tags_by_id_and_user_id", (chat, user)),
            Call("get_chat_list_by_user_id_and_tag_name", (user, tag)),
            Call("add_chat_tag_by_id_and_user_id_and_tag_name", (chat, user, tag)),
            Call("add_chat_tag_by_id_and_user_id_and_tag_name", (chat, random.choice((user, "u1")), tag)),
            Call("count_chats_by_tag_name_and_user_id", (tag, user)),
            Call("delete_tag_by_id_and_user_id_and_tag_name", (chat, user, tag)),
            Call("delete_all_tags_by_id_and_user_id", (chat, user)),
        )
    )


def _in_folder(random: Random, chat: Any, user: Any, folder: Any, page: dict[str, Any]) -> Call:
    return random.choice(
        (
            Call("get_chats_by_folder_id_and_user_id", (folder, user), tuple(page.items())),
            Call("get_chats_by_folder_ids_and_user_id", ([folder, "spaced"], user)),
            Call("get_chats_by_folder_ids_and_user_id", (random.choice(([], None)), user)),
            Call("update_chat_folder_id_by_id_and_user_id", (chat, user, folder)),
            Call("count_chats_by_folder_id_and_user_id", (folder, user)),
            Call("delete_chats_by_user_id_and_folder_id", (user, random.choice(("below", "gone")))),
        )
    )
