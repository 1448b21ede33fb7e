"""Open WebUI's own classes and both of our adapters through the same pseudo-random calls, hostile strings included.

Every answer and every final row must be the same to the last byte: ids and clock come from one stamp. What Open WebUI leaves
open is left out of the comparison (see `comparable`), and so are three calls whose outcome there depends on the physical
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
from repos.entities import CHAT, ENTITIES, FOLDER, GROUP, TAG
from repos.migration import openwebui, pocketbase
from repos.rehearsal.schema import create
from repos.rules.like import matcher
from tests.conformance.calls import Call
from tests.conformance.subjects import Subject, ask, comparable, in_order, row_set
from tests.conformance.tables import CALLS
from tests.fixtures.openwebui import Oracle, openwebui_connection

STEPS = 250
SEEDS = (1, 2, 3)
TABLES = {
    "tags": ("Tags", TAG),
    "folders": ("Folders", FOLDER),
    "groups": ("Groups", GROUP),
    "chats": ("Chats", CHAT),
}
ALSO = {"chats": (TAG, FOLDER)}  # what their methods read and write besides

_GROUP = {"user_id": "root", "name": "Work", "description": "", "created_at": 1, "updated_at": 1}
_CHAT = {"user_id": "u1", "title": "Work", "archived": False, "chat": "{}", "meta": "{}", "created_at": 1}
_FOLDER = {"user_id": "u1", "name": "Work", "is_expanded": False, "created_at": 1, "updated_at": 1}
ROWS: dict[str, list[dict[str, Any]]] = {
    "group": [
        _GROUP | {"id": "spaced", "user_ids": '["u1" ,  "U1","u1"]', "permissions": '{"b":1,"a":1.0}'},
        _GROUP | {"id": "escaped", "user_ids": '["\\u0075ser-2", "\u00e9"]', "name": "É"},
        _GROUP | {"id": "empty", "user_ids": "[ ]", "name": "nobody's"},
    ],
    "chat": [
        _CHAT
        | {
            "id": "spaced",
            "updated_at": 1,
            "pinned": None,
            "chat": '{"title":"Work" , "messages":[{"content":"\\u00c9 k"}]}',
        }
        | {"meta": '{"tags":["work","spaced"],"a":1}', "share_id": "copy", "folder_id": "spaced"},
        _CHAT | {"id": "copy", "updated_at": 2, "user_id": "shared-spaced", "pinned": True},
        _CHAT
        | {"id": "null", "updated_at": 3, "user_id": "user-2", "chat": None, "meta": '{"tags":["work"]}'},
        _CHAT | {"id": "broken", "updated_at": 4, "user_id": "user-3", "meta": "[]"},
        _CHAT
        | {
            "id": "both",
            "updated_at": 5,
            "title": "\u0130 0x00",
            "archived": True,
            "meta": '{"tags":["Upper", "gone"]}',
        },
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
    table, entity = TABLES[repository]
    entities = (entity, *ALSO.get(repository, ()))
    for each in entities:
        oracle.sql((f'DELETE FROM "{each.table}"', {}))
        subject.clear(each)
        _seed(oracle, subject, each)
    random = Random(f"{repository}-{seed}")
    known = [(row["id"], row["user_id"]) for row in ROWS[entity.name]]
    for step in range(STEPS):
        call = CALLS[repository](random, known[-12:])
        if _undefined(subject, repository, call):
            continue
        stamp = Stamp(seed=f"{seed}-{step}".encode(), time_ns=(1_700_000_000 + step) * 10**9)
        theirs = ask(oracle, table, call, stamp.again(), entity.name)
        ours = subject.call(repository, call, stamp)
        where = f"seed {seed}, step {step}: {call}"
        if call.method == "get_folder_by_parent_id_and_user_id_and_name":
            _same_match(subject, call, theirs, ours, where)
        elif "error" in (*theirs, *ours) and _cannot_be_read(subject, call):
            continue
        elif call.method in MILDER and "error" in theirs and _is_missing(subject, call.args[0]):
            assert ours == {"value": MILDER[call.method]}, where
        else:
            assert comparable(ours) == comparable(theirs), where
            assert in_order(ours, call) == in_order(theirs, call), where
        if call.method.startswith(("insert", "create", "import")) and ours.get("value"):
            value = ours["value"]
            known += [
                (each["id"], each["user_id"]) for each in (value if isinstance(value, list) else [value])
            ]
    for each in entities:
        assert row_set(subject.rows(each)) == row_set(_normal(oracle, each.table)), f"seed {seed}"


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


# A missing chat raises there.
MILDER: dict[str, Any] = {"insert_shared_chat_by_chat_id": None, "get_chat_tags_by_id_and_user_id": []}


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
    if call.method == "remove_user_from_all_groups":
        # It commits group by group: where one fails, those before it stay changed. Ours is one transaction.
        found = subject.call(repository, Call("get_groups_by_member_id", call.args), Stamp())
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


def _normal(oracle: Oracle, table: str) -> list[dict[str, Any]]:
    """Open WebUI's rows as ours: SQLite keeps booleans as numbers."""
    entity = next(entity for entity in ENTITIES if entity.table == table)
    flags = {column.name for column in entity.columns if column.kind is Kind.BOOLEAN}
    return [
        {name: bool(value) if name in flags and value is not None else value for name, value in row.items()}
        for row in oracle.rows(table)
    ]
