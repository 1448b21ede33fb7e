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

from dualwrite.entity import Kind
from dualwrite.sql import Database, SqlStore
from dualwrite.stamp import Stamp
from repos.entities import ENTITIES, FOLDER, GROUP, TAG
from repos.migration import openwebui, pocketbase
from repos.rehearsal.schema import create
from tests.conformance.calls import CALLS, Call
from tests.conformance.subjects import Subject, ask, comparable, row_set
from tests.fixtures.openwebui import Oracle

STEPS = 400
SEEDS = (1, 2, 3)
TABLES = {"tags": ("Tags", TAG), "folders": ("Folders", FOLDER), "groups": ("Groups", GROUP)}


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
    database = Database.open(url)
    yield Subject("sql", dialect, openwebui.sql(database), SqlStore(database))
    database.close()


def _pocketbase(request: pytest.FixtureRequest, dialect: Any) -> Iterator[Subject]:
    server, store = request.getfixturevalue("openwebui_pocketbase")
    yield Subject("pocketbase", dialect, pocketbase(server, dialect=dialect), store)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("repository", CALLS)
def test_every_answer_and_every_row_is_the_same(
    repository: str, seed: int, oracle: Oracle, subject: Subject
) -> None:
    table, entity = TABLES[repository]
    oracle.sql((f'DELETE FROM "{entity.table}"', {}))
    subject.clear(entity)
    random = Random(f"{repository}-{seed}")
    ids: list[str] = []
    for step in range(STEPS):
        call = CALLS[repository](random, ids[-12:])
        if _undefined(subject, repository, call):
            continue
        stamp = Stamp(seed=f"{seed}-{step}".encode(), time_ns=(1_700_000_000 + step) * 10**9)
        theirs = ask(oracle, table, call, stamp.again(), entity.name)
        ours = subject.call(repository, call, stamp)
        where = f"seed {seed}, step {step}: {call}"
        if call.method == "get_folder_by_parent_id_and_user_id_and_name":
            _same_match(subject, theirs, ours, where)
        else:
            assert comparable(ours) == comparable(theirs), where
        if call.method.startswith(("insert", "create")) and ours.get("value"):
            value = ours["value"]
            ids += [each["id"] for each in (value if isinstance(value, list) else [value])]
    assert row_set(subject.rows(entity)) == row_set(_normal(oracle, entity.table)), f"seed {seed}"


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


def _same_match(subject: Subject, theirs: Any, ours: Any, where: str) -> None:
    """Several folders may match, and Open WebUI takes whichever comes first; ours must be one of the same."""
    assert (theirs["value"] is None) == (ours["value"] is None), where
    if theirs["value"] != ours["value"]:
        match = theirs["value"]["id"], theirs["value"]["user_id"]
        found = subject.repositories["folders"].get_folder_by_id_and_user_id(*match)
        assert found.model_dump() == theirs["value"], where
        assert found.name.lower() == ours["value"]["name"].lower() or "%" in where or "_" in where, where


def _normal(oracle: Oracle, table: str) -> list[dict[str, Any]]:
    """Open WebUI's rows as ours: SQLite keeps booleans as numbers."""
    entity = next(entity for entity in ENTITIES if entity.table == table)
    flags = {column.name for column in entity.columns if column.kind is Kind.BOOLEAN}
    return [
        {name: bool(value) if name in flags and value is not None else value for name, value in row.items()}
        for row in oracle.rows(table)
    ]
