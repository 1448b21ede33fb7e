"""What a generated database is like."""

import hashlib
import itertools
import json
import sqlite3
import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import pytest

from dualwrite.codec import from_record, to_record
from dualwrite.entity import Kind
from dualwrite.errors import Unrepresentable
from dualwrite.rehearse.material import Size
from dualwrite.sql import Database, SqlStore
from repos.entities import CHAT, ENTITIES
from repos.rehearsal import schema
from repos.rehearsal.awkward import LONE_SURROGATE, NUL, OBJECTS, TEXTS
from repos.rehearsal.connection import Dialect, connected
from repos.rehearsal.material import OpenWebUIRehearsal
from repos.rehearsal.names import Names
from repos.rehearsal.rows.chat import chats
from repos.rehearsal.sample import generate

Sample = tuple[Path, Mapping[str, int]]


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def contents(path: Path) -> str:
    connection = sqlite3.connect(path)
    digest = hashlib.sha256("\n".join(connection.iterdump()).encode("utf-8", "surrogatepass")).hexdigest()
    connection.close()
    return digest


def test_same_seed_same_bytes_and_another_seed_another_database(tmp_path: Path) -> None:
    digests = []
    for number, seed in enumerate((3, 3, 4)):
        path = tmp_path / f"{number}.db"
        OpenWebUIRehearsal().create(str(path), Size(users=9, rows=50, seed=seed))
        digests.append(contents(path))
    assert digests[0] == digests[1] != digests[2]


def test_counts_are_what_the_tables_hold(sample: Sample) -> None:
    path, counts = sample
    assert set(counts) == {entity.name for entity in ENTITIES}
    assert {name: rows(path, f'SELECT count(*) FROM "{name}"')[0][0] for name in counts} == counts
    assert counts["chat"] == 600


@pytest.mark.parametrize("mean", [2_000, 8_000, 30_000])
def test_chats_are_as_large_as_asked_on_average_and_a_few_are_huge(mean: int) -> None:
    sizes = [len(str(row["chat"])) for row in chats(Names(1, 50), Dialect.SQLITE, 2000, mean, 0)]
    assert 0.7 * mean < sum(sizes) / len(sizes) < 1.5 * mean
    assert max(sizes) > 290_000
    assert sorted(sizes)[1000] < mean  # a long tail: the median lies well below the mean


def test_every_json_column_is_json_and_nothing_is_unrepresentable(database_url: str) -> None:
    OpenWebUIRehearsal().create(database_url, Size(users=40, rows=300, row_bytes=2000))
    database = Database.open(database_url)
    store = SqlStore(database)
    for entity in ENTITIES:
        found = store.scan(entity, limit=100_000)
        assert len(found) == store.count(entity) > 0
        for row in found:
            for column in entity.columns:
                if column.kind is Kind.JSON and row[column.name] is not None:
                    json.loads(str(row[column.name]))
            assert from_record(entity, to_record(entity, row)) == row
    database.close()


@pytest.mark.parametrize("name", TEXTS)
def test_every_awkward_text_is_there(sample: Sample, name: str) -> None:
    places = "SELECT name FROM user UNION SELECT title FROM chat UNION SELECT filename FROM file UNION SELECT content FROM message"
    found = {str(row[0]).split("\x00")[0] for row in rows(sample[0], places)}
    assert TEXTS[name] in found


@pytest.mark.parametrize("name", OBJECTS)
def test_every_awkward_object_is_there(sample: Sample, name: str) -> None:
    for query in ("SELECT chat FROM chat", "SELECT data FROM file UNION ALL SELECT data FROM message"):
        assert any(json.dumps(OBJECTS[name]) in str(text) for (text,) in rows(sample[0], query)), query


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("pinned NULL", "SELECT 1 FROM chat WHERE pinned IS NULL"),
        ("pinned false", "SELECT 1 FROM chat WHERE pinned = 0"),
        ("pinned true", "SELECT 1 FROM chat WHERE pinned = 1"),
        ("archived", "SELECT 1 FROM chat WHERE archived = 1"),
        ("no folder", "SELECT 1 FROM chat WHERE folder_id IS NULL"),
        ("ties in the sort key", "SELECT 1 FROM user GROUP BY last_active_at HAVING count(*) > 1"),
        ("SQL NULL in JSON", "SELECT 1 FROM model WHERE access_control IS NULL"),
        ("JSON null", "SELECT 1 FROM model WHERE access_control = 'null'"),
        ("empty object", "SELECT 1 FROM model WHERE access_control = '{}'"),
        ("empty text", "SELECT 1 FROM file WHERE path = ''"),
        ("NULL text", "SELECT 1 FROM file WHERE path IS NULL"),
        ("settings without SQLAlchemy's None", "SELECT 1 FROM user WHERE settings IS NULL"),
        ("settings JSON null", "SELECT 1 FROM user WHERE settings = 'null'"),
        ("compact JSON, unescaped", "SELECT 1 FROM file WHERE meta LIKE '{\"name\":%'"),
        ("nanoseconds beyond a float64", "SELECT 1 FROM message WHERE CAST(created_at AS REAL) <> created_at"),
        ("thread", "SELECT 1 FROM message a JOIN message b ON a.parent_id = b.id AND a.channel_id = b.channel_id"),
        ("reply", "SELECT 1 FROM message a JOIN message b ON a.reply_to_id = b.id AND a.channel_id = b.channel_id"),
        ("raw NUL in text", "SELECT 1 FROM message WHERE instr(CAST(content AS BLOB), x'00')"),
        ("nested folder", "SELECT 1 FROM folder a JOIN folder b ON a.parent_id = b.id AND b.parent_id IS NOT NULL"),
        ("ids that differ in case", "SELECT 1 FROM model a JOIN model b ON lower(a.id) = lower(b.id) AND a.id <> b.id"),
        ("one tag id, many users", "SELECT 1 FROM tag GROUP BY id HAVING count(*) > 1"),
        ("no members", "SELECT 1 FROM \"group\" WHERE user_ids = '[]'"),
        ("tags in a chat", "SELECT 1 FROM chat WHERE json_array_length(meta, '$.tags') > 1"),
    ],
)  # fmt: skip
def test_every_other_awkward_class_is_there(sample: Sample, what: str, query: str) -> None:
    assert rows(sample[0], query), what


def test_references_lead_somewhere(sample: Sample) -> None:
    for query in (
        "SELECT 1 FROM chat WHERE user_id NOT IN (SELECT id FROM user) AND user_id NOT LIKE 'shared-%'",
        "SELECT 1 FROM chat WHERE folder_id NOT IN (SELECT id FROM folder)",
        "SELECT 1 FROM message_reaction WHERE message_id NOT IN (SELECT id FROM message)",
        "SELECT 1 FROM tag WHERE user_id NOT IN (SELECT id FROM user)",
        "SELECT 1 FROM chat, json_each(chat.meta, '$.tags') t WHERE user_id NOT LIKE 'shared-%'"
        " AND NOT EXISTS (SELECT 1 FROM tag WHERE tag.id = t.value AND tag.user_id = chat.user_id)",
        'SELECT 1 FROM "group" g, json_each(g.user_ids) m WHERE m.value NOT IN (SELECT id FROM user)',
    ):
        assert rows(sample[0], query) == [], query


def test_a_shared_copy_is_its_original_under_another_owner(sample: Sample) -> None:
    pairs = rows(
        sample[0],
        "SELECT o.id, c.user_id, o.chat = c.chat, c.share_id FROM chat o JOIN chat c ON o.share_id = c.id",
    )
    assert len(pairs) == 15
    assert all(pair[1:] == (f"shared-{pair[0]}", 1, None) for pair in pairs)


def test_histories_are_trees_and_the_list_is_the_branch_that_is_shown(sample: Sample) -> None:
    branched = 0
    for (text,) in rows(sample[0], "SELECT chat FROM chat"):
        chat = json.loads(str(text))
        tree = chat["history"]["messages"]
        for identity, message in tree.items():
            assert message["id"] == identity
            assert all(tree[child]["parentId"] == identity for child in message["childrenIds"])
            branched += len(message["childrenIds"]) > 1
        path = [message["id"] for message in chat["messages"]]
        assert path[-1:] == ([chat["history"]["currentId"]] if tree else [])
        assert all(tree[b]["parentId"] == a for a, b in itertools.pairwise(path))
    assert branched


def test_postgresql_has_what_its_json_operators_cannot_open_only_where_nobody_opens_it() -> None:
    for row in chats(Names(1, 20), Dialect.POSTGRESQL, 300, 1000, 0):
        assert "\\u0000" not in str(row["chat"])
        json.loads(str(row["chat"])).__repr__().encode()  # no lone surrogate
    assert {NUL, LONE_SURROGATE} < set(OBJECTS)


def test_postgresqls_own_json_functions_open_every_chat(postgres_url: str) -> None:
    OpenWebUIRehearsal().create(postgres_url, Size(users=10, rows=120, row_bytes=2000))
    with connected(postgres_url) as connection:
        connection.rows("SELECT count(chat::jsonb), count(meta::jsonb) FROM chat")
        connection.rows(
            "SELECT message->>'content' FROM chat, json_array_elements(chat.chat->'messages') message"
        )


def test_unrepresentable_rows_are_there_on_request_only(tmp_path: Path) -> None:
    path = tmp_path / "nan.db"
    OpenWebUIRehearsal().create(str(path), Size(users=5, rows=60, unrepresentable=3))
    database = Database.open(f"sqlite:///{path}")
    refused = 0
    for row in SqlStore(database).scan(CHAT, limit=100):
        try:
            to_record(CHAT, row)
        except Unrepresentable:
            refused += 1
    database.close()
    assert refused == 3


def test_refuses_sizes_it_cannot_make(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one user"):
        generate(str(tmp_path / "x.db"), users=0, chats=1, seed=1)
    with pytest.raises(ValueError, match="no NaN"):
        generate(postgres_url, users=1, chats=1, seed=1, not_a_number=1)


def test_progress_ends_at_the_total(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = str(tmp_path / "p.db")
    counts = OpenWebUIRehearsal().create(
        path, Size(users=5, rows=9), progress=lambda done, of: told.append((done, of))
    )
    assert told == sorted(told)
    assert told[-1] == (sum(counts.values()), sum(counts.values()))


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    peaks = []
    for count in (2_000, 20_000):
        path = str(tmp_path / f"{count}.db")
        schema.create(path)
        tracemalloc.start()
        generate(path, users=20, chats=count, seed=1, chat_bytes=1000)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 3_000_000
