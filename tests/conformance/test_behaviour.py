"""Open WebUI's own classes and both of our adapters through the same pseudo-random calls, hostile strings included.

Every answer and every final row must be the same to the last byte: ids and clock come from one stamp. What Open WebUI leaves
open is left out of the comparison (see `comparable`), and so are the few calls whose outcome there depends on the physical
order of rows or on how far it came (see `_undefined`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dualwrite.entity import Entity, Kind
from dualwrite.pocketbase import PocketBaseStore
from dualwrite.sql import Database, SqlStore
from dualwrite.stamp import Stamp
from repos.entities import (
    CHAT,
    ENTITIES,
    FILE,
    FOLDER,
    GROUP,
    MESSAGE,
    MESSAGE_REACTION,
    MODEL,
    TAG,
    USER,
)
from repos.migration import openwebui, pocketbase
from repos.rehearsal.schema import create
from repos.rules.like import matcher
from tests.conformance import users_leeway
from tests.conformance.calls import CALLS
from tests.conformance.subjects import Subject, ask, comparable, in_order, row_set
from tests.conformance.vocabulary import Call
from tests.fixtures.openwebui import Oracle, openwebui_connection

STEPS = 250
SEEDS = (1, 2, 3)
# The class, the entity whose ids its methods draw, and whatever else they read or write.
TABLES: dict[str, tuple[str, Entity, tuple[Entity, ...]]] = {
    "messages": ("Messages", MESSAGE, (MESSAGE_REACTION, USER)),
    "tags": ("Tags", TAG, ()),
    "files": ("Files", FILE, ()),
    "folders": ("Folders", FOLDER, ()),
    "groups": ("Groups", GROUP, ()),
    "users": ("Users", USER, (CHAT, GROUP)),
    "models": ("Models", MODEL, (USER, GROUP)),
    "chats": ("Chats", CHAT, (TAG, FOLDER)),
}
DRAWN = {"add_reaction_to_message": MESSAGE_REACTION}
# Lists that Open WebUI sorts; the rows made here do not tie.
ORDERED = {
    "get_files_by_ids",
    "get_file_metadatas_by_ids",
    "get_messages_by_channel_id",
    "get_messages_by_parent_id",
    "get_thread_replies_by_message_id",
}
# A missing chat raises there.
MILDER: dict[str, Any] = {"insert_shared_chat_by_chat_id": None, "get_chat_tags_by_id_and_user_id": []}

_GROUP = {"user_id": "root", "name": "Work", "description": "", "created_at": 1, "updated_at": 1}
_USER = {
    "name": "Work",
    "email": "a@x.org",
    "role": "user",
    "profile_image_url": "",
    "created_at": 3,
    "updated_at": 1,
    "last_active_at": 1,
}
_CHAT = {"user_id": "u1", "title": "Work", "archived": False, "chat": "{}", "meta": "{}", "created_at": 1}
_MODEL = {"name": "Work", "meta": "{}", "params": "{}", "created_at": 1, "updated_at": 1, "is_active": True}
_FOLDER = {"user_id": "u1", "name": "Work", "is_expanded": False, "created_at": 1, "updated_at": 1}
_FILE = {"user_id": "u1", "filename": "f", "created_at": 1}
_MESSAGE = {"user_id": "u1", "channel_id": "c1", "content": "x"}
_NS = 1_600_000_000_123_456_789
ROWS: dict[str, list[dict[str, Any]]] = {
    "file": [
        _FILE | {"id": "spaced", "updated_at": 5, "data": '{"a":1,"b":[1.0]}', "meta": '{"z":1,"a":1}'},
        _FILE | {"id": "old", "meta": '{"name":null}', "user_id": "user-2", "path": ""},
        _FILE | {"id": "bare", "updated_at": 4, "data": "null", "meta": "null"},
        _FILE | {"id": "empty", "updated_at": 3, "data": "[]", "meta": "false", "user_id": "user-3"},
        _FILE | {"id": "broken", "updated_at": 2, "data": "[1]", "meta": '"text"', "user_id": "user-3"},
    ],
    "message": [
        _MESSAGE | {"id": name, "created_at": _NS + at, "updated_at": _NS + at} | fields
        for at, (name, fields) in enumerate(
            (
                ("spaced", {"data": '{"a":1,"b":[1.0]}', "meta": "null"}),
                ("answered", {"user_id": "user-2", "meta": '{"z": 1}'}),
                ("answers", {"user_id": "user-3", "reply_to_id": "answered"}),
                ("answered by nobody", {"user_id": "nobody", "channel_id": None}),
                ("broken", {"channel_id": "broken", "data": "[1]"}),
                ("answers broken", {"channel_id": "broken", "reply_to_id": "broken"}),
                ("above", {"channel_id": "c2"}),
                ("broken below", {"channel_id": "broken", "parent_id": "above", "meta": "[]"}),
            )
        )
    ],
    "message_reaction": [
        {"id": f"r{at}", "user_id": user, "message_id": message, "name": name, "created_at": _NS - at}
        for at, (user, message, name) in enumerate(
            (("u1", "spaced", "heart"), ("user-2", "spaced", "+1"), ("user-3", "spaced", "heart"))
        )
    ],
    "group": [
        _GROUP | {"id": "spaced", "user_ids": '["u1" ,  "U1","u1"]', "permissions": '{"b":1,"a":1.0}'},
        _GROUP | {"id": "escaped", "user_ids": '["\\u0075ser-2", "\u00e9"]', "name": "É"},
        _GROUP | {"id": "empty", "user_ids": "[ ]", "name": "nobody's"},
    ],
    "chat": [
        _CHAT | {"updated_at": at, "id": name} | fields
        for at, (name, fields) in enumerate(
            (
                (
                    "spaced",
                    {
                        "chat": '{"title":"Work" , "messages":[{"content":"\\u00c9 k"}]}',
                        "meta": '{"tags":["work","spaced"],"a":1}',
                        "share_id": "copy",
                        "folder_id": "spaced",
                    },
                ),
                ("copy", {"user_id": "shared-spaced", "pinned": True}),
                ("null", {"user_id": "user-2", "chat": None, "meta": '{"tags":["work"]}'}),
                ("broken", {"user_id": "user-3", "meta": "[]"}),
                ("both", {"title": "\u0130 0x00", "archived": True, "meta": '{"tags":["Upper", "gone"]}'}),
                # Of users who share some of their chats, and copies of what is gone.
                ("c1", {"share_id": "s1"}),
                ("s1", {"user_id": "shared-c1"}),
                ("c2", {"user_id": "user-2"}),
                ("s2", {"user_id": "shared-c2"}),
                ("s3", {"user_id": "shared-gone"}),
                ("é", {"user_id": "moved", "share_id": "s4"}),
                ("s4", {"user_id": "shared-é"}),
            ),
            start=1,
        )
    ],
    "folder": [
        _FOLDER | {"id": "spaced", "data": '{"a":1,"b":[1.0]}', "meta": '{"z":1}', "items": "null"},
        _FOLDER | {"id": "below", "parent_id": "spaced", "name": "É"},
        _FOLDER | {"id": "circle", "parent_id": "circle", "name": "ß", "user_id": "user-2"},
        _FOLDER
        | {"id": "broken", "name": "broken", "items": "[1]", "user_id": "user-3", "parent_id": "gone"},
    ],
    "tag": [
        {"id": "spaced", "name": "Spaced", "user_id": "u1", "meta": '{"a":1}'},
        {"id": "null", "name": "null", "user_id": "u1"},
        {"id": "Upper", "name": "Upper", "user_id": "user-2"},
        {"id": "broken", "name": "work", "user_id": "user-3", "meta": "[1]"},
    ],
    "user": [
        _USER | {"id": "u1", "settings": '{"b":1,"a":1.0}', "info": "null", "date_of_birth": "1999-12-31"},
        _USER | {"id": "user-2", "role": "admin", "created_at": 2, "api_key": "", "name": "\u212aelvin İ"},
        _USER | {"id": "Z", "settings": "{}", "created_at": 2, "oauth_sub": '""', "role": "admin"},
        _USER | {"id": "user-3", "settings": "null", "email": "b@x.org"},
    ],
    "model": [
        _MODEL | {"id": "spaced", "params": '{"b":1,"a":1.0}', "user_id": "u1", "base_model_id": "base"},
        _MODEL | {"id": "null", "access_control": "null", "user_id": "user-2", "base_model_id": ""},
        _MODEL | {"id": "private", "access_control": "{ }", "user_id": "gone", "base_model_id": "x"},
        _MODEL | {"id": "off", "is_active": False, "user_id": "u1"},
    ],
}


@pytest.fixture(scope="module", params=["sql", "pocketbase"])
def subject(
    request: pytest.FixtureRequest, openwebui_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Subject]:
    dialect = "sqlite" if openwebui_url.startswith("sqlite") else "postgresql"
    if request.param == "pocketbase":
        yield from _pocketbase(request, dialect)
    else:
        yield from _sql(request, dialect, tmp_path_factory.mktemp("ours"))


def _sql(request: pytest.FixtureRequest, dialect: str, folder: Path) -> Iterator[Subject]:
    if dialect == "sqlite":
        url = f"sqlite:///{folder / 'ours.db'}"
    else:
        url = request.getfixturevalue("postgres_database")()
    create(url)
    database = Database.open(url, owned=dialect == "sqlite")
    yield Subject("sql", dialect, openwebui.sql(database), SqlStore(database))
    database.close()


def _pocketbase(request: pytest.FixtureRequest, dialect: Any) -> Iterator[Subject]:
    with openwebui_connection(request.getfixturevalue("openwebui_server")) as server:
        yield Subject("pocketbase", dialect, pocketbase(server, dialect=dialect), PocketBaseStore(server))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("repository", CALLS)
def test_every_answer_and_every_row_is_the_same(
    repository: str, seed: int, oracle: Oracle, subject: Subject
) -> None:
    table, entity, others = TABLES[repository]
    for each in (entity, *others):
        oracle.sql((f'DELETE FROM "{each.table}"', {}))
        subject.clear(each)
        _seed(oracle, subject, each)
    random = Random(f"{repository}-{seed}")
    known = [(row["id"], row.get("user_id", "")) for row in ROWS[entity.name]]
    for step in range(STEPS):
        call = CALLS[repository](random, known[-12:])
        if _undefined(subject, repository, call):
            continue
        stamp = Stamp(seed=f"{seed}-{step}".encode(), time_ns=(1_700_000_000 + step) * 10**9 + 123_456_789)
        theirs = ask(oracle, table, call, stamp.again(), DRAWN.get(call.method, entity).name)
        ours = subject.call(repository, call, stamp)
        where = f"seed {seed}, step {step}: {call}"
        if call.method == "get_folder_by_parent_id_and_user_id_and_name":
            _same_match(subject, call, theirs, ours, where)
        elif call.method == "update_message_by_id" and ours == {"value": None}:
            _missing(oracle, call, theirs, where)
        elif call.method in users_leeway.FIRST:
            users_leeway.same_first(call, theirs, ours, where)
        elif call.method == "get_users":
            users_leeway.same_page(call, theirs, ours, where)
        elif "error" in (*theirs, *ours) and _cannot_be_read(subject, call):
            continue
        elif call.method in MILDER and "error" in theirs and _is_missing(subject, call.args[0]):
            assert ours == {"value": MILDER[call.method]}, where
        else:
            ordered = call.method in ORDERED
            assert comparable(ours, ordered=ordered) == comparable(theirs, ordered=ordered), where
            assert in_order(ours, call) == in_order(theirs, call), where
        if call.method.startswith(("insert", "create", "import")) and ours.get("value"):
            value = ours["value"]
            known += [
                (each["id"], each.get("user_id", ""))
                for each in (value if isinstance(value, list) else [value])
            ]
    for each in (entity, *others):
        assert row_set(subject.rows(each)) == row_set(_normal(oracle, each.table)), (
            f"seed {seed}: {each.name}"
        )


def _cannot_be_read(subject: Subject, call: Call) -> bool:
    """PostgreSQL's JSON functions fail on NUL and lone surrogates anywhere in a document; which documents it looks into is
    its planner's choice. PocketBase reads them all."""
    return (
        call.method == "get_chats_by_user_id_and_search_text"
        and subject.dialect == "postgresql"
        and any(
            mark in str(row["chat"])
            for row in subject.rows(CHAT)
            if row["user_id"] == call.args[0]
            for mark in ("\\u0000", "\\ud800")
        )
    )


def _is_missing(subject: Subject, chat: Any) -> bool:
    return all(row["id"] != chat for row in subject.rows(CHAT))


def _seed(oracle: Oracle, subject: Subject, entity: Entity) -> None:
    """The same rows on both sides, as programs other than Open WebUI leave them."""
    columns = [column.name for column in entity.columns]
    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(f":{name}" for name in columns)
    rows = [dict.fromkeys(columns) | row for row in ROWS[entity.name]]
    for row in rows:
        oracle.sql((f'INSERT INTO "{entity.table}" ({names}) VALUES ({values})', row))
    subject.store.put(entity, rows)


def _undefined(subject: Subject, repository: str, call: Call) -> bool:
    """Calls whose outcome Open WebUI does not define."""
    if call.method == "update_folder_by_id_and_user_id":
        # Several namesakes, one of them the folder itself: whichever row comes first decides.
        folder, user, form = call.args
        rows = [row for row in subject.rows(FOLDER) if row["user_id"] == user]
        own = next((row for row in rows if row["id"] == folder), None)
        name = form["fields"].get("name")
        return (
            own is not None
            and own["name"] == name
            and sum(row["name"] == name and row["parent_id"] == own["parent_id"] for row in rows) > 1
        )
    if repository == "users" and users_leeway.undefined(subject, call):
        return True
    if call.method == "update_shared_chat_by_chat_id":
        # Several copies of one chat: whichever comes first is brought up to date. Ours is the first by id.
        return sum(row["user_id"] == f"shared-{call.args[0]}" for row in subject.rows(CHAT)) > 1
    if call.method in ("remove_user_from_all_groups", "delete_user_by_id"):
        # It commits group by group: where one fails, those before it stay changed. Ours is one transaction.
        found = subject.call("groups", Call("get_groups_by_member_id", call.args), Stamp())
        groups = found.get("value") or []
        return len(groups) > 1 and any(call.args[0] not in group["user_ids"] for group in groups)
    return False


def _same_match(subject: Subject, call: Call, theirs: Any, ours: Any, where: str) -> None:
    """Several folders may match, and Open WebUI takes whichever comes first; ours is the first by id of the same."""
    assert (theirs["value"] is None) == (ours["value"] is None), where
    if theirs["value"] != ours["value"]:
        match = theirs["value"]["id"], theirs["value"]["user_id"]
        found = subject.repositories["folders"].get_folder_by_id_and_user_id(*match)
        assert found.model_dump() == theirs["value"], where
        is_like = matcher(
            "sqlite" if subject.dialect == "sqlite" else "postgresql", call.args[2], ignore_case=True
        )
        assert is_like(ours["value"]["name"]), where
        assert is_like(theirs["value"]["name"]), where
        assert ours["value"]["id"] < theirs["value"]["id"], where


def _missing(oracle: Oracle, call: Call, theirs: Any, where: str) -> None:
    """Open WebUI stumbles over a message that is not there; ours is missing, as everywhere."""
    assert theirs == {"error": "AttributeError"}, where
    assert call.args[0] not in {row["id"] for row in oracle.rows("message")}, where


def _normal(oracle: Oracle, table: str) -> list[dict[str, Any]]:
    """Open WebUI's rows as ours: SQLite keeps booleans as numbers."""
    entity = next(entity for entity in ENTITIES if entity.table == table)
    flags = {column.name for column in entity.columns if column.kind is Kind.BOOLEAN}
    return [
        {name: bool(value) if name in flags and value is not None else value for name, value in row.items()}
        for row in oracle.rows(table)
    ]
