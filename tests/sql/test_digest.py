"""What SQL tells of a row is what the codec makes of it, to the byte; of a row that the codec would not take it tells nothing."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dualwrite.digest import RangeDigest, digested
from dualwrite.entity import Column, Entity, Kind, Row
from dualwrite.sql import Database, SqlStore
from tests.pocketbase.strategies import HOSTILE, HOSTILE_JSON, bigints, integers, json_texts, texts
from tests.sql.notes import Writer
from tests.telling import digest_of

EVERY = [(kind, nullable) for kind, nullable in product(Kind, (False, True))]
THING = Entity(
    "thing",
    "thing",
    "things",
    ("id", "part"),
    (
        Column("id"),
        Column("part"),
        *(Column(f"{kind}{'_or_null' * nullable}", kind, nullable) for kind, nullable in EVERY),
    ),
)
TYPES = {
    Kind.TEXT: "TEXT",
    Kind.INTEGER: "BIGINT",
    Kind.BIGINT: "BIGINT",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.JSON: "JSON",
    Kind.DATE: "DATE",
}
TAKEN: dict[Kind, st.SearchStrategy[object]] = {
    Kind.TEXT: texts,
    Kind.INTEGER: integers,
    Kind.BIGINT: bigints,
    Kind.BOOLEAN: st.booleans(),
    Kind.JSON: json_texts,
    Kind.DATE: st.dates().map(lambda day: day.isoformat()),
}
PLAIN: dict[Kind, object] = {
    Kind.TEXT: "text",
    Kind.INTEGER: 1,
    Kind.BIGINT: 1,
    Kind.BOOLEAN: 1,
    Kind.JSON: "{}",
    Kind.DATE: "2024-02-29",
}
ODD = (
    None, 0, 1, -1, 2, 2**53, 2**53 + 1, -(2**53), -(2**53) - 1, 2**63 - 1, -(2**63), -(2**63) + 1, 10**18, -(10**18),
    0.0, 1.0, 1.5, -0.0, 1e300, b"", b"text", b"\xff", b"2024-02-29", "2023-02-29", "2024-2-9", "20240229", "2024-W09-4",
    "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "-001-01-01", "2024-02-29 ", "2024-02-29\0", "now", "2460370.5",
    "1", "01", "1.0", "true", "t", "-0", "9223372036854775808", '"\0', '\0"', '""\0', *HOSTILE, *HOSTILE_JSON,
)  # fmt: skip
SOME = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def table(database: Database, *, typed: bool = True) -> None:
    columns = ", ".join(
        f'"{column.name}"' + (f" {TYPES[column.kind]}" if typed else "") for column in THING.columns
    )
    with database.write() as connection:
        connection.exec_driver_sql(f"CREATE TABLE thing ({columns}, PRIMARY KEY (id, part))")


@st.composite
def things(draw: st.DrawFn, *, nul: bool) -> Row:
    """A row that the codec takes; PostgreSQL's text holds no NUL."""
    row: Row = {"id": draw(texts), "part": draw(texts)}
    for column in THING.columns[2:]:
        values = TAKEN[column.kind] | st.none() if column.nullable else TAKEN[column.kind]
        row[column.name] = draw(values)  # type: ignore[assignment]
    if nul:
        return row
    return {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in row.items()}


def test_what_the_codec_takes_is_told_as_the_codec_makes_it(database: Database) -> None:
    table(database)
    store = SqlStore(database)

    @SOME
    @given(st.lists(things(nul=database.dialect == "sqlite"), max_size=4))
    def told(rows: list[Row]) -> None:
        by_key = {THING.key_of(row): row for row in rows}
        with database.write() as connection:
            connection.exec_driver_sql("DELETE FROM thing")
        store.put(THING, list(by_key.values()))
        expected, found = digest_of(THING, store.scan(THING)), digested(store.tell(THING).values())
        assert found.rows == expected.rows == len(by_key)
        assert expected.sha256 is not None
        numbers = (row[name] for row in rows for name in ("json", "json_or_null"))
        if database.dialect == "sqlite" and any(is_real(number) for number in numbers):
            assert found.sha256 is None or found == expected
        else:
            assert found == expected

    told()


def is_real(text: object) -> bool:
    """What a column declared JSON makes a REAL of: SQL does not write it as Python does, and tells nothing."""
    number = json.loads(text) if isinstance(text, str) else None
    return isinstance(number, float) or (isinstance(number, int) and abs(number) >= 2**63)


@pytest.fixture(params=[True, False], ids=["typed", "untyped"])
def sqlite(request: pytest.FixtureRequest, database: Database) -> SqlStore:
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL's columns hold what their types say")
    table(database, typed=request.param)
    return SqlStore(database)


NOT_TOLD = {
    Kind.JSON: (float,),  # the codec takes a number for what Python would write
    Kind.DATE: ("20240229", "2024-W09-4"),  # forms of ISO 8601 that SQLite does not know
}


@pytest.mark.parametrize("column", THING.columns[2:], ids=lambda column: column.name)
def test_of_what_it_would_not_take_nothing_is_told(sqlite: SqlStore, writer: Writer, column: Column) -> None:
    names = [other.name for other in THING.columns]
    marks = ", ".join("?" for _ in names)
    told = 0
    for value in ODD:
        row = {other.name: PLAIN[other.kind] for other in THING.columns} | {column.name: value}
        writer("DELETE FROM thing")
        writer(f"INSERT INTO thing ({', '.join(names)}) VALUES ({marks})", *row.values())
        (found,) = sqlite.scan(THING)
        expected, digest = digest_of(THING, [found]), digested(sqlite.tell(THING).values())
        ((stored,),) = writer(f'SELECT "{column.name}" FROM thing').fetchall()
        unknown = any(stored == one or type(stored) is one for one in NOT_TOLD.get(column.kind, ()))
        assert digest.sha256 == (None if unknown else expected.sha256), value
        assert digest.rows == 1
        told += digest.sha256 is not None
    assert 0 < told < len(ODD)


@pytest.mark.parametrize("column", ["id", "text", "json"])
def test_of_bytes_that_are_no_text_there_is_no_digest(sqlite: SqlStore, writer: Writer, column: str) -> None:
    values = [PLAIN[other.kind] for other in THING.columns]
    writer(f"INSERT INTO thing VALUES ({', '.join('?' for _ in values)})", *values)
    assert digested(sqlite.tell(THING).values()).sha256 is not None
    writer(f"UPDATE thing SET {column} = CAST(x'ff' AS TEXT)")
    assert digested(sqlite.tell(THING).values()) == RangeDigest(1, None)


def test_a_digest_is_of_what_a_scan_finds(database: Database) -> None:
    table(database)
    store = SqlStore(database)
    keys = [("a", "x"), ("a", "y"), ("b", "x"), ("é", ""), ("\U0001f600", "")]
    values = {column.name: PLAIN[column.kind] for column in THING.columns[2:]}
    values |= {column.name: True for column in THING.columns if column.kind is Kind.BOOLEAN}
    store.put(THING, [{"id": key, "part": part, **values} for key, part in keys])  # type: ignore[dict-item]
    for after, upto in product([None, *keys], [None, *keys]):
        for limit in (1, 2, 10):
            rows = store.scan(THING, after=after, upto=upto, limit=limit)
            told = store.tell(THING, after=after, upto=upto, limit=limit)
            assert list(told) == [THING.key_of(row) for row in rows]
            assert digested(told.values()) == digest_of(THING, rows)
