"""A condition selects the same rows in SQLite, in Python, over the hook routes and over the list API."""

from __future__ import annotations

import sqlite3
from time import monotonic
from typing import assert_never

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dualwrite.entity import Row
from dualwrite.errors import ConfigurationError, Unrepresentable
from dualwrite.pocketbase import (
    Pattern,
    PocketBase,
    PocketBaseStore,
    Where,
    all_of,
    any_of,
    contains,
    eq,
    ge,
    gt,
    ilike,
    in_,
    is_null,
    json_has_all,
    json_has_any,
    json_like,
    le,
    like,
    lt,
    matches,
    ne,
    not_,
    not_null,
)
from dualwrite.pocketbase.predicate import like as like_as_sqlite
from dualwrite.pocketbase.where import All, Any, Compare, Contains, In, JsonHas, JsonLike, Like, Null, Op
from tests.fixtures.pocketbase import empty
from tests.pocketbase.notes import NOTE, note
from tests.pocketbase.strategies import HOSTILE

SIGNS = {
    Op.EQ: "=",
    Op.NE: "!=",
    Op.LT: "<",
    Op.LE: "<=",
    Op.GT: ">",
    Op.GE: ">=",
    Op.LIKE: "LIKE",
    Op.NOT_LIKE: "NOT LIKE",
}
DOCUMENTS = (
    "{}", "[]", "null", "1.0", '{"tags":["a","b"]}', '{"tags":["b","%"]}', '{"tags":"a"}', '{"tags":{"x":"a"}}', '{"tags":[1,null]}',
    '{"m":{"1":{"content":"Hello"},"2":{"content":["x"]},"3":"hello"}}', '{"m":[{"content":"say HELLO"},5,null,{"content":1}]}',
    '{"m":"hello"}', '{"m":[{"content":"a\\u0000hello"},{"content":[1, 2.5,"\\u00e9"]},{"content":true},{"content":-1e3}],"n":10}',  '{"$sql":"x","tags":["a"]}', '{"tags":["\\ud800","a"]}',
)  # fmt: skip
PATTERNS = (
    "",
    "%",
    "_",
    "a%",
    "%A",
    "%a%b%",
    "a_b",
    "%'%",
    '""',
    '"%',
    "%\\%",
    "\\_",
    "@request%",
    "ü",
    "Ü",
    "%é%",
    "a\0%",
)

texts = st.sampled_from(HOSTILE)
numbers = st.sampled_from([-(2**53), -1, 0, 1, 7, 2**53])
bigs = st.sampled_from([-(2**63), -1, 0, 1, 2**53 + 1, 2**63 - 1])
days = st.sampled_from(["2024-02-29", "2024-03-01"])
documents = st.sampled_from(DOCUMENTS)
values = {
    "id": texts, "title": texts, "body": texts, "rank": numbers, "stars": bigs, "at": bigs,
    "done": st.booleans(), "pinned": st.booleans(), "day": days,
}  # fmt: skip
nullable = ("title", "stars", "pinned", "day", "meta")
rows = st.lists(
    st.builds(
        note,
        id=st.text(min_size=1, max_size=3),
        **{
            name: (st.none() | strategy) if name in nullable else strategy
            for name, strategy in (values | {"meta": documents, "doc": documents}).items()
            if name != "id"
        },
    ),
    max_size=12,
    unique_by=NOTE.key_of,
)
comparisons = st.sampled_from(sorted(values)).flatmap(
    lambda name: st.one_of(
        st.builds(
            lambda make, value: make(name, value), st.sampled_from([eq, ne, lt, le, gt, ge]), values[name]
        ),
        st.builds(lambda many: in_(name, many), st.lists(values[name], max_size=4)),
        st.sampled_from([is_null(name), not_null(name)]),
    )
)
likes = st.builds(
    lambda make, name, pattern: make(name, pattern),
    st.sampled_from([like, ilike]),
    st.sampled_from(["title", "body"]),
    st.sampled_from(PATTERNS),
)
FOLDS = ((), (("Ü", "ü"), ("İ", "i")), (("a", "%"),))
patterns = st.builds(
    Pattern,
    st.sampled_from((*PATTERNS, "\\%%", "%\\", "\\a", "%i%", "%hello%", "%1%", "hello")),
    st.sampled_from(FOLDS),
    st.sampled_from((None, "\\")),
)
own_rules = st.one_of(
    st.builds(like, st.sampled_from(["title", "body"]), patterns),
    st.builds(contains, st.sampled_from(["title", "body"]), st.sampled_from(["", "a", "A", "%", "é", '"'])),
    st.builds(
        lambda path, pattern, any_kind, without: json_like(
            "doc", path, pattern, any_kind=any_kind, without=without
        ),
        st.sampled_from([["m", "*", "content"], ["m", "*"], ["tags", "*"], ["n"]]),
        patterns,
        st.booleans(),
        st.sampled_from(["", "u0000", "H"]),
    ),
)
json_leaves = st.one_of(
    st.builds(
        lambda make, name, tags: make(name, ["tags"], tags),
        st.sampled_from([json_has_any, json_has_all]),
        st.sampled_from(["meta", "doc"]),
        st.lists(st.sampled_from(["a", "b", "%"]), max_size=3),
    ),
    st.builds(
        lambda name, path, pattern: json_like(name, path, pattern),
        st.sampled_from(["meta", "doc"]),
        st.sampled_from([["m", "*", "content"], ["m", "*"], ["m"], ["*", "*", "content"], ["tags", "*"]]),
        st.sampled_from(["%hello%", "hello", "a", "%"]),
    ),
    st.sampled_from([is_null("meta"), not_null("meta")]),
)


def trees(leaves: st.SearchStrategy[Where]) -> st.SearchStrategy[Where]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(not_),
            st.lists(inner, max_size=3).map(lambda each: all_of(*each)),
            st.lists(inner, max_size=3).map(lambda each: any_of(*each)),
        ),
        max_leaves=5,
    )


def sql(where: Where) -> tuple[str, list[object]]:
    """The condition as a person would write it in SQL."""
    match where:
        case All(of) | Any(of):
            word, nothing = (" AND ", "1") if isinstance(where, All) else (" OR ", "0")
            parts = [sql(each) for each in of]
            text = "(" + word.join(part for part, _ in parts) + ")" if parts else nothing
            return text, [param for _, params in parts for param in params]
        case Null(column, wanted):
            return f"{column} IS {'' if wanted else 'NOT '}NULL", []
        case Compare(op, column, value):
            return f"{column} {SIGNS[op]} ?", [value]
        case In(column, many, wanted):
            if not many:
                return ("0" if wanted else f"{column} IS NOT NULL"), []
            return f"{column} {'' if wanted else 'NOT '}IN ({','.join('?' * len(many))})", list(many)
        case Like() | Contains() | JsonHas() | JsonLike():
            raise NotImplementedError
        case _:
            assert_never(where)


@given(rows=rows, where=trees(comparisons | likes))
@settings(max_examples=200, deadline=None)
def test_python_decides_a_condition_as_sqlite_does(rows: list[Row], where: Where) -> None:
    names = [column.name for column in NOTE.columns]
    with sqlite3.connect(":memory:") as db:
        db.execute(f"CREATE TABLE note ({','.join(names)})")
        db.executemany(
            f"INSERT INTO note VALUES ({','.join('?' * len(names))})", [list(row.values()) for row in rows]
        )
        text, params = sql(where)
        selected = [
            at - 1 for (at,) in db.execute(f"SELECT rowid FROM note WHERE {text} ORDER BY rowid", params)
        ]
    db.close()
    assert [at for at, row in enumerate(rows) if matches(where, row)] == selected


@given(
    rows=rows, wheres=st.lists(trees(comparisons | likes | own_rules | json_leaves), min_size=6, max_size=6)
)
@example(
    rows=[note(f"{at}", title=text) for at, text in enumerate(HOSTILE)],
    wheres=[eq("title", text) for text in HOSTILE],
)
@example(
    rows=[note(f"{at}", title=text) for at, text in enumerate(HOSTILE)],
    wheres=[like("title", text) for text in HOSTILE],
)
@example(
    rows=[note(f"{at}", meta=text) for at, text in enumerate(DOCUMENTS)],
    wheres=[json_has_all("meta", ["tags"], "ab"), is_null("meta")],
)
@example(
    rows=[note(f"{at}", doc=text) for at, text in enumerate(DOCUMENTS)],
    wheres=[
        json_like("doc", ["m", "*", "content"], Pattern(text), any_kind=True, without=without)
        for text in ("%h%", "%,2.5%", "1", "%-1%", "%u00E9%", "%")
        for without in ("", "u0000")
    ],
)
@example(
    rows=[note(f"{at}", title=text, body=text) for at, text in enumerate(HOSTILE)],
    wheres=[
        each
        for text in ("%ü%", "i", "\\%", "%\\", "\\a", "_")
        for escape in (None, "\\")
        for each in (like("title", Pattern(text, FOLDS[1], escape)), not_(contains("title", text)))
    ],
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pocketbase_selects_what_python_does(pb: PocketBase, rows: list[Row], wheres: list[Where]) -> None:
    empty(pb)
    PocketBaseStore(pb).put(NOTE, rows)
    records = pb.records(NOTE)
    for where in wheres:
        expected = sorted(NOTE.key_of(row) for row in rows if matches(where, row))
        assert sorted(NOTE.key_of(row) for row in records.find(where)) == expected
        assert records.count(where) == len(expected)


@given(
    rows=rows,
    sort=st.lists(st.sampled_from(sorted(values)), max_size=3, unique=True),
    signs=st.tuples(*[st.sampled_from(["", "-"])] * 3),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_come_in_the_order_of_sqlite(
    pb: PocketBase, rows: list[Row], sort: list[str], signs: tuple[str, ...]
) -> None:
    empty(pb)
    PocketBaseStore(pb).put(NOTE, rows)
    asked = [sign + name for sign, name in zip(signs, sort, strict=False)]
    order = [f"{name} {'DESC' if sign else 'ASC'}" for sign, name in zip(signs, sort, strict=False)] + [
        "id",
        "user_id",
    ]
    names = [column.name for column in NOTE.columns]
    with sqlite3.connect(":memory:") as db:
        db.execute(f"CREATE TABLE note ({','.join(names)})")
        db.executemany(
            f"INSERT INTO note VALUES ({','.join('?' * len(names))})", [list(row.values()) for row in rows]
        )
        expected = list(db.execute(f"SELECT id,user_id FROM note ORDER BY {','.join(order)}"))
    db.close()
    records = pb.records(NOTE)
    assert [NOTE.key_of(row) for row in records.find(sort=asked)] == expected
    for offset, limit in ((0, 2), (2, 2), (1, 3), (5, 100)):
        part = records.find(sort=asked, offset=offset, limit=limit)
        assert [NOTE.key_of(row) for row in part] == expected[offset : offset + limit]


@pytest.mark.parametrize("name", ["title", "stars", "pinned", "day"])
def test_null_may_be_greatest_as_in_postgresql(pb: PocketBase, name: str) -> None:
    values = {
        "title": ["", "a"],
        "stars": [-1, 1],
        "pinned": [False, True],
        "day": ["2024-02-29", "2024-03-01"],
    }
    low, high = values[name]
    PocketBaseStore(pb).put(
        NOTE, [note(f"{at}", **{name: value}) for at, value in enumerate((None, high, low, None))]
    )
    for sort, order in ((name, "2103"), (f"-{name}", "0312")):
        for limit in (None, 4):
            found = pb.records(NOTE).find(sort=[sort], nulls_greatest=True, limit=limit)
            assert "".join(str(row["id"]) for row in found) == order


def test_some_columns_of_rows_of_any_size(pb: PocketBase) -> None:
    rows = [note(f"{at}", doc='{"x":"' + "y" * 3_000_000 + '"}', body=f"{at}") for at in range(4)]
    PocketBaseStore(pb).put(NOTE, rows)
    for columns in (["id", "body"], ["doc", "rank"], ["body"]):
        found = pb.records(NOTE).find(sort=["-body"], columns=columns)
        assert [list(row) for row in found] == [columns] * 4
        if "doc" in columns:
            assert [len(str(row["doc"])) >= 3_000_000 for row in found] == [True] * 4
        else:
            assert [row["body"] for row in found] == ["3", "2", "1", "0"]


def test_every_comparison_with_null_and_with_quotes_is_that_of_sql(pb: PocketBase) -> None:
    """The codec's marks for NULL and for empty text must not show: not in equality, not in order."""
    titles = [None, "", '"', '""', "''", "!", " ", "#", "a", "A"]
    rows = [
        note(f"{at}", title=title, stars=at - 4 or None, pinned=[None, True, False][at % 3])
        for at, title in enumerate(titles)
    ]
    PocketBaseStore(pb).put(NOTE, rows)
    conditions = [
        make("title", title)
        for make in (eq, ne, lt, le, gt, ge, like)
        for title in titles
        if title is not None
    ]
    conditions += [make("stars", stars) for make in (eq, ne, lt, le, gt, ge) for stars in (-1, 1)]
    conditions += [make("pinned", pinned) for make in (eq, ne, lt, ge) for pinned in (False, True)]
    conditions += [
        in_("title", ["", "a"]),
        in_("title", []),
        is_null("title"),
        is_null("pinned"),
        like("body", ""),
    ]
    for where in conditions:
        for each in (where, not_(where)):
            found = pb.records(NOTE).find(each)
            assert [row["id"] for row in found] == [row["id"] for row in rows if matches(each, row)], each


@pytest.mark.parametrize("count", [200, 201, 1_400])
def test_a_pattern_may_fold_any_number_of_characters(count: int, pb: PocketBase) -> None:
    capitals = [chr(0x4E00 + at) for at in range(count)]
    pattern = Pattern("%" + "x" * count + "y%", tuple((capital, "x") for capital in capitals))
    text = "".join(capitals) + "y"
    PocketBaseStore(pb).put(
        NOTE,
        [note("1", title=text, doc=f'{{"m":["{text}"]}}'), note("2", title=text[1:], doc='{"m":["xy"]}')],
    )
    for where in (like("title", pattern), json_like("doc", ["m", "*"], pattern)):
        assert [row["id"] for row in pb.records(NOTE).find(where)] == ["1"]


def test_a_sort_by_json_is_refused(pb: PocketBase) -> None:
    with pytest.raises(Unrepresentable, match="no order"):
        pb.records(NOTE).find(sort=["doc"])


def test_a_thousand_values_find_their_rows(pb: PocketBase) -> None:
    PocketBaseStore(pb).put(NOTE, [note(f"{at}", title=f"title {at}", rank=at % 2) for at in range(1_200)])
    records = pb.records(NOTE)
    wanted = [f"title {at}" for at in range(1_000)]
    assert len(records.find(in_("title", wanted))) == 1_000
    assert records.count(all_of(eq("rank", 1), in_("title", wanted))) == 500
    assert records.count(not_(in_("title", wanted))) == 200
    assert [row["id"] for row in records.find(in_("title", wanted), sort=["-rank", "title"], limit=2)] == [
        "1",
        "101",
    ]


def test_a_value_of_any_length_finds_its_row(pb: PocketBase) -> None:
    long = "€" * 100_000
    records = pb.records(NOTE)
    records.create(note("long", title=long))
    records.create(note("short", title=long[:-1]))
    assert [row["id"] for row in records.find(eq("title", long))] == ["long"]


@pytest.mark.parametrize(
    "where", [eq("rank", "1"), eq("done", 1), eq("doc", "{}"), eq("body", "\ud800"), lt("title", 5)]
)
def test_a_value_that_the_column_never_holds_is_refused(pb: PocketBase, where: Where) -> None:
    with pytest.raises(Unrepresentable):
        pb.records(NOTE).find(where)


def test_a_json_path_with_a_quote_is_refused(hooked: PocketBase) -> None:
    with pytest.raises(ConfigurationError):
        hooked.records(NOTE).find(json_has_any("meta", ['a"b'], ["x"]))


def test_an_unknown_column_is_a_programming_error(pb: PocketBase) -> None:
    with pytest.raises(KeyError):
        pb.records(NOTE).find(eq("nope", 1))


def test_no_pattern_that_somebody_typed_keeps_this_process_busy() -> None:
    """Without the hooks a part of a search is decided here."""
    begin = monotonic()
    for text, pattern in (
        ("a" * 3000, "%a" * 30 + "b"),
        ("ab" * 3000, "%_a%b" * 30 + "c"),
        ("a" * 3000, "%" * 3000 + "b"),
    ):
        assert not like_as_sqlite(text, pattern)
    assert monotonic() - begin < 2.0
