"""Rows as hostile as the codec must bear."""

from __future__ import annotations

import json
from datetime import date

from hypothesis import strategies as st

from dualwrite.entity import Row
from tests.pocketbase.notes import NOTE

HOSTILE = (
    "", '"', '""', '"""', "\0", "a\0b", " ", " null ", "null", "true", "123", "1.0", "1e400", "{}", "[]", '{"a":1}',
    "'", "\\", "x\\' || id!='", "@request.query.v1", "%", "_", "\\%", "{:p0}", "[[id]]", "{{t}}", "é", "\u2028", "\U0001f600",
    "\ud7ff\ue000", "a'b\"c`d", "$sql", '{"$sql":null}', "A", "a", "Ü", "ü", "İ", "-1", "x" * 300,
)  # fmt: skip
HOSTILE_JSON = (
    "null", "true", "1", "1.0", "-0", "-0.0", "1e5", "1E400", "12345678901234567890123", '"123"', '""', '"null"',
    "[]", "{}", " {}", "{ }", '{"z":1,"a":1.0,"big":1763856000123456789}', '{"a":1,"a":2}', '{"x":1e400}', "[1e-400]",
    '{"\\ud800":"\\udfff"}', '"\\u0000"', '["\\/","/"]', '{"$sql":null}', '{"$sql":"x"}', '{"$sql":"x","y":1}',
    '{"\\u0024sql":1}', '{"a":{"$sql":1}}', '[1,\n 2]\n', "null ", '"\\ud83d\\ude00"', '"\U0001f600"', '{"tags":["a","b"]}',
)  # fmt: skip

texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
json_texts = st.one_of(
    st.sampled_from(HOSTILE_JSON),
    st.builds(
        lambda value, ascii_only, indent: json.dumps(value, ensure_ascii=ascii_only, indent=indent),
        json_values,
        st.booleans(),
        st.sampled_from([None, 1]),
    ),
)
bigints = st.one_of(
    st.sampled_from([0, -1, 2**63 - 1, -(2**63), 2**53 + 1]), st.integers(-(2**63), 2**63 - 1)
)
integers = st.integers(-(2**53), 2**53)


def _row(values: tuple[object, ...]) -> Row:
    return dict(zip([column.name for column in NOTE.columns], values, strict=True))  # type: ignore[arg-type]


notes: st.SearchStrategy[Row] = st.tuples(
    st.text(min_size=1, max_size=8),
    texts,
    st.none() | texts,
    texts,
    integers,
    st.none() | bigints,
    bigints,
    st.none() | bigints,
    st.booleans(),
    st.none() | st.booleans(),
    st.none() | json_texts,
    json_texts,
    st.none() | st.dates(min_value=date(1, 1, 1)).map(date.isoformat),
    st.none(),
).map(_row)
