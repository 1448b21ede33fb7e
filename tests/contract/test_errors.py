"""`docs/errors.md`, the rows that a call brings about: every test is named after the row it proves."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import event

from dualwrite.call import Call, calling
from dualwrite.entity import Row
from dualwrite.errors import (
    Conflict,
    Invalid,
    TooLarge,
    Unrepresentable,
)
from dualwrite.pocketbase import EmbeddedPocketBase, apply_schema
from dualwrite.pocketbase.names import collection_name
from dualwrite.sql import Database
from dualwrite.stamp import Stamp
from repos import Repositories
from repos.entities import CHAT, ENTITIES, FILE, PREFIX, TAG, USER
from repos.migration import openwebui
from repos.models import FileForm
from tests.contract import broken
from tests.contract.backends import BACKENDS, Backend
from tests.contract.every_call import Asked, every_call
from tests.contract.makes import MAKES
from tests.contract.told import SECRET, adapter, answer_or_error, assert_logged, messages, raised, text
from tests.faults.proxy import PASS, Proxy, answer
from tests.fixtures.openwebui import openwebui_connection

REPOSITORIES = tuple(openwebui.contracts)


def calls(repository: str, value: str) -> list[Asked]:
    return [asked for asked in every_call(value) if asked.repository == repository]


def snapshot(backend: Backend) -> dict[str, list[Any]]:
    return {entity.name: backend.rows(entity) for entity in ENTITIES}


# ---- missing


@pytest.mark.parametrize("repository", REPOSITORIES)
def test_missing_is_an_answer_and_not_logged(
    repository: str, backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    for make in MAKES.values():
        make(backend.repos)
    before = snapshot(backend)
    asked = [each for each in calls(repository, text("absent")) if not each.makes]
    assert asked
    for each in asked:
        assert each(backend.repos) == each.nothing, each.method.name
    assert snapshot(backend) == before
    assert messages(caplog) == []


# ---- duplicate


@pytest.mark.parametrize("made", MAKES, ids=lambda made: made[1])
def test_duplicate_gives_the_declared_answer_and_the_first_stays(
    made: tuple[str, str], backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    """The same stamp twice draws the same id twice, where the caller gives none."""

    def make(at: int) -> object:
        with calling(Call(Stamp(seed=b"same", time_ns=at * 10**9))):
            return MAKES[made](backend.repos)

    assert make(1_700_000_000) is not None
    before = snapshot(backend)
    repository, method = made
    if _method(repository, method).refused is None:
        raised(Conflict, lambda: make(1_700_000_001))
    else:
        assert make(1_700_000_001) is None
    assert snapshot(backend) == before
    assert_logged(caplog, adapter(backend.name, repository), method, Conflict)


def test_duplicate_is_asked_of_every_method_that_inserts() -> None:
    found = {(each.repository, each.method.name) for each in every_call("") if each.makes}
    many = ("sync_", "create_", "add_chat_tag_")  # these leave what there is, and make the rest
    assert {each for each in found if not each[1].startswith(many)} == set(MAKES)


def _method(repository: str, name: str) -> Any:
    return next(
        each.method for each in every_call("") if (each.repository, each.method.name) == (repository, name)
    )


# ---- invalid


@pytest.mark.parametrize("repository", REPOSITORIES)
def test_invalid_text_is_refused_by_every_method(
    repository: str, backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    name = adapter(backend.name, repository)
    for each in calls(repository, text("surrogate \ud800")):
        if each.method.name.startswith(("sync_models", "create_")):
            continue  # a list without the text in it; a name that is refused ends the list
        if each.writes:
            expected = Invalid if each.method.refused is None else each.method.refused()
        else:
            alone = each.gives.endswith("| None") or each.gives == "bool"
            expected = each.nothing if alone and repository != "messages" else Invalid
        assert answer_or_error(lambda each=each: each(backend.repos)) == expected, each.method.name
        told = messages(caplog)
        assert any(re.match(rf"{name}\.\w+: Invalid: ", line) for line in told), (each.method.name, told)
    assert not any(snapshot(backend).values())


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"name": 5},
        {"name": b"zq7x"},
        {"last_active_at": "zq7x"},
        {"last_active_at": 2**63},
        {"date_of_birth": "zq7x"},
        {"settings": {"zq7x": {1, 2}}},
        {"zq7x": "zq7x"},
    ],
    ids=lambda changes: "-".join(f"{key}-{type(value).__name__}" for key, value in changes.items()),
)
def test_invalid_values_change_nothing(
    changes: dict[str, Any], backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    """NULL where the schema has none, other types, more than 64 bits, what JSON cannot say, unknown columns."""
    MAKES["users", "insert_new_user"](backend.repos)
    before = snapshot(backend)
    assert backend.repos.users.update_user_by_id(text("user"), changes) is None
    assert snapshot(backend) == before
    assert_logged(caplog, adapter(backend.name, "users"), "update_user_by_id", Invalid)


@pytest.mark.parametrize("value", ["nul \0", "nan"])
def test_invalid_to_postgresql_alone_is_kept_by_sqlite_and_refused_by_whatever_follows_postgresql(
    value: str, backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    if value == "nan":
        if backend.dialect == "sqlite":
            pytest.skip("kept by SQLite, and unrepresentable to PocketBase")
        made = backend.repos.files.insert_new_file(text("user"), _file(data={"a": float("nan")}))
    else:
        made = backend.repos.files.insert_new_file(text("user"), _file(filename=text(value)))
    assert (made is not None) is (backend.dialect == "sqlite")
    assert len(backend.rows(FILE)) == (backend.dialect == "sqlite")
    if backend.dialect == "postgresql":
        assert_logged(caplog, adapter(backend.name, "files"), "insert_new_file", Invalid)


def test_invalid_stored_row_is_missing_alone_and_an_error_in_a_list(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    name = adapter(backend.name, "tags")
    row: Row = {"id": f"{SECRET}_t", "user_id": text("u"), "name": text("t"), "meta": f'["{SECRET}"]'}
    backend.put(TAG, row)
    before = snapshot(backend)
    assert backend.repos.tags.get_tag_by_name_and_user_id(text("t"), text("u")) is None
    assert_logged(caplog, name, "get_tag_by_name_and_user_id", Invalid)
    raised(Invalid, lambda: backend.repos.tags.get_tags_by_user_id(text("u")))
    assert_logged(caplog, name, "get_tags_by_user_id", Invalid)
    assert snapshot(backend) == before


# ---- conflict

CONFLICTS: Mapping[tuple[str, str], tuple[str, Callable[[Repositories], object], object]] = {
    ("share_id", "update"): (
        "update_chat_share_id_by_id",
        lambda r: r.chats.update_chat_share_id_by_id(text("bob's"), text("share")),
        None,
    ),
    ("api_key", "update"): (
        "update_user_api_key_by_id",
        lambda r: r.users.update_user_api_key_by_id(text("bob"), text("key")),
        False,
    ),
    ("api_key", "columns"): (
        "update_user_by_id",
        lambda r: r.users.update_user_by_id(text("bob"), {"api_key": text("key")}),
        None,
    ),
    ("oauth_sub", "update"): (
        "update_user_oauth_sub_by_id",
        lambda r: r.users.update_user_oauth_sub_by_id(text("bob"), text("sub")),
        None,
    ),
    ("oauth_sub", "insert"): (
        "insert_new_user",
        lambda r: r.users.insert_new_user(text("eve"), text("Eve"), text("mail"), oauth_sub=text("sub")),
        Conflict,
    ),
    ("id", "columns"): (
        "update_user_by_id",
        lambda r: r.users.update_user_by_id(text("bob"), {"id": text("ann"), "name": text("x")}),
        None,
    ),
}


@pytest.mark.parametrize("case", CONFLICTS, ids="-".join)
def test_conflict_with_another_row_changes_neither(
    case: tuple[str, str], backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    users = backend.repos.users
    users.insert_new_user(text("ann"), text("Ann"), text("mail"), oauth_sub=text("sub"))
    users.insert_new_user(text("bob"), text("Bob"), text("mail"))
    assert users.update_user_api_key_by_id(text("ann"), text("key")) is True
    chat: Row = {"title": text("t"), "chat": "{}", "meta": "{}", "archived": False, "user_id": text("ann")}
    for name, share in (("ann's", text("share")), ("bob's", None)):
        backend.put(CHAT, chat | {"id": text(name), "share_id": share, "created_at": 1, "updated_at": 1})
    before = snapshot(backend)
    method, call, expected = CONFLICTS[case]
    assert answer_or_error(lambda: call(backend.repos)) == expected
    assert snapshot(backend) == before
    repository = "chats" if "chat" in method else "users"
    assert_logged(caplog, adapter(backend.name, repository), method, Conflict)


def test_conflict_is_asked_of_every_unique_value_a_caller_can_give() -> None:
    unique = {
        name for entity in ENTITIES for index in entity.indexes if index.unique for name in index.columns
    }
    assert unique | {"id"} == {column for column, _ in CONFLICTS}


# ---- too large


def test_too_large_for_a_column_of_postgresql(backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    MAKES["users", "insert_new_user"](backend.repos)
    before = snapshot(backend)
    long = SECRET * 64
    kept = backend.dialect == "sqlite"
    answered = backend.repos.users.update_user_by_id(text("user"), {"name": long})
    assert (answered is not None) is kept
    if not kept:
        assert snapshot(backend) == before
        assert_logged(caplog, adapter(backend.name, "users"), "update_user_by_id", TooLarge)


def test_too_large_for_an_index_of_postgresql(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    """The one limit that PocketBase does not follow: PostgreSQL compresses before it measures."""
    long = SECRET + "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=6000))
    with broken.sql(broken.postgresql_url(request)) as repos:
        assert repos.files.insert_new_file(text("user"), _file(id=long)) is None
        assert_logged(caplog, "FilesSQL", "insert_new_file", TooLarge)
        assert repos.files.get_file_by_id(long) is None
        assert repos.files.get_files() == []


def test_too_large_for_sqlite(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> None:
    """SQLite's own limit is 1,000,000,000 bytes, and an application may lower it."""
    database = Database.open(broken.sqlite_url(request))
    event.listen(
        database.engine, "connect", lambda each, _: each.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 50_000)
    )
    database.engine.dispose()
    with closing(database):
        repos = Repositories(openwebui.sql(database))
        assert repos.files.insert_new_file(text("user"), _file(data={"a": SECRET * 20_000})) is None
        assert_logged(caplog, "FilesSQL", "insert_new_file", TooLarge)
        assert repos.files.get_files() == []


def test_too_large_for_a_field_of_pocketbase_that_somebody_lowered(
    openwebui_server: EmbeddedPocketBase, caplog: pytest.LogCaptureFixture
) -> None:
    with openwebui_connection(openwebui_server) as server:
        repos = Repositories(openwebui.pocketbase(server, "sqlite"))
        name = collection_name(PREFIX, FILE)
        with broken.superuser(openwebui_server) as admin:
            fields = admin.get(f"/api/collections/{name}").json()["fields"]
            lowered = [field | ({"max": 10} if field["name"] == "filename" else {}) for field in fields]
            admin.patch(f"/api/collections/{name}", json={"fields": lowered}).raise_for_status()
        try:
            assert repos.files.insert_new_file(text("user"), _file(filename=SECRET * 9)) is None
            assert_logged(caplog, "FilesPocketBase", "insert_new_file", TooLarge)
            assert repos.files.get_file_by_id(text("file")) is None
        finally:
            assert apply_schema(server, ENTITIES) == [f"{name}: field filename has another max"]


def test_too_large_for_a_server_before_pocketbase(
    openwebui_server: EmbeddedPocketBase, caplog: pytest.LogCaptureFixture
) -> None:
    with Proxy(openwebui_server.url) as proxy, broken.through(proxy.url, openwebui_server) as repos:
        proxy.mode(answer(413))
        assert repos.tags.insert_new_tag(text("tag"), text("user")) is None
        assert_logged(caplog, "TagsPocketBase", "insert_new_tag", TooLarge)
        proxy.mode(PASS)
        assert repos.tags.get_tags_by_user_id(text("user")) == []


# ---- unrepresentable

UNREPRESENTABLE: Mapping[str, tuple[str, str, Callable[[Repositories], object]]] = {
    "NaN in JSON": (
        "files",
        "update_file_data_by_id",
        lambda r: r.files.update_file_data_by_id(text("file"), {SECRET: float("nan")}),
    ),
    "Infinity in JSON kept as text": (
        "users",
        "update_user_by_id",
        lambda r: r.users.update_user_by_id(text("user"), {"info": {SECRET: float("-inf")}}),
    ),
    "a clock beyond 2**53": (
        "users",
        "update_user_by_id",
        lambda r: r.users.update_user_by_id(text("user"), {"last_active_at": 2**53 + 1}),
    ),
}


@pytest.mark.parametrize("case", UNREPRESENTABLE)
@pytest.mark.parametrize("name", BACKENDS)
def test_unrepresentable_is_kept_by_sql_and_refused_by_pocketbase_alone(
    name: str,
    case: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    repository, method, call = UNREPRESENTABLE[case]
    if case == "NaN in JSON" and "postgresql" in name:
        pytest.skip("invalid to PostgreSQL")
    with BACKENDS[name](request, tmp_path_factory) as backend:
        backend.clear()
        MAKES["files", "insert_new_file"](backend.repos)
        MAKES["users", "insert_new_user"](backend.repos)
        before, copied = snapshot(backend), _in_pocketbase(backend)
        answered = call(backend.repos)
        if backend.name == "pocketbase":
            assert answered is None
            assert snapshot(backend) == before
        else:
            assert answered is not None
            assert snapshot(backend) != before
        if backend.name == "dual":
            assert _in_pocketbase(backend) == copied
            assert "PocketBase refuses a row of" in caplog.text
        if backend.name in ("pocketbase", "dual"):
            assert_logged(caplog, adapter("pocketbase", repository), method, Unrepresentable)
        assert messages(caplog) == []
        backend.clear()


def _in_pocketbase(backend: Backend) -> list[Any]:
    store = getattr(backend.store, "pocketbase", backend.store)
    return [store.scan(entity, limit=100) for entity in (FILE, USER)]


def _file(**fields: Any) -> FileForm:
    return FileForm(**{"id": text("file"), "filename": text("name"), "path": text("path"), **fields})
