"""The codec is a bijection between rows and records."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualwrite.codec import (
    canonical,
    canonical_json,
    decode,
    encode,
    from_api_record,
    from_record,
    stored_as_text,
    to_record,
)
from dualwrite.entity import RECORD_ID_PATTERN, Column, Kind, Row
from dualwrite.errors import Unrepresentable
from tests.pocketbase.notes import NOTE, note
from tests.pocketbase.strategies import HOSTILE, HOSTILE_JSON, bigints, json_texts, notes, texts


def through_the_record_api(record: dict[str, object]) -> dict[str, object]:
    """What the record API answers: JSON fields parsed."""
    fields = {column.field for column in NOTE.columns if column.kind is Kind.JSON}
    return {name: json.loads(str(value)) if name in fields else value for name, value in record.items()}


@given(row=notes)
def test_a_row_comes_back_from_its_record(row: Row) -> None:
    assert from_record(NOTE, to_record(NOTE, row)) == row


@given(row=notes)
def test_a_row_comes_back_from_the_record_api_in_canonical_form(row: Row) -> None:
    found = from_api_record(NOTE, through_the_record_api(to_record(NOTE, row)))
    assert canonical(NOTE, found) == canonical(NOTE, row)


@given(one=st.none() | texts, other=st.none() | texts)
def test_two_texts_never_share_an_encoding(one: str | None, other: str | None) -> None:
    column = Column("title", nullable=True)
    assert (encode(column, one) == encode(column, other)) == (one == other)


@given(one=bigints, other=bigints)
def test_bigints_sort_as_text_as_they_sort_as_numbers(one: int, other: int) -> None:
    column = Column("at", Kind.BIGINT)
    assert (str(encode(column, one)) < str(encode(column, other))) == (one < other)


@pytest.mark.parametrize("text", HOSTILE_JSON)
def test_json_text_survives_byte_for_byte(text: str) -> None:
    column = Column("doc", Kind.JSON)
    assert decode(column, encode(column, text)) == text


@given(text=json_texts)
def test_what_is_sent_as_json_never_looks_like_anything_else(text: str) -> None:
    sent = encode(Column("doc", Kind.JSON, nullable=True), text)
    assert isinstance(sent, str)
    assert sent[0] in '{["' or sent in ("null", "true", "false")
    sent.encode()
    json.loads(sent)


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "1.0",
        " {}",
        "null ",
        '{"x":1e400}',
        "9" * 400,
        "9" * 5000,
        '[{"a":1,"a":2}]',
        '"\\ud800"',
        '{"$sql":1}',
    ],
)
def test_json_that_pocketbase_would_change_is_boxed(text: str) -> None:
    assert json.loads(str(encode(Column("doc", Kind.JSON), text))) == {"$sql": text}


@pytest.mark.parametrize(
    "text", ["{}", '{"id":"3e123"}', '"\\ud83d\\ude00"', "null", '{"a":{"$sql":1}}', "[1.0]"]
)
def test_other_json_is_sent_as_it_is(text: str) -> None:
    assert encode(Column("doc", Kind.JSON), text) == text


def test_json_null_is_not_sql_null() -> None:
    column = Column("meta", Kind.JSON, nullable=True)
    assert encode(column, None) != encode(column, "null")
    assert decode(column, encode(column, None)) is None
    assert decode(column, encode(column, "null")) == "null"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"doc": "NaN"}, "holds NaN, which is not JSON"),
        ({"doc": '{"a":[-Infinity]}'}, "holds -Infinity, which is not JSON"),
        ({"doc": "{"}, "is not valid JSON"),
        ({"doc": "[1e400,"}, "is not valid JSON"),
        ({"doc": ""}, "is not valid JSON"),
        ({"doc": None}, "is NULL in a column that is declared without NULL"),
        ({"body": 5}, "holds int instead of text"),
        ({"body": "\ud800"}, "holds a lone surrogate, which is not valid UTF-8"),
        ({"rank": True}, "holds bool instead of an integer"),
        ({"rank": 2**53 + 1}, "holds an integer beyond 2**53, which a PocketBase number would round"),
        ({"at": 2**63}, "holds an integer of more than 64 bits"),
        ({"done": 1}, "holds int instead of a boolean"),
    ],
)
def test_what_cannot_be_held_is_refused_by_column_and_reason(changes: Row, reason: str) -> None:
    with pytest.raises(Unrepresentable) as refused:
        to_record(NOTE, note(**changes))
    assert (refused.value.path, refused.value.reason) == (next(iter(changes)), reason)
    assert refused.value.key == ("n", "u")


def test_a_date_must_be_iso_8601() -> None:
    with pytest.raises(Unrepresentable, match="day"):
        to_record(NOTE, note(day="yesterday"))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (Column("a", Kind.BOOLEAN, nullable=True), "yes"),
        (Column("a", Kind.JSON), '{"$sql":5}'),
        (Column("a"), 5),
        (Column("a", Kind.INTEGER), "5"),
    ],
)
def test_what_this_library_never_wrote_is_refused(column: Column, value: object) -> None:
    with pytest.raises((ValueError, KeyError)):
        decode(column, value)


def test_canonical_json_keeps_order_and_types_and_drops_spacing() -> None:
    assert (
        canonical_json('{"z":1, "a":1.0,"big":1763856000123456789}')
        == '{"z": 1, "a": 1.0, "big": 1763856000123456789}'
    )


def test_nullable_numbers_and_booleans_are_kept_as_text() -> None:
    assert [column.name for column in NOTE.columns if not stored_as_text(column)] == [
        "rank",
        "done",
        "meta",
        "doc",
    ]


@given(id=st.sampled_from(HOSTILE) | st.text(), user_id=st.text())
def test_every_key_has_an_id_that_pocketbase_takes(id: str, user_id: str) -> None:
    found = NOTE.record_id((id, user_id))
    assert len(found) == 36
    assert re.fullmatch(RECORD_ID_PATTERN, found)
