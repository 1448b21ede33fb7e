"""PocketBase's relations between chats and tags are what the repository answers."""

from __future__ import annotations

import json
from types import SimpleNamespace

from dualwrite.pocketbase import EmbeddedPocketBase, PocketBaseStore
from dualwrite.pocketbase.session import Request
from repos.entities import CHAT, ENTITIES, PREFIX, TAG
from repos.migration import pocketbase
from tests.contract.chat_rows import chat_row
from tests.fixtures.openwebui import openwebui_connection


def test_the_relations_are_what_the_repository_answers(openwebui_server: EmbeddedPocketBase) -> None:
    with openwebui_connection(openwebui_server) as pb:
        store, chats = PocketBaseStore(pb), pocketbase(pb)["chats"]
        for entity in ENTITIES:
            store.delete(entity, [entity.key_of(row) for row in store.scan(entity, limit=10_000)])
        empty = {column.name: None for column in CHAT.columns}
        store.put(CHAT, [empty | chat_row("a"), empty | chat_row("b"), empty | chat_row("bobs", "bob")])
        for chat, user, tags in (
            ("a", "ann", ["Red", "New One"]),
            ("b", "ann", ["red"]),
            ("bobs", "bob", ["red"]),
        ):
            chats.update_chat_tags_by_id(chat, tags, SimpleNamespace(id=user))
        store.delete(TAG, [("red", "bob")])  # the chat still names it

        params = {"expand": "chat,tag", "perPage": "500"}
        answer = pb.session.send(
            Request("GET", f"/api/collections/{PREFIX}chat_tags/records", "test", params=params)
        )
        records = [record["expand"] for record in json.loads(answer)["items"]]
        shown = sorted((one["chat"]["key"], one["tag"]["name"]) for one in records)
        assert shown == [("a", "New One"), ("a", "Red"), ("b", "Red")]
        answered = {
            (chat, tag.name)
            for chat, user in (("a", "ann"), ("b", "ann"), ("bobs", "bob"))
            for tag in chats.get_chat_tags_by_id_and_user_id(chat, user)
            if tag is not None
        }
        assert answered == set(shown)


def test_only_superusers_see_them(openwebui_server: EmbeddedPocketBase) -> None:
    with openwebui_connection(openwebui_server) as pb:
        found = json.loads(pb.session.send(Request("GET", f"/api/collections/{PREFIX}chat_tags", "test")))
        assert found["listRule"] is None
        assert found["viewRule"] is None
