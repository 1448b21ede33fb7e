"""A user's text can never change the meaning of a request.

Strings made of what filters, SQL, JSON, URLs and our own hooks give a meaning to go through every method that takes a text, in
every place where one can stand. SQL binds its parameters, so it is the measure: PocketBase must answer the same and hold the
same rows afterwards, those of other users included.
"""

from __future__ import annotations

import inspect
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from dualwrite.codec import canonical
from dualwrite.contract import methods_of
from dualwrite.pocketbase import PocketBaseStore
from dualwrite.sql import Database, SqlStore
from dualwrite.stamp import Stamp
from repos.entities import ENTITIES
from repos.migration import openwebui, pocketbase
from repos.rehearsal.schema import create
from tests.conformance.calls import CALLS
from tests.conformance.equality import whole, written
from tests.conformance.rows import ROWS
from tests.conformance.subjects import Answer, Subject
from tests.fixtures.openwebui import PLAIN_PREFIX, openwebui_connection

PIECES = (
    "'", '"', "`", "\\", "\\'", '\\"', "''", "(", ")", "[", "]", "{", "}", ",", ";", "--", "/*", "*/", "//", "#", "?", "&", "=",
    " || ", " && ", " != ", " ~ ", " ?= ", " > ", " OR 1=1", " AND ", " UNION SELECT ", "; DROP TABLE owui_chats", "NULL", "null",
    "true", "0", "1", "-1", "1e999", "%", "_", "*", "%27", "%00", "%2e%2e%2f", "../", "/", ":", ".", "@", "$", "$1", ":p0", "?1",
    "{:p0}", "{:value}", "{{.}}", "${x}", "@request.auth.id", "@request.query.a", "@collection.owui_users.id", "@now", "@rowid",
    "id", "key", "user_id", "u1", "user-2", "spaced", "owui_chats", "_superusers", "json_each", "geoDistance(1,2,3,4)", ":each",
    ":lower", ":isset", "expand", "perPage=500", "skipTotal", "\n", "\r\n", "\t", "\x00", "\x1b", "\x7f", "\u2028", "\ufeff", "\u202e",
    "\ud800", "\udfff", "😀", "İ", "ß", "\u017f", "K", "é", "e\u0301", "$sql", '{"$sql":"x"}', '["u1"]', "x'61'", "0x61", " ", "", "__proto__",
    "constructor", "toString", "x" * 300,
)  # fmt: skip
BETWEEN_LOOKS = 200  # calls until all rows are compared


TAKING_TEXT = {
    f"{repository}.{method}"
    for repository, contract in openwebui.contracts.items()
    for method in methods_of(contract)
    if inspect.signature(getattr(contract, method)).parameters.keys() - {"self", "skip", "limit"}
}


@pytest.fixture(scope="module", params=["hooks", "plain"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Subject, Subject]]:
    """Our adapters on SQLite, and on PocketBase with the hooks and without."""
    url = f"sqlite:///{tmp_path_factory.mktemp('hostile') / 'webui.db'}"
    create(url)
    database = Database.open(url, owned=True)
    server = request.getfixturevalue("openwebui_server")
    with openwebui_connection(server, **({} if request.param == "hooks" else {"prefix": PLAIN_PREFIX})) as pb:
        yield (
            Subject("sql", "sqlite", openwebui.sql(database), SqlStore(database)),
            Subject("pocketbase", "sqlite", pocketbase(pb, dialect="sqlite"), PocketBaseStore(pb)),
        )
    database.close()


@pytest.mark.parametrize("strings", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_no_text_changes_the_meaning_of_a_request(
    strings: int, pair: tuple[Subject, Subject], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("ERROR")
    sql, server = pair
    for subject in pair:
        for entity in ENTITIES:
            subject.reset(entity, [whole(entity, row) for row in ROWS[entity.name]])
    random, used, methods, calls = Random(strings), 0, Counter[str](), 0
    while used < strings:
        repository = random.choice(list(CALLS))
        known = [(row["id"], row.get("user_id", "")) for row in ROWS[repository.removesuffix("s")]]
        drawn = [CALLS[repository](random, known) for _ in range(10)]
        call = min(drawn, key=lambda each: methods[f"{repository}.{each.method}"])  # the rare ones too
        hostile = Hostile(random)
        call = replace(
            call,
            args=tuple(map(hostile.put_into, call.args)),
            kwargs=tuple((name, hostile.put_into(value)) for name, value in call.kwargs),
        )
        if not hostile.used:
            continue
        stamp = Stamp(seed=b"%d" % calls, time_ns=(1_700_000_000 + calls) * 10**9)
        theirs = sql.call(repository, call, stamp.again())
        ours = server.call(repository, call, stamp.again())
        assert _text(theirs) == _text(ours), f"{repository}.{written(call)}"
        used, calls = used + hostile.used, calls + 1
        methods[f"{repository}.{call.method}"] += 1
        if calls % BETWEEN_LOOKS == 0:
            _assert_same_rows(sql, server)
    _assert_same_rows(sql, server)
    print(f"{used} strings in {calls} calls of {len(methods)} methods")
    if strings >= 10_000:
        assert set(methods) == TAKING_TEXT


class Hostile:
    """Puts such strings where texts stand; `used` counts them."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.used = 0

    def put_into(self, value: Any) -> Any:
        """The same argument with some of its texts replaced; names of forms and of their fields stay."""
        if isinstance(value, str):
            if self._random.random() < 0.4:
                return value
            self.used += 1
            return "".join(self._random.choices(PIECES, k=self._random.randint(1, 5)))
        if isinstance(value, list):
            return [self.put_into(each) for each in value]
        if isinstance(value, dict) and "$form" in value:
            return {**value, "fields": self.put_into(value["fields"])}
        if isinstance(value, dict) and "$date" not in value:
            return {name: self.put_into(each) for name, each in value.items()}
        return value


def _text(answer: Answer) -> str:
    """As text; of errors, that there is one. Without hooks, PocketBase keeps no order of names in JSON."""
    return "error" if "error" in answer else json.dumps(answer, sort_keys=True, default=str)


def _assert_same_rows(sql: Subject, server: Subject) -> None:
    for entity in ENTITIES:
        theirs, ours = ([canonical(entity, row) for row in side.rows(entity)] for side in (sql, server))
        assert theirs == ours, entity.name
