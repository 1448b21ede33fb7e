"""What a list in a JSON column names is a view with relations to both sides, and always what the rows say."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from dualwrite.entity import Column, Entity, Kind, Relation, Row
from dualwrite.errors import ConfigurationError
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBase, PocketBaseStore, apply_schema, check_schema
from dualwrite.pocketbase.session import Request
from tests.fixtures.pocketbase import PLAIN, connected_anew

GROUP = Entity(
    "group", "label", "labels", ("id", "user_id"), (Column("id"), Column("user_id"), Column("name"))
)
CHAT = Entity(
    "chat",
    "chat",
    "talks",
    ("id",),
    (Column("id"), Column("user_id"), Column("meta", Kind.JSON, nullable=True)),
    relations=(Relation("talk_labels", "meta", "tags", to=GROUP, named="id", same=("user_id",)),),
)
ENTITIES = (CHAT, GROUP)
VIEW = f"{PLAIN}talk_labels"


@pytest.fixture
def talks(pocketbase_server: EmbeddedPocketBase) -> Iterator[PocketBase]:
    with connected_anew(pocketbase_server, PLAIN) as pb:
        apply_schema(pb, ENTITIES)
        yield pb
        for name in (VIEW, f"{PLAIN}talks", f"{PLAIN}labels"):
            ask(pb, "DELETE", f"/api/collections/{name}")


def ask(pb: PocketBase, method: str, path: str, body: object = None, **params: str) -> dict[str, object]:
    content = None if body is None else json.dumps(body).encode()
    request = Request(method, path, "test", content=content, params=params, writes=method != "GET")
    return dict(json.loads(pb.session.send(request) or b"{}"))


def put(pb: PocketBase, chats: dict[str, str | None], labels: list[tuple[str, str]]) -> None:
    store = PocketBaseStore(pb)
    rows: list[Row] = [{"id": chat, "user_id": "u", "meta": meta} for chat, meta in chats.items()]
    store.put(CHAT, rows)
    store.put(GROUP, [{"id": tag, "user_id": user, "name": tag.upper()} for tag, user in labels])


def shown(pb: PocketBase) -> list[tuple[str, str]]:
    """(chat, label) by the relations that PocketBase follows."""
    found = ask(pb, "GET", f"/api/collections/{VIEW}/records", expand="chat,group", perPage="500")
    pairs = [(one["expand"]["chat"]["key"], one["expand"]["group"]["key"]) for one in found["items"]]  # type: ignore[attr-defined]
    return sorted(pairs)


def test_a_named_row_is_shown_and_one_that_is_gone_is_not(talks: PocketBase) -> None:
    put(
        talks,
        {"a": '{"tags":["red","gone"]}', "b": '{"tags":["red","blue","red"]}'},
        [("red", "u"), ("blue", "u")],
    )
    assert shown(talks) == [("a", "red"), ("b", "blue"), ("b", "red")]
    PocketBaseStore(talks).delete(GROUP, [("red", "u")])
    assert shown(talks) == [("b", "blue")]
    PocketBaseStore(talks).put(GROUP, [{"id": "gone", "user_id": "u", "name": "is back"}])
    assert shown(talks) == [("a", "gone"), ("b", "blue")]


def test_another_users_row_of_that_name_is_not_meant(talks: PocketBase) -> None:
    put(talks, {"a": '{"tags":["red"]}'}, [("red", "somebody else")])
    assert shown(talks) == []


@pytest.mark.parametrize(
    "meta", [None, "null", "5", "[]", "{}", '"tags"', '{"tags":null}', '{"tags":[5,null,{"red":1},["red"]]}', '{"tag":["red"]}']
)  # fmt: skip
def test_json_that_names_nothing_hides_nothing_else(meta: str | None, talks: PocketBase) -> None:
    put(talks, {"a": meta, "b": '{"tags":["red"]}'}, [("red", "u"), ("5", "u")])
    assert shown(talks) == [("b", "red")]


def test_json_in_a_box_is_looked_into(talks: PocketBase) -> None:
    put(talks, {"a": ' {"tags":["red"]}', "b": '{"tags":["red"],"big":1e400}'}, [("red", "u")])
    assert shown(talks) == [("a", "red"), ("b", "red")]


def test_a_filter_follows_the_relation_back(talks: PocketBase) -> None:
    put(talks, {"a": '{"tags":["red"]}', "b": '{"tags":["blue"]}'}, [("red", "u"), ("blue", "u")])
    asked = {"filter": f"{VIEW}_via_chat.group.name ?= @request.query.v", "v": "RED"}
    found = ask(talks, "GET", f"/api/collections/{PLAIN}talks/records", **asked)
    assert [one["key"] for one in found["items"]] == ["a"]  # type: ignore[attr-defined]


def test_applying_twice_changes_nothing_and_what_somebody_changed_is_mended(talks: PocketBase) -> None:
    assert apply_schema(talks, ENTITIES) == []
    query = f"SELECT dualwrite_from.id AS id FROM {PLAIN}talks dualwrite_from"
    ask(talks, "PATCH", f"/api/collections/{VIEW}", {"viewQuery": query, "listRule": ""})
    problems = [f"{VIEW}: the view has another query", f"{VIEW}: listRule lets others than superusers in"]
    assert check_schema(talks, ENTITIES) == problems
    assert apply_schema(talks, ENTITIES) == problems
    assert check_schema(talks, ENTITIES) == []


def test_a_view_of_somebody_else_is_left_alone(talks: PocketBase) -> None:
    ask(talks, "PATCH", f"/api/collections/{VIEW}", {"viewQuery": f"SELECT id FROM {PLAIN}talks"})
    with pytest.raises(ConfigurationError, match="was not made by dualwrite"):
        apply_schema(talks, ENTITIES)
