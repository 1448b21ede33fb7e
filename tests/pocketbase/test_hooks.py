"""The hook files: rendered once for a prefix and its entities, closed to everybody but superusers, checked for their version."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from dualwrite.entity import Column
from dualwrite.errors import ConfigurationError
from dualwrite.pocketbase import HOOKS_VERSION, EmbeddedPocketBase, PocketBase, hook_files, install_hooks
from dualwrite.pocketbase.hook_wire import HookWire
from dualwrite.pocketbase.hooks import schema_hash
from dualwrite.pocketbase.session import Request, Session, Trace
from tests.fixtures.pocketbase import HOOKED
from tests.pocketbase.notes import ENTITIES, NOTE, USER, key, note

ROUTES = ("version", "read", "find", "count", "scan", "digest", "put", "delete", "apply")


def test_installing_twice_writes_nothing_new(tmp_path: Path) -> None:
    other = tmp_path / "somebodys.pb.js"
    other.write_text("// theirs")
    written = install_hooks(tmp_path, ENTITIES, "p_")
    assert [path.name for path in written] == ["dualwrite-p_.lib.js", "dualwrite-p_.pb.js"]
    before = [path.stat().st_mtime_ns for path in written]
    install_hooks(tmp_path, ENTITIES, "p_")
    assert [path.stat().st_mtime_ns for path in written] == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "dualwrite-p_.lib.js",
        "dualwrite-p_.pb.js",
        other.name,
    ]


def test_nothing_is_left_to_render() -> None:
    for text in hook_files(ENTITIES).values():
        assert "@" not in text.replace("@example", "")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "nobody"}])
@pytest.mark.parametrize("route", ROUTES)
def test_only_superusers_are_let_in(
    pocketbase_server: EmbeddedPocketBase, route: str, headers: dict[str, str]
) -> None:
    url = f"{pocketbase_server.url}/api/dualwrite/{HOOKED}/{route}"
    assert httpx.post(url, headers=headers, content=b"[]", trust_env=False).status_code == 401


def test_hooks_for_other_entities_are_not_used(
    hooked: PocketBase, pocketbase_server: EmbeddedPocketBase
) -> None:
    hooked.records(NOTE).create(note(doc='{"a":  1}'))
    grown = replace(USER, columns=(*USER.columns, Column("name")))
    with PocketBase.connect(
        pocketbase_server.url,
        identity=pocketbase_server.identity,
        password=pocketbase_server.password,
        prefix=HOOKED,
        entities=[NOTE, grown],
    ) as pb:
        assert not pb.exact
        assert pb.records(NOTE).get(key()) == note(doc='{"a": 1}')


def test_a_request_names_tables_and_columns_by_number_only(
    hooked: PocketBase, pocketbase_server: EmbeddedPocketBase
) -> None:
    hooked.records(NOTE).create(note())
    headers = {"Authorization": hooked.session.login.token().get_secret_value()}
    base = f"{pocketbase_server.url}/api/dualwrite/{HOOKED}"
    right: dict[str, object] = {"c": 0, "where": ["all"], "order": [[0, False]], "limit": 1, "offset": 0}
    right |= {"columns": None, "nulls_greatest": False, "among": [], "given": None}
    answer = httpx.post(f"{base}/find", json=[[right]], headers=headers, trust_env=False)
    assert (answer.status_code, len(answer.json()[0][0]["rows"])) == (200, 1)
    wrong: tuple[dict[str, object], ...] = (
        {"c": "_superusers"},
        {"c": 9},
        {"where": ["cmp", "eq", "password", "x"]},
        {"where": ["drop"]},
        {"order": [["password", False]]},
        {"columns": ["password"]},
        {"among": [["password", [[0, 0, ""]]]]},
        {"among": [[0, [[0, "password", ""]]]]},
        {"among": [[0, [["_superusers", 0, ""]]]]},
        {"given": "_superusers"},
    )
    for route, body in (
        *(("find", json.dumps([[right | {"limit": None}, right | change]])) for change in wrong),
        ("count?c=0", '["cmp","; DELETE",0,"x"]'),
        ("apply", '[["drop",0,"x"]]'),
        ("apply", '[["update",9,"x",[]]]'),
        ("put?c=0", "not json"),
    ):
        answer = httpx.post(f"{base}/{route}", content=body, headers=headers, trust_env=False)
        assert answer.status_code >= 400, route
    assert hooked.records(NOTE).find() == [note()]


@pytest.mark.parametrize("prefix", ["../", "A", "1", "a-b", "a" * 40])
def test_a_prefix_that_could_leave_its_place_is_refused(tmp_path: Path, prefix: str) -> None:
    with pytest.raises(ConfigurationError):
        install_hooks(tmp_path, ENTITIES, prefix)


class Canned(Session):
    """A session that answers every request alike."""

    def __init__(self, answer: dict[str, object]) -> None:
        self.answer = answer
        self.where = "http://canned"

    def send(self, request: Request, trace: Trace | None = None) -> bytes:
        return json.dumps(self.answer).encode()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"hooks": "0"}, "the hooks installed are of version 0, not 1"),
        ({"schema": "other"}, "the hooks installed were made for other entities or another release"),
    ],
)
def test_other_hooks_are_named_for_what_they_are(changes: dict[str, object], problem: str | None) -> None:
    right = {"hooks": HOOKS_VERSION, "schema": schema_hash(ENTITIES, "p_"), "recent": True}
    assert HookWire(Canned(right | changes), "p_", ENTITIES, request_bytes=1).problem() == problem


def test_a_server_that_is_too_old_is_one_clear_line() -> None:
    old = {"hooks": HOOKS_VERSION, "schema": schema_hash(ENTITIES, ""), "recent": False}
    with pytest.raises(ConfigurationError, match=r"is older than 0\.26: update it"):
        HookWire(Canned(old), "", ENTITIES, request_bytes=1).problem()
