"""The copy back of a rollback into a real database: whatever PocketBase holds, SQL holds afterwards, or it is named."""

from __future__ import annotations

from random import Random

import pytest

from dualwrite.chunks import ChunkSize
from dualwrite.codec import Undecodable
from dualwrite.entity import Entity, Row
from dualwrite.errors import Misfit, Misfits
from dualwrite.phase import Phase
from dualwrite.rollback import CopiedBack, Rollback
from dualwrite.sql import Database, SqlControl, SqlStore
from dualwrite.switch import Switch
from tests.fakes import FakeStore
from tests.sql.notes import ENTITIES, GROUP, NOTE, REPLY, Writer, go, note


class Scene:
    """A database that was switched away from, and what PocketBase holds by now."""

    def __init__(self, database: Database, *entities: Entity) -> None:
        self.database = database
        self.entities = entities or ENTITIES
        self.control = SqlControl(database)
        self.pocketbase = FakeStore()
        self.sql = SqlStore(database)

    def before(self, entity: Entity, *rows: Row) -> None:
        """What SQL held at the switch."""
        self.sql.put(entity, rows)

    def now(self, entity: Entity, *rows: Row) -> None:
        """What PocketBase holds now."""
        self.pocketbase.put(entity, rows)

    def work(self) -> Rollback:
        return Rollback(
            self.control,
            self.pocketbase,
            lambda epoch: SqlStore(self.database, passes_at=epoch),
            self.entities,
            writes_end=0.0,
            deadline=30.0,
            chunk=ChunkSize(most_rows=3),
        )

    def roll_back(self) -> int:
        go(self.database, Phase.FROZEN, Phase.PB_ONLY)
        switch = Switch(self.control, owner="one", actor="a test", sleep=lambda seconds: None)
        return switch.run(self.work()).rows

    def assert_equal(self) -> None:
        for entity in self.entities:
            assert self.sql.scan(entity) == self.pocketbase.scan(entity)


def reply(id: str, to: str) -> Row:
    return {"id": id, "note_id": to}


@pytest.fixture
def scene(dual: Database) -> Scene:
    return Scene(dual)


def test_what_was_added_changed_and_deleted_is_in_sql_and_owes_nothing(scene: Scene, writer: Writer) -> None:
    scene.before(NOTE, *(note(f"{n:02}") for n in range(20)))
    writer.owed()
    scene.now(
        NOTE, *(note(f"{n:02}", title="new" if n == 7 else "t", meta='{"z": 1.0}') for n in range(5, 25))
    )
    scene.now(GROUP, {"id": "a", "user_id": "b", "name": None})
    assert scene.roll_back() == 21
    scene.assert_equal()
    assert scene.control.read().phase is Phase.DUAL
    assert writer.owed() == []


def test_two_rows_may_have_exchanged_their_unique_values(scene: Scene) -> None:
    scene.before(NOTE, note("a", share_id="1"), note("b", share_id="2"), note("c", share_id="3"))
    scene.now(NOTE, note("a", share_id="2"), note("b", share_id="1"), note("d", share_id="3"))
    scene.roll_back()
    scene.assert_equal()


@pytest.mark.parametrize("order", [(NOTE, REPLY), (REPLY, NOTE)], ids=["parents first", "children first"])
def test_rows_that_refer_to_others_come_in_any_order(order: tuple[Entity, ...], dual: Database) -> None:
    """SQL deletes the replies of a note with it, also those that belong to another note by now."""
    scene = Scene(dual, *order)
    scene.before(NOTE, note("a"), note("b"))
    scene.before(REPLY, reply("1", "a"), reply("2", "a"), reply("3", "b"))
    scene.now(NOTE, note("b"), note("c"))
    scene.now(REPLY, reply("1", "c"), reply("2", "b"), reply("4", "c"))
    scene.roll_back()
    scene.assert_equal()


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_two_sides_hold_they_are_equal_afterwards(seed: int, scene: Scene) -> None:
    random = Random(seed)

    def rows() -> tuple[list[Row], list[Row]]:
        keys = random.sample(range(30), 12)
        shares = random.sample(range(14), 12)
        notes = [
            note(
                f"{key:02}", title=random.choice("ab"), share_id=str(share) if random.random() < 0.7 else None
            )
            for key, share in zip(keys, shares, strict=True)
        ]
        return notes, [reply(str(n), f"{random.choice(keys):02}") for n in random.sample(range(20), 9)]

    for put in (scene.before, scene.now):
        notes, replies = rows()
        put(NOTE, *notes)
        put(REPLY, *replies)
    scene.roll_back()
    scene.assert_equal()


MISFITS = {
    "NULL": (note("x", title=None), Misfit("note", ("x",), "title", "is NULL, which the column may not be")),
    "what nobody decodes": (
        note("x", day=Undecodable("secret")),
        Misfit("note", ("x",), "day", "holds what this library never writes there"),
    ),
}


@pytest.mark.parametrize(("row", "named"), MISFITS.values(), ids=MISFITS)
def test_a_row_that_sql_cannot_hold_is_named_and_nothing_is_switched(
    row: Row, named: Misfit, scene: Scene
) -> None:
    scene.now(NOTE, note("a"), row)
    with pytest.raises(Misfits, match="SQL cannot hold 1 row of PocketBase") as error:
        scene.roll_back()
    assert error.value.rows == (named,)
    assert "secret" not in str(error.value)
    assert scene.control.read().phase is Phase.PB_ONLY
    assert [change.target for change in scene.control.history(1)] == [Phase.PB_ONLY], "writes never paused"
    scene.pocketbase.delete(NOTE, [("x",)])
    switch = Switch(scene.control, owner="one", actor="a test", sleep=lambda seconds: None)
    switch.run(scene.work())
    scene.assert_equal()


def test_nul_stops_it_where_the_database_has_none(scene: Scene) -> None:
    scene.now(NOTE, note("a", title="a\0b"))
    if scene.database.dialect == "sqlite":
        scene.roll_back()
        scene.assert_equal()
        return
    with pytest.raises(Misfits, match="note, title: holds NUL"):
        scene.roll_back()


def test_two_rows_with_one_unique_value_are_named_without_it(scene: Scene) -> None:
    scene.before(NOTE, note("old", share_id="secret"))
    scene.now(NOTE, note("a", share_id="secret"), note("b"), note("c", share_id="secret"))
    with pytest.raises(Misfits) as error:
        scene.roll_back()
    (row,) = error.value.rows
    assert (row.entity, row.path) == ("note", "$")
    assert row.key in {("a",), ("c",)}
    assert "share_id" in row.reason
    assert "secret" not in str(error.value)


def test_a_reply_to_nobody_is_named(scene: Scene, writer: Writer) -> None:
    if scene.database.dialect == "sqlite":
        pytest.skip("SQLite does not look unless it is told to")
    scene.now(REPLY, reply("1", "nobody"))
    with pytest.raises(Misfits, match="reply"):
        scene.roll_back()


def test_a_look_counts_and_changes_nothing(scene: Scene) -> None:
    scene.before(NOTE, note("a"), note("b"), note("c"))
    scene.now(NOTE, note("b", title="new"), note("c"), note("d"))
    go(scene.database, Phase.FROZEN, Phase.PB_ONLY)
    before = scene.sql.scan(NOTE)
    assert scene.work().look(scene.control.read().epoch) == [
        CopiedBack("note", 3, 2, 1),
        CopiedBack("groups"),
        CopiedBack("reply"),
    ]
    assert scene.sql.scan(NOTE) == before
