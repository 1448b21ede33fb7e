"""Every command on its happy path, one after the other as a user runs them, against a real server."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dualwrite.cli.app import build
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBaseStore
from dualwrite.pocketbase.session import Request
from dualwrite.rehearse.material import Size
from repos.entities import ENTITIES, PREFIX
from repos.rehearsal.material import OpenWebUIRehearsal
from tests.cli.command import ROOT, Here, command, environment, run
from tests.cli.conftest import Place, connection, execute
from tests.faults.proxy import HOLD, Proxy
from tests.fixtures.faults import until

COMMANDS = (
    "rehearse",
    "doctor",
    "init",
    "status",
    "phase",
    "backfill",
    "verify",
    "probe",
    "relay",
    "cutover",
    "rollback",
    "retire",
    "metrics",
    "report",
)
NAMES = [entity.name for entity in ENTITIES]


def rows(database: Path) -> dict[str, int]:
    """How many there are of each entity."""
    with closing(sqlite3.connect(database)) as driver:
        return {
            entity.name: driver.execute(f'SELECT count(*) FROM "{entity.table}"').fetchone()[0]
            for entity in ENTITIES
        }


def test_a_whole_migration(hooked: Place, here: Here) -> None:
    settings, count = hooked.settings, rows(hooked.database)

    def done(*words: str) -> str:
        ended = run(*words, settings=settings)
        assert ended.status == 0, ended
        assert "Traceback" not in ended.err
        return ended.out

    def document(*words: str, status: int = 0) -> dict | list:
        ended = here.run(*words, "--json", settings=settings)
        assert ended.status == status, ended
        return ended.document

    sick = document("doctor", status=1)
    assert sick["healthy"] is False
    assert any("dualwrite_control" in problem for problem in sick["problems"])
    assert f"collection {PREFIX}chats is missing" in sick["problems"]

    first = done("init").splitlines()
    assert len(first) == 2
    assert "phase sql_only" in first[-1]
    assert done("init").splitlines() == first, "safe to repeat"
    assert document("doctor") == {"healthy": True, "problems": [], "warnings": []}
    assert "✓" in done("doctor")

    before = document("status")
    assert set(before) == {
        "phase", "reads", "epoch", "since", "journal", "stuck", "backfill", "verify", "comparisons", "waivers", "decisions",
        "history",
    }  # fmt: skip
    assert (before["phase"], before["reads"], before["verify"]) == ("sql_only", "sql", None)
    assert before["backfill"] == [{"entity": name, "rows": 0, "done": False} for name in NAMES]

    assert done("phase", "dual").strip() == "sql_only → dual"
    assert done("phase", "dual").strip() == "the phase is dual already"
    copied = document("backfill")
    assert {each["entity"]: each["rows"] for each in copied} == count
    assert all(set(each) == {"entity", "rows", "seconds", "refused"} for each in copied)
    assert [each["seconds"] for each in document("backfill")] == [0.0] * len(NAMES), "it is done already"

    execute(hooked.database, "UPDATE chat SET title = 'raw SQL' WHERE id = (SELECT min(id) FROM chat)")
    assert sum(state["open"] for state in document("status")["journal"]) == 1
    assert document("verify")[NAMES.index("chat")]["lagging"] == 1
    assert "no obligation is open" in done("relay", "--drain", "--seconds", "30")
    verified = document("verify")
    assert [(v["entity"], v["sql_rows"], v["pocketbase_rows"]) for v in verified] == [
        (name, count[name], count[name]) for name in NAMES
    ]
    assert all(v["differing"] == v["lagging"] == 0 and v["differences"] == [] for v in verified)

    document("probe")
    gate = document("cutover", "--dry-run", status=1)
    assert gate["ready"] is False
    assert all(
        set(condition) == {"name", "asks", "holds", "figure", "waiver"} for condition in gate["conditions"]
    )
    (few,) = [condition for condition in gate["conditions"] if not condition["holds"]]
    assert few["name"] == "comparisons"
    assert "tags.insert_new_tag" in few["figure"], "writes that nobody made are named"
    waive = ("--at-least", "1", "--waive", "comparisons", "--reason", "nobody writes here")
    assert document("cutover", "--dry-run", *waive)["ready"] is True
    assert document("status")["phase"] == "dual", "--dry-run changes nothing"
    assert document("status")["waivers"] == [], "nor keeps a waiver"
    said = done("cutover", *waive)
    assert "✗" not in said
    assert "nobody writes here" in said
    (kept,) = document("status")["waivers"]
    assert (kept["name"], kept["reason"]) == ("comparisons", "nobody writes here")
    after = document("status")
    assert (after["phase"], after["reads"]) == ("pb_only", "pocketbase")
    assert [change["to"] for change in reversed(after["history"])] == ["dual", "frozen", "frozen", "pb_only"]
    with pytest.raises(sqlite3.IntegrityError, match="dualwrite"):
        execute(hooked.database, "DELETE FROM chat")
    assert "gone" in done("retire", "--yes")
    execute(hooked.database, "DELETE FROM chat")


@pytest.mark.slow  # it waits for what may land late
def test_there_and_back_and_there_again(hooked: Place, here: Here) -> None:
    settings, count = hooked.settings, rows(hooked.database)
    waive = ("--waive", "comparisons", "--reason", "nobody writes here")
    for words in (["init"], ["phase", "dual"], ["backfill"], ["verify"], ["cutover", *waive]):
        assert here.run(*words, settings=settings).status == 0
    back = roll_back(hooked, here)
    assert (back["rolled_back"]["rows"], back["mended_afterwards"]) == (sum(count.values()), 0)
    assert 0 < back["rolled_back"]["paused_seconds"] < 30
    after = here.run("status", "--json", settings=settings).document
    assert (after["phase"], after["reads"]) == ("dual", "sql")
    assert [change["to"] for change in after["history"]][:3] == ["dual", "frozen", "frozen"]
    assert all("rollback" in change["why"] and "@" in change["actor"] for change in after["history"][:3])
    assert here.run("retire", "--yes", settings=settings).status == 1, "the phase is dual"
    again = here.run("cutover", *waive, settings=settings)
    assert again.status == 0, again
    assert "✗" not in again.out
    assert here.run("retire", "--yes", settings=settings).status == 0
    execute(hooked.database, "DELETE FROM chat")


def roll_back(place: Place, here: Here) -> dict:
    """A row more, a row less and a row changed in PocketBase; then they are in SQL."""
    (tag, chat) = (next(entity for entity in ENTITIES if entity.name == name) for name in ("tag", "chat"))
    with connection(place.server) as pb:
        tags, chats = pb.records(tag), pb.records(chat)
        store = PocketBaseStore(pb)
        (gone,) = store.scan(tag, limit=1)
        tags.delete(tag.key_of(gone))
        store.put(tag, [{**gone, "id": "new since the switch"}])
        changed = store.scan(chat, limit=1)[0]
        chats.update(chat.key_of(changed), {"title": "changed since the switch"})
        look = here.run("rollback", "--dry-run", "--json", settings=place.settings).document
        by_name = {one["entity"]: one for one in look}
        assert (by_name["tag"]["to_write"], by_name["tag"]["to_delete"]) == (1, 1)
        assert (by_name["chat"]["to_write"], by_name["chat"]["to_delete"]) == (1, 0)
        assert here.run("status", "--json", settings=place.settings).document["phase"] == "pb_only"
    ended = here.run("rollback", "--json", settings=place.settings)
    assert ended.status == 0, ended
    with closing(sqlite3.connect(place.database)) as driver:
        assert driver.execute("SELECT count(*) FROM tag WHERE id = 'new since the switch'").fetchone() == (1,)
        assert driver.execute(
            "SELECT count(*) FROM tag WHERE id = ? AND user_id = ?", (gone["id"], gone["user_id"])
        ).fetchone() == (0,)
        (title,) = driver.execute("SELECT title FROM chat WHERE id = ?", (changed["id"],)).fetchone()
        assert title == "changed since the switch"
    return ended.document


def test_doctor_and_verify_find_what_somebody_broke(hooked: Place, here: Here) -> None:
    settings = hooked.settings
    for words in (["init"], ["phase", "dual"], ["backfill"]):
        assert here.run(*words, settings=settings).status == 0
    (trigger,) = dropped(hooked.database)
    with connection(hooked.server) as pb:
        for name in (
            f"{PREFIX}chat_tags",
            f"{PREFIX}tags",
        ):  # the view first: PocketBase keeps what one shows
            pb.session.send(Request("DELETE", f"/api/collections/{name}", "collections", writes=True))
    found = here.run("doctor", "--json", settings=settings)
    assert found.status == 1
    assert found.document == {
        "healthy": False,
        "problems": [
            f"the trigger {trigger} is missing",
            f"collection {PREFIX}tags is missing",
            f"collection {PREFIX}chat_tags is missing",
        ],
        "warnings": [],
    }
    assert here.run("cutover", settings=settings).status == 1
    assert here.run("init", settings=settings).status == 0, "init mends both"
    assert here.run("doctor", settings=settings).status == 0

    differing = here.run("verify", "--entity", "tag", "--json", settings=settings)
    assert differing.status == 1
    (tags,) = differing.document
    assert tags["differing"] == tags["sql_rows"] == len(tags["differences"]) > 0
    assert set(tags["differences"][0]) == {"key", "path", "kind"}
    assert here.run("verify", "--entity", "tag", "--repair", settings=settings).status == 0
    assert here.run("verify", "--entity", "tag", settings=settings).status == 0


def dropped(database: Path) -> list[str]:
    """Drop one trigger of ours."""
    with closing(sqlite3.connect(database)) as driver:
        (name,) = driver.execute(
            "SELECT min(name) FROM sqlite_master WHERE name LIKE 'dualwrite%chat%'"
        ).fetchone()
    execute(database, f'DROP TRIGGER "{name}"')
    return [name]


def test_a_rollback_names_what_sql_cannot_hold_and_no_value_of_it(hooked: Place, here: Here) -> None:
    settings = hooked.settings
    tag = next(entity for entity in ENTITIES if entity.name == "tag")
    execute(hooked.database, "CREATE UNIQUE INDEX one_name ON tag (name, user_id)")
    for words in (["init"], ["phase", "dual"], ["backfill"], ["verify"]):
        assert here.run(*words, settings=settings).status == 0
    waive = ("--waive", "comparisons", "--reason", "nobody writes here")
    assert here.run("cutover", *waive, settings=settings).status == 0
    with connection(hooked.server) as pb:
        store = PocketBaseStore(pb)
        (first,) = store.scan(tag, limit=1)
        store.put(tag, [{**first, "id": "the second", "name": "my secret"}])
        store.put(tag, [{**first, "id": "the third", "name": "my secret"}])
    ended = here.run("rollback", "--json", settings=settings)
    assert ended.status == 1
    (misfit,) = ended.document["misfits"]
    assert (misfit["entity"], misfit["path"]) == ("tag", "$")
    assert misfit["key"][0] in {"the second", "the third"}
    assert "tag.name" in misfit["reason"]
    assert "secret" not in ended.out + ended.err
    after = here.run("status", "--json", settings=settings).document
    assert (after["phase"], after["reads"]) == ("pb_only", "pocketbase")
    assert len(after["history"]) == 4, "writes were not paused"
    assert "✗ tag" in here.run("rollback", settings=settings).out


def test_help_names_every_command(here: Here) -> None:
    ended = here.run("--help", settings={})
    assert ended.status == 0
    assert [name for name in COMMANDS if not re.search(rf"^│ {name} ", ended.out, re.MULTILINE)] == []
    assert here.run(settings={}).out == ended.out, "without a command the help is shown"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command(name: str, here: Here) -> None:
    ended = here.run(name, "--help", settings={})
    assert ended.status == 0
    assert f"Usage: dualwrite {name}" in ended.out
    described = next(
        each.callback.__doc__
        for each in build([]).registered_commands
        if name in str(each.name or each.callback.__name__)
    )
    assert described.split(":")[0].split(".")[0][:40] in " ".join(ended.out.split())


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Place]:
    """Enough rows for a backfill to be interrupted in."""
    database = tmp_path / "large.db"
    OpenWebUIRehearsal().create(f"sqlite:///{database}", Size(users=20, rows=3000, row_bytes=4000))
    with EmbeddedPocketBase(hooks=(ENTITIES, PREFIX)) as server:
        yield Place(database, server, "")


def test_an_interrupted_backfill_says_so_and_the_next_goes_on(large: Place, here: Here) -> None:
    for words in (["init"], ["phase", "dual"]):
        assert here.run(*words, settings=large.settings).status == 0
    with Proxy(large.server.url) as proxy:
        proxy.nth(
            2, HOLD, where=lambda asked: "/put?" in asked.path and f"c={NAMES.index('chat')}" in asked.path
        )
        running = subprocess.Popen(
            command("backfill"),
            env=environment({**large.settings, "DUALWRITE_PB_URL": proxy.url, "DUALWRITE_PB_TIMEOUT": "30"}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        with running:
            until(lambda: proxy.held == 1, 30)
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=20)
    assert running.returncode == 130, err
    assert out == ""
    assert err.splitlines()[-1].startswith("dualwrite: interrupted")
    assert err.count("dualwrite:") == 1
    assert "Traceback" not in err
    state = json.loads(here.run("status", "--json", settings=large.settings).out)
    assert [place["done"] for place in state["backfill"]][:2] == [True, False]
    again = subprocess.Popen(
        command("backfill", "--json"),
        env=environment(large.settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with again:
        assert again.stderr is not None
        assert "waiting" in again.stderr.readline(), "a request of the interrupted run may still land"
        execute(large.database, "UPDATE dualwrite_lease SET until = 0")
        out, err = again.communicate(timeout=30)
    assert again.returncode == 0, err
    assert {each["entity"]: each["rows"] for each in json.loads(out)} == rows(large.database)
    assert here.run("verify", settings=large.settings).status == 0
