"""`docs/errors.md`, row by row: every test is named after the row it proves."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy import text as sql_text

from dualwrite.call import Call, calling
from dualwrite.entity import Row
from dualwrite.errors import (
    AnswerLost,
    ConfigurationError,
    Conflict,
    Fenced,
    Frozen,
    Invalid,
    TooLarge,
    Unauthorised,
    Unavailable,
    Unrepresentable,
)
from dualwrite.parts import Parts
from dualwrite.phase import Phase, Reads
from dualwrite.pocketbase import EmbeddedPocketBase, apply_schema
from dualwrite.pocketbase.names import collection_name
from dualwrite.runtime import Runtime
from dualwrite.settings import Settings
from dualwrite.setup import initialise
from dualwrite.sql import Database
from dualwrite.stamp import Stamp
from dualwrite.timing import Timing
from repos import Repositories, connect
from repos.entities import ENTITIES, FILE, PREFIX, TAG, USER
from repos.migration import openwebui
from repos.models import FileForm, MessageForm
from tests.contract import broken
from tests.contract.backends import BACKENDS, Backend
from tests.contract.every_call import FORMS, Asked, every_call
from tests.contract.told import SECRET, adapter, answer_or_error, assert_logged, messages, raised, text
from tests.fault.proxy import DROP, DROP_ANSWER, PASS, Proxy, answer
from tests.fixtures.openwebui import openwebui_connection

_PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
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

MAKES: Mapping[tuple[str, str], Callable[[Repositories], object]] = {
    ("tags", "insert_new_tag"): lambda r: r.tags.insert_new_tag(text("tag"), text("user")),
    ("files", "insert_new_file"): lambda r: r.files.insert_new_file(
        text("user"), FORMS["files"](text("file"))
    ),
    ("folders", "insert_new_folder"): lambda r: r.folders.insert_new_folder(
        text("user"), FORMS["folders"](text("folder"))
    ),
    ("groups", "insert_new_group"): lambda r: r.groups.insert_new_group(
        text("user"), FORMS["groups"](text("group"))
    ),
    ("models", "insert_new_model"): lambda r: r.models.insert_new_model(
        FORMS["models"](text("model")), text("user")
    ),
    ("users", "insert_new_user"): lambda r: r.users.insert_new_user(text("user"), text("name"), text("mail")),
    ("messages", "insert_new_message"): lambda r: r.messages.insert_new_message(
        MessageForm(content=text("content")), text("channel"), text("user")
    ),
    ("messages", "add_reaction_to_message"): lambda r: r.messages.add_reaction_to_message(
        text("message"), text("user"), text("name")
    ),
}


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
    assert {each for each in found if not each[1].startswith(("sync_", "create_"))} == set(MAKES)


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
            expected = Invalid if each.nothing == [] or repository == "messages" else each.nothing
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
    before = snapshot(backend)
    method, call, expected = CONFLICTS[case]
    assert answer_or_error(lambda: call(backend.repos)) == expected
    assert snapshot(backend) == before
    assert_logged(caplog, adapter(backend.name, "users"), method, Conflict)


def test_conflict_is_asked_of_every_unique_value_a_caller_can_give() -> None:
    unique = {name for index in USER.indexes if index.unique for name in index.columns}
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
    with Proxy(openwebui_server.url) as proxy, _through(proxy, openwebui_server) as repos:
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


# ---- unauthorised, unavailable, misconfigured


@pytest.mark.parametrize(
    "place",
    [
        broken.postgresql_without_rights,
        broken.pocketbase_wrong_password,
        broken.pocketbase_expired_token,
        broken.pocketbase_no_superuser,
    ],
)
def test_unauthorised_is_raised_by_every_method(
    place: Any, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    with place(request) as repos:
        _assert_all_raise(repos, Unauthorised, place.__name__, caplog)


@pytest.mark.parametrize("place", [broken.sqlite_read_only, broken.postgresql_read_only])
def test_unauthorised_to_write_may_still_read(
    place: Any, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    with place(request) as repos:
        for each in every_call(text("x")):
            found = answer_or_error(lambda each=each: each(repos))
            if found is Unauthorised:
                assert each.writes
                assert_logged(caplog, adapter("sql", each.repository), each.method.name, Unauthorised)
            else:
                # A read, or a write that found nothing to write.
                assert each.makes or found == each.nothing
                assert not each.method.name.startswith("insert_")
                assert messages(caplog) == []


@pytest.mark.parametrize(
    "place", [broken.sqlite_locked, broken.postgresql_stopped, broken.pocketbase_stopped]
)
def test_unavailable_is_raised_by_every_method_and_never_an_answer(
    place: Any, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    with place(request) as repos:
        _assert_all_raise(repos, Unavailable, place.__name__, caplog)


@pytest.mark.parametrize(
    "place",
    [
        broken.sqlite_without_tables,
        broken.postgresql_without_tables,
        broken.pocketbase_without_collections,
    ],
)
def test_misconfigured_is_raised_by_every_method(
    place: Any, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    with place(request) as repos:
        _assert_all_raise(repos, ConfigurationError, place.__name__, caplog)


def _assert_all_raise(repos: Repositories, kind: Any, place: str, caplog: pytest.LogCaptureFixture) -> None:
    messages(caplog)
    for each in every_call(text("x")):
        raised(kind, lambda each=each: each(repos))
        assert_logged(caplog, adapter(place, each.repository), each.method.name, kind)


# ---- answer lost


def test_answer_lost_by_pocketbase_may_have_been_done(
    openwebui_server: EmbeddedPocketBase, caplog: pytest.LogCaptureFixture
) -> None:
    with Proxy(openwebui_server.url) as proxy, _through(proxy, openwebui_server) as repos:
        assert repos.tags.delete_tag_by_name_and_user_id(text("tag"), text("user"))
        proxy.mode(DROP_ANSWER)
        raised(AnswerLost, lambda: repos.tags.insert_new_tag(text("tag"), text("user")))
        assert_logged(caplog, "TagsPocketBase", "insert_new_tag", AnswerLost)
        proxy.mode(DROP)
        raised(Unavailable, lambda: repos.tags.get_tags_by_user_id(text("user")))
        proxy.mode(PASS)
        assert len(repos.tags.get_tags_by_user_id(text("user"))) == 1
        assert repos.tags.insert_new_tag(text("tag"), text("user")) is None
        assert repos.tags.delete_tag_by_name_and_user_id(text("tag"), text("user"))
        messages(caplog)


def test_answer_lost_by_pocketbase_once_is_found_out(openwebui_server: EmbeddedPocketBase) -> None:
    with Proxy(openwebui_server.url) as proxy, _through(proxy, openwebui_server) as repos:
        proxy.nth(1, DROP_ANSWER)
        assert repos.tags.insert_new_tag(text("once"), text("user")) is not None
        assert repos.tags.delete_tag_by_name_and_user_id(text("once"), text("user"))


def test_answer_lost_by_postgresql_while_it_commits(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    url = broken.postgresql_url(request)
    database = Database.open(url)
    with closing(database):
        with database.write() as connection:
            connection.execute(sql_text(_END_AT_COMMIT))
            connection.execute(sql_text(_AT_COMMIT))
        repos = Repositories(openwebui.sql(database))
        raised(AnswerLost, lambda: repos.tags.insert_new_tag(text("tag"), text("user")))
        assert_logged(caplog, "TagsSQL", "insert_new_tag", AnswerLost)
        assert len(repos.tags.get_tags_by_user_id(text("user"))) in (0, 1)


_END_AT_COMMIT = """
    CREATE FUNCTION end_me() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'
"""
_AT_COMMIT = """
    CREATE CONSTRAINT TRIGGER end_me AFTER INSERT ON tag DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION end_me()
"""


@contextmanager
def _through(proxy: Proxy, server: EmbeddedPocketBase) -> Iterator[Repositories]:
    """Repositories behind a proxy, logged in, the hooks found."""
    login = {"pb_identity": server.identity, "pb_password": server.password}
    with connect("pocketbase", pb_url=proxy.url, **login) as repos:
        assert repos.tags.get_tags_by_user_id(text("user")) == []
        yield repos


# ---- fenced, frozen


@pytest.fixture(params=["sqlite", "postgresql"])
def parts(request: pytest.FixtureRequest, openwebui_server: EmbeddedPocketBase) -> Iterator[Parts]:
    """Both stores, in phase `frozen`, for writers that wait only a moment."""
    url = getattr(broken, f"{request.param}_url")(request)
    login = {"pb_identity": openwebui_server.identity, "pb_password": openwebui_server.password}
    settings = Settings.load(sql_url=url, pb_url=openwebui_server.url, relay=False, sample_rate=0.0, **login)
    with closing(Parts.open(openwebui, settings, timing=Timing(freeze_wait=0.05))) as parts:
        for _ in initialise(parts):
            pass
        for source, target in ((Phase.SQL_ONLY, Phase.DUAL), (Phase.DUAL, Phase.FROZEN)):
            parts.control.change(expect=source, to=target, reads=Reads.SQL, actor="test", why="a switch")
        yield parts


def test_fenced_writers_that_know_nothing_of_the_phase_are_refused_by_the_database(
    parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    repos = Repositories(openwebui.sql(parts.database))
    for make, call in MAKES.items():
        raised(Fenced, lambda call=call: call(repos))
        assert_logged(caplog, adapter("sql", make[0]), make[1], Fenced)
    assert not any(parts.sql_store.scan(entity) for entity in ENTITIES)
    assert repos.tags.get_tags_by_user_id(text("user")) == []


def test_frozen_writers_of_ours_wait_and_then_give_up(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    with Runtime.sharing(parts) as runtime:
        repos = Repositories(runtime.repositories)
        raised(Frozen, lambda: repos.tags.insert_new_tag(text("tag"), text("user")))
        assert "tags.insert_new_tag: Frozen: writes have been paused" in caplog.text
        assert SECRET not in caplog.text
        assert repos.tags.get_tags_by_user_id(text("user")) == []
    assert parts.sql_store.scan(TAG) == []


# ---- the page itself


def test_every_row_of_the_page_has_a_test_and_every_test_a_row() -> None:
    rows = re.findall(r"^\| \*([^*|]+)\*", _PAGE.read_text(), flags=re.MULTILINE)
    assert len(rows) == len(set(rows))
    slugs = {row.lower().replace(" ", "_") for row in rows}
    tests = [name.removeprefix("test_") for name in globals() if name.startswith("test_")]
    tests.remove("every_row_of_the_page_has_a_test_and_every_test_a_row")
    unproved = {slug for slug in slugs if not any(name.startswith(f"{slug}_") for name in tests)}
    unsaid = {name for name in tests if not any(name.startswith(f"{slug}_") for slug in slugs)}
    assert (unproved, unsaid) == (set(), set())


def _file(**fields: Any) -> FileForm:
    return FileForm(**{"id": text("file"), "filename": text("name"), "path": text("path"), **fields})
