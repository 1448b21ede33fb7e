"""However many rows others have, PocketBase looks up those that a method is about: read in the plans of its own SQLite.

The server prints every statement that it executes (`--dev`), and a hook of this test has it explain each of them.
"""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from typing import Any, BinaryIO
from urllib.request import Request, urlopen

import pytest
from pydantic import SecretStr
from typing_extensions import override

from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.rehearse.material import Size
from repos.connect import Repositories, connect
from repos.entities import ENTITIES, PREFIX
from repos.migration import openwebui
from repos.rehearsal.callers.calls import Caller
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.callers.every import CALLS
from repos.rehearsal.ledger import Ledger
from repos.rehearsal.material import OpenWebUIRehearsal
from repos.rehearsal.sights import Sights
from tests.fixtures.copied import copied
from tests.fixtures.pocketbase import NEWEST, pocketbase_binary

METHODS = sorted(f"{name}.{call.method}" for name, calls in CALLS.items() for call in calls)
SIZE = Size(users=60, rows=1_500, row_bytes=300)
ROUNDS = 3
STATEMENT = re.compile(r"^\[[\d.]+ms\] ", re.MULTILINE)
TABLE = re.compile(rf"SCAN (t|{PREFIX}\w+)( USING .*)?")
NEXT_LINE = re.compile(r"\n(?=[A-Z]+ )")
EXPLAIN = """routerAdd("POST", "/explain", (e) => {
  const steps = arrayOf(new DynamicModel({ detail: "" }));
  $app.db().newQuery("EXPLAIN QUERY PLAN " + toString(e.request.body, 1 << 26)).all(steps);
  return e.json(200, steps.map((step) => step.detail));
});
"""

ALL = "it is about all of them"
MEMBERS = "a group's members are in a JSON list of its own"
PAGE = "it goes along an index and ends where the page does"
WHOLE: Mapping[str, str] = {
    "chats.get_chats": ALL,
    "files.get_files": ALL,
    "groups.create_groups_by_group_names": ALL,
    "groups.get_groups": ALL,
    "groups.get_groups_by_member_id": MEMBERS,
    "groups.remove_user_from_all_groups": MEMBERS,
    "groups.sync_groups_by_group_names": MEMBERS,
    "models.get_all_models": ALL,
    "models.get_models": ALL,
    "models.get_models_by_user_id": "who may use a model is in JSON of its own",
    "users.delete_user_by_id": MEMBERS,
    "users.get_first_user": PAGE,
    "users.get_num_users": ALL,
    "users.get_users": "it counts all of them, and letters anywhere in a name are looked for in every name",
    "users.has_users": PAGE,
}
"""The methods that read a whole table, or may, and why."""
SORTS_WHOLE = {"users.get_users"}
"""Of these, those that may also sort all of it: by a column that has no index."""
SILENT = {"folders.normalize_folder_name"}
"""What asks PocketBase nothing."""

Plans = Mapping[str, Mapping[str, list[str]]]
"""By method and statement."""


class Talking(EmbeddedPocketBase):
    """It prints every statement."""

    @override
    def _command(self, *words: str, hooks: Path | None = None) -> list[str]:
        command = super()._command(*words, hooks=hooks)
        return [*command, "--dev"] if words[0] == "serve" else command


@pytest.fixture(scope="module", params=["fresh", "analyzed"])
def plans(request: pytest.FixtureRequest) -> Iterator[Plans]:
    """As PocketBase is at first, and with the statistics that its nightly `PRAGMA optimize` leaves."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'webui.db'}"
        OpenWebUIRehearsal().create(url, SIZE)
        server = stack.enter_context(Talking(binary=pocketbase_binary(NEWEST), hooks=(ENTITIES, PREFIX)))
        copied(url, server)
        (server.hooks_dir / "explain.pb.js").write_text(EXPLAIN)
        if request.param == "analyzed":
            with closing(sqlite3.connect(server.folder / "pb_data" / "data.db")) as connection:
                connection.execute("ANALYZE")
        server.restart()
        given: dict[str, Any] = {"pb_url": server.url, "pb_identity": server.identity}
        repos = stack.enter_context(
            connect("pocketbase", dialect="sqlite", pb_password=SecretStr(server.password), **given)
        )
        said = stack.enter_context(server.log.open("rb"))
        ledger = stack.enter_context(closing(Ledger.beside(None)))
        heard = {name: Heard(getattr(repos, name), name, said) for name in openwebui.contracts}
        estate = Estate(Random(1), ledger, Sights.of(url))
        actions = Caller(Repositories(heard), CALLS, estate).actions()
        for _ in range(ROUNDS):
            for action in actions:
                action.run()
        yield {
            f"{name}.{method}": {statement: explained(server, statement) for statement in statements}
            for name, one in heard.items()
            for method, statements in one.statements.items()
        }


class Heard:
    """A repository, and what the server says that it executes meanwhile."""

    def __init__(self, repository: Any, name: str, said: BinaryIO) -> None:
        self.statements: dict[str, set[str]] = defaultdict(set)
        self._repository = repository
        self._said = said

    def __getattr__(self, method: str) -> Any:
        def call(*args: Any) -> Any:
            self._said.seek(0, 2)
            try:
                return getattr(self._repository, method)(*args)
            finally:
                self.statements[method] |= set(statements(self._said.read().decode()))

        return call


def statements(said: str) -> Iterator[str]:
    """Those about our rows."""
    for part in STATEMENT.split(said)[1:]:
        statement = NEXT_LINE.split(part)[0].strip()
        if f"`{PREFIX}" in statement:
            yield statement


def explained(server: EmbeddedPocketBase, statement: str) -> list[str]:
    # What PocketBase takes for its own marks can only be in a value here.
    statement = re.sub(r"(\[|\{)(?=[\[{:])", r"\1'||'", statement)
    with urlopen(Request(f"{server.url}/explain", statement.encode())) as answer:
        steps: list[str] = json.loads(answer.read())
    assert steps or statement.startswith("INSERT"), "what only inserts looks nothing up"
    return steps


@pytest.mark.parametrize("method", METHODS)
def test_it_reads_a_whole_table_only_where_that_is_what_it_is_about(plans: Plans, method: str) -> None:
    assert bool(plans.get(method)) is (method not in SILENT), "it was called, and the server said so"
    whole = {step for steps in plans.get(method, {}).values() for step in steps if TABLE.match(step)}
    if method in WHOLE:
        assert whole, f"it does not, so it needs no reason: {WHOLE[method]}"
    else:
        assert not whole


@pytest.mark.parametrize("method", sorted(set(WHOLE) - SORTS_WHOLE))
def test_what_goes_through_a_whole_table_does_so_in_the_order_of_an_index(plans: Plans, method: str) -> None:
    for steps in plans[method].values():
        if any(map(TABLE.match, steps)):
            assert {"SCAN t", "USE TEMP B-TREE FOR ORDER BY"}.isdisjoint(steps)
