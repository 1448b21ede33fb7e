"""The README's repository on two real stores, from `sql_only` to PocketBase alone."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dualwrite import Phase, Runtime, Settings, open_dual
from dualwrite.backfill import Backfill
from dualwrite.phase import Reads
from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.setup import initialise, problems
from dualwrite.timing import Timing
from examples.notes import NOTE, NotesPB, notes
from tests.fixtures.pocketbase import NEWEST, pocketbase_binary

TIMING = Timing(start_within=1.0, give_up=2.0, lease=10.0, lost_wait=2.5)


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """The example in `dual`, with one note from before."""
    file = tmp_path / "notes.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE note (id TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL)")
        connection.execute("INSERT INTO note VALUES ('old', 'from before')")
    connection.close()
    with EmbeddedPocketBase(
        tmp_path / "pb", binary=pocketbase_binary(NEWEST), hooks=((NOTE,), notes.prefix)
    ) as server:
        settings = Settings.load(
            sql_url=f"sqlite:///{file}",
            pb_url=server.url,
            pb_identity=server.identity,
            pb_password=server.password,
            sample_rate=1.0,
        )
        from dualwrite.parts import Parts

        parts = Parts.open(notes, settings)
        assert list(initialise(parts))
        assert problems(parts) == []
        parts.control.change(
            expect=Phase.SQL_ONLY, to=Phase.DUAL, reads=Reads.SQL, actor="test", why="example"
        )
        Backfill(parts.sql_store, parts.pb_store, parts.journal, parts.control, owner="test").run([NOTE])
        parts.close()
        with open_dual(notes, settings, timing=TIMING) as opened:
            yield opened


def test_a_write_in_dual_reaches_both_stores_and_both_answers_agree(runtime: Runtime) -> None:
    repository = runtime.repositories["notes"]
    assert repository.add("1", "hello") is True
    assert runtime.drain(5.0)
    assert repository.get("1") == "hello"
    assert repository.add("1", "again") is False, "a taken key is refused on both sides alike"
    assert runtime.drain(5.0)
    pocketbase = NotesPB(runtime.parts.pocketbase)
    assert [pocketbase.get(each) for each in ("old", "1", "none")] == ["from before", "hello", None]
    counts = {one["method"]: one for one in runtime.parts.comparisons.summary()}
    assert counts["add"]["equal"] == 2
    assert counts["get"]["equal"] == 1
    assert runtime.parts.journal.state() == []


def test_after_the_switch_the_same_object_asks_pocketbase_alone(runtime: Runtime) -> None:
    repository, parts = runtime.repositories["notes"], runtime.parts
    repository.add("1", "hello")
    assert runtime.drain(5.0)
    switched = parts.switch(
        actor="test", deadline=10.0, say=lambda text: time.sleep(2 * TIMING.house_every)
    ).run(parts.cutover())
    assert switched.rows == 2
    assert repository.add("2", "new") is True
    assert repository.get("2") == "new"
    assert parts.sql_store.read(NOTE, [("2",)]) == {}, "SQL is as it was at the switch"
