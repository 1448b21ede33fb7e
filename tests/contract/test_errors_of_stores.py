"""`docs/errors.md`, the rows that a store brings about: every test is named after the row it proves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import text as sql_text

from dualwrite.errors import (
    AnswerLost,
    ConfigurationError,
    Fenced,
    Frozen,
    Unauthorised,
    Unavailable,
)
from dualwrite.parts import Parts
from dualwrite.phase import Phase, Reads
from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.runtime import Runtime
from dualwrite.settings import Settings
from dualwrite.setup import initialise
from dualwrite.sql import Database
from dualwrite.timing import Timing
from dualwrite.turn import LEASE
from repos import Repositories
from repos.entities import ENTITIES, TAG
from repos.migration import openwebui
from tests.contract import broken
from tests.contract.every_call import every_call
from tests.contract.makes import MAKES
from tests.contract.told import SECRET, adapter, answer_or_error, assert_logged, messages, raised, text
from tests.faults.proxy import DROP, DROP_ANSWER, PASS, Proxy

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
                assert not each.method.name.startswith("insert_new_")
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
    """All at once: each may be tried again for a while."""
    messages(caplog)
    calls = list(every_call(text("x")))
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda each: raised(kind, lambda: each(repos)), calls))
    said = Counter(tuple(message.split(": ")[:2]) for message in messages(caplog))
    for each in calls:
        mine = f"{adapter(place, each.repository)}.{each.method.name}"
        assert {what: count for (who, what), count in said.items() if who == mine} == {kind.__name__: 1}


# ---- answer lost


def test_answer_lost_by_pocketbase_may_have_been_done(
    openwebui_server: EmbeddedPocketBase, caplog: pytest.LogCaptureFixture
) -> None:
    with Proxy(openwebui_server.url) as proxy, broken.through(proxy.url, openwebui_server) as repos:
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
    with Proxy(openwebui_server.url) as proxy, broken.through(proxy.url, openwebui_server) as repos:
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
        # Else any process ends the pause: nobody's turn is running.
        assert parts.control.lock(LEASE, "a switch", seconds=60)
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
