"""Rows come out as they are, in binary key order, and go in as they came."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, text

from dualwrite.codec import from_record, to_record
from dualwrite.entity import Key, Row
from dualwrite.errors import Conflict, Invalid, TooLarge, Unrepresentable
from dualwrite.sql import Database, SqlStore, install
from tests.sql.notes import ENTITIES, GROUP, NOTE, Writer, create_tables, note

# In this order bytewise: upper before lower case, every accent after ASCII, surrogate pairs by their UTF-8.
ORDERED = [
    "",
    " ",
    "-",
    "A",
    "B",
    "_",
    "a",
    "a b",
    "a-b",
    "aB",
    "ab",
    "b",
    "é",
    "ß",
    "Ω",
    "中",
    "\uffee",
    "🙂",
]
ORDERED.sort(key=str.encode)

FULL = note(
    "a",
    title="NUL-free, ü🙂",
    share_id="s",
    stars=2**53,
    time_ns=1763856000123456789,
    done=True,
    meta='{"z": 1,  "a":1.0, "big":1763856000123456789, "a":"\\u00fc"}',
    settings='{"b":[ ]}',
    day="2024-02-29",
)


@pytest.fixture
def store(installed: Database) -> SqlStore:
    return SqlStore(installed)


@pytest.mark.parametrize(
    "row",
    [
        FULL,
        note("b"),
        note("c", done=False, meta="null", settings='"text"', title="", day="0001-01-01"),
        note("d", meta="[]", settings="true", time_ns=-(2**63), stars=-1),
    ],
)
def test_a_row_comes_back_exactly(store: SqlStore, row: Row) -> None:
    store.put(NOTE, [row])
    found = store.read(NOTE, [(str(row["id"]),)])[str(row["id"]),]
    assert found == row
    assert [type(value) for value in found.values()] == [type(value) for value in row.values()]
    assert from_record(NOTE, to_record(NOTE, found)) == row


@pytest.mark.parametrize("json", ["1", "-5", "true", "null", '"1"', "1.5", "[1,  2]"])
def test_json_that_is_a_number(store: SqlStore, json: str) -> None:
    # A column declared JSON has NUMERIC affinity on SQLite, which stores the text `1` as a number.
    store.put(NOTE, [note("a", meta=json)])
    assert store.read(NOTE, [("a",)])[("a",)]["meta"] == json


def test_the_table_gives_row_values_too(store: SqlStore) -> None:
    table = store.database.table(NOTE)
    with store.database.write() as connection:
        connection.execute(insert(table).values(FULL))
    with store.database.read() as connection:
        row = connection.execute(select(table).where(table.c.done == True)).one()  # noqa: E712
    assert dict(row._mapping) == FULL


def test_several_rows_in_one_insert(store: SqlStore) -> None:
    table = store.database.table(NOTE)
    with store.database.write() as connection:
        connection.execute(insert(table).values([FULL, note("b", meta="{}")]))
    assert store.scan(NOTE) == [FULL, note("b", meta="{}")]


def test_read_leaves_out_what_is_not_there(store: SqlStore) -> None:
    store.put(NOTE, [note("a")])
    assert store.read(NOTE, [("a",), ("b",)]) == {("a",): note("a")}
    assert store.read(NOTE, []) == {}


def test_any_number_of_keys(store: SqlStore) -> None:
    rows = [note(f"{number:05}") for number in range(1500)]
    keys: list[Key] = [(str(row["id"]),) for row in rows]
    store.put(NOTE, rows)
    assert len(store.read(NOTE, keys + keys)) == 1500
    store.delete(NOTE, keys[:1499])
    assert store.count(NOTE) == 1


def test_binary_order(store: SqlStore) -> None:
    store.put(NOTE, [note(key) for key in reversed(ORDERED)])
    assert [row["id"] for row in store.scan(NOTE)] == ORDERED


def test_pages(store: SqlStore) -> None:
    store.put(NOTE, [note(key) for key in ORDERED])
    found: list[object] = []
    after: Key | None = None
    while page := store.scan(NOTE, after=after, limit=5):
        found += [row["id"] for row in page]
        after = NOTE.key_of(page[-1])
    assert found == ORDERED


@pytest.mark.parametrize("every", [1, 4, 6, len(ORDERED), len(ORDERED) + 1])
def test_marks_are_every_so_manieth_key_in_binary_order(store: SqlStore, every: int) -> None:
    assert store.marks(NOTE, every) == []
    store.put(NOTE, [note(key) for key in reversed(ORDERED)])
    assert store.marks(NOTE, every) == [(key,) for key in ORDERED[every - 1 :: every]]


def test_marks_of_a_composite_key(store: SqlStore) -> None:
    keys = [(group, user) for group in ("A", "a", "é") for user in ("U", "u")]
    store.put(GROUP, [{"id": group, "user_id": user, "name": None} for group, user in reversed(keys)])
    assert store.marks(GROUP, 2) == [("A", "u"), ("a", "u"), ("é", "u")]


def test_a_range(store: SqlStore) -> None:
    store.put(NOTE, [note(key) for key in ORDERED])
    found = [row["id"] for row in store.scan(NOTE, after=("B",), upto=("ab",))]
    assert found == [key for key in ORDERED if b"B" < key.encode() <= b"ab"]


def test_a_composite_key(store: SqlStore) -> None:
    rows: list[Row] = [
        {"id": group, "user_id": user, "name": None} for group in ("A", "a", "é") for user in ("U", "u")
    ]
    store.put(GROUP, rows[::-1])
    assert store.scan(GROUP) == rows
    assert store.scan(GROUP, after=("A", "u"), upto=("é", "U")) == rows[2:5]
    assert store.read(GROUP, [("A", "u"), ("a", "x")]) == {("A", "u"): rows[1]}
    store.delete(GROUP, [("A", "u"), ("a", "x")])
    assert store.count(GROUP) == 5


def test_put_replaces_and_can_be_repeated(store: SqlStore) -> None:
    for _ in range(2):
        store.put(NOTE, [FULL, note("b")])
    store.put(NOTE, [note("a", title="new")])
    assert store.scan(NOTE) == [note("a", title="new"), note("b")]


def test_put_is_all_or_nothing(store: SqlStore) -> None:
    with pytest.raises(Conflict):
        store.put(NOTE, [note("a", share_id="s"), note("b", share_id="s")])
    assert store.count(NOTE) == 0


def test_refusals(store: SqlStore) -> None:
    with pytest.raises(Invalid):
        store.put(NOTE, [note("a", title=None)])
    with pytest.raises(Invalid):
        store.put(NOTE, [note("a", time_ns=2**63)])
    with pytest.raises(Invalid):
        store.put(NOTE, [note("a", title="\ud800")])
    if store.database.dialect == "postgresql":
        with pytest.raises(TooLarge):
            store.put(GROUP, [{"id": "g", "user_id": "u", "name": "x" * 21}])
        with pytest.raises(Invalid):
            store.put(NOTE, [note("a", title="\0")])
    assert store.count(NOTE) == 0


def test_a_scan_by_a_languages_order_has_an_index(postgres: Database) -> None:
    assert not postgres.binary_order
    create_tables(postgres)
    install(postgres, ENTITIES, "notes")
    with postgres.read() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        plan = connection.exec_driver_sql(
            """EXPLAIN SELECT * FROM note WHERE id COLLATE "C" > 'B' ORDER BY id COLLATE "C" LIMIT 5"""
        ).scalars()
        assert "dualwrite_note_scan" in "\n".join(plan)


def test_a_database_in_binary_order_needs_none(postgres: Database) -> None:
    with postgres.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = f"{connection.scalar(text('SELECT current_database()'))}_c"
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C'")
    url = postgres.engine.url.set(database=name, drivername="postgresql").render_as_string(
        hide_password=False
    )
    database = Database.open(url)
    assert database.binary_order
    create_tables(database)
    install(database, ENTITIES, "notes")
    store = SqlStore(database)
    store.put(NOTE, [note(key) for key in ORDERED])
    assert [row["id"] for row in store.scan(NOTE)] == ORDERED
    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM pg_indexes WHERE indexname LIKE '%_scan'")) == 0
    database.close()


class TestSqlite:
    """SQLite keeps whatever it is given."""

    @pytest.fixture
    def database_url(self, tmp_path) -> str:
        (tmp_path / "data.db").touch()
        return f"sqlite:///{tmp_path / 'data.db'}"

    def test_odd_storage_classes_pass(self, store: SqlStore, writer: Writer) -> None:
        writer(
            "INSERT INTO note (id, title, stars, time_ns, done, meta, day) VALUES ('a', ?, 1.5, 'x', 'maybe', 7, 8)",
            b"t",
        )
        writer("INSERT INTO note (id, title, stars, done) VALUES ('b', 't', 'many', 2)")
        first, second = store.scan(NOTE)
        assert (first["title"], first["stars"], first["time_ns"], first["done"]) == (b"t", 1.5, "x", "maybe")
        assert (first["meta"], first["day"]) == ("7", 8)
        assert (second["stars"], second["done"]) == ("many", 2)
        with pytest.raises(Unrepresentable):
            to_record(NOTE, second)

    def test_text_that_is_not_utf8_hides_no_other_row(self, store: SqlStore, writer: Writer) -> None:
        writer(
            "INSERT INTO note (id, title, stars) VALUES ('a', 't', 0), ('b', CAST(x'61ff' AS TEXT), 0), ('c', 't', 0)"
        )
        rows = store.scan(NOTE)
        assert [row["id"] for row in rows] == ["a", "b", "c"]
        with pytest.raises(Unrepresentable, match="title"):
            to_record(NOTE, rows[1])
        assert store.read(NOTE, [("b",), ("c",)]).keys() == {("b",), ("c",)}
        assert store.scan(NOTE, after=("b",)) == [note("c")]

    def test_a_key_that_is_not_utf8(self, store: SqlStore, writer: Writer) -> None:
        writer(
            "INSERT INTO note (id, title, stars) VALUES ('a', 't', 0), (CAST(x'61ff' AS TEXT), 't', 0), ('é', 't', 0)"
        )
        found: list[Row] = []
        after: Key | None = None
        while page := store.scan(NOTE, after=after, limit=1):
            found += page
            after = NOTE.key_of(page[-1])
        assert [row["id"] for row in found] == ["a", "a\udcff", "é"]
        assert store.read(NOTE, [("a\udcff",)]).keys() == {("a\udcff",)}
        store.delete(NOTE, [("a\udcff",)])
        assert store.count(NOTE) == 2

    def test_scan_holds_no_lock_between_pages(self, store: SqlStore, writer: Writer) -> None:
        store.put(NOTE, [note("a"), note("b")])
        page = store.scan(NOTE, limit=1)
        writer("UPDATE note SET stars = 5")  # on a rollback journal a reader would hold this commit back
        assert store.scan(NOTE, after=NOTE.key_of(page[-1])) == [note("b", stars=5)]
