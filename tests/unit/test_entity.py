"""Entities, keys and record ids."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualwrite.entity import (
    RECORD_ID_LENGTH,
    RECORD_ID_PATTERN,
    Column,
    Entity,
    Index,
    Kind,
    Relation,
    key_text,
    parse_key,
)

NOTE = Entity("note", "note", "notes", ("id",), (Column("id"), Column("text", nullable=True)))
TAG = Entity("tag", "tag", "tags", ("id", "user_id"), (Column("id"), Column("user_id")))
UUID = "0b5a2c9e-97f5-4a0c-8d5e-0123456789ab"
keys = st.lists(st.text(), min_size=1, max_size=3).map(tuple)


def test_columns_by_name() -> None:
    assert NOTE.column("text") == Column("text", nullable=True)
    with pytest.raises(KeyError):
        NOTE.column("other")


def test_pocketbase_calls_id_key() -> None:
    assert [column.field for column in TAG.columns] == ["key", "user_id"]


def test_the_key_of_a_row() -> None:
    assert TAG.key_of({"user_id": "u", "id": "t", "more": 1}) == ("t", "u")


@pytest.mark.parametrize(
    ("key", "columns", "indexes", "says"),
    [
        (("id",), (Column("id"), Column("id")), (), "declared twice"),
        (("key",), (Column("id"),), (), "key column key is not declared"),
        (("id",), (Column("id", Kind.INTEGER),), (), "must be TEXT"),
        (("id",), (Column("id", nullable=True),), (), "not nullable"),
    ],
)
def test_declarations_that_are_refused(
    key: tuple[str, ...], columns: tuple[Column, ...], indexes: tuple[Index, ...], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        Entity("x", "x", "xs", key, columns, indexes)


def test_an_index_on_a_column_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        Entity("x", "x", "xs", ("id",), (Column("id"),), (Index(("other",)),))


@pytest.mark.parametrize(
    ("relation", "says"),
    [
        (Relation("x_tags", "text", "tags", to=TAG, named="id"), "must name a JSON column"),
        (Relation("x_tags", "meta", "a.b", to=TAG, named="id"), "a member of its object"),
        (Relation("x_tags", "meta", "tags", to=NOTE, named="text"), "not nullable"),
        (Relation("x_tags", "meta", "tags", to=TAG, named="id", same=("user_id",)), "not nullable"),
        (
            Relation("x_xs", "meta", "xs", to=Entity("x", "x", "xs", ("id",), (Column("id"),)), named="id"),
            "to another entity",
        ),
    ],
)
def test_relations_that_are_refused(relation: Relation, says: str) -> None:
    columns = (
        Column("id"),
        Column("text"),
        Column("meta", Kind.JSON),
        Column("user_id", nullable=True),
    )
    with pytest.raises(ValueError, match=says):
        Entity("x", "x", "xs", ("id",), columns, relations=(relation,))


def test_a_lower_case_uuid_is_its_own_record_id() -> None:
    assert NOTE.record_id((UUID,)) == UUID


@pytest.mark.parametrize("key", [("llama3.2:latest",), (UUID.upper(),), ("",), (UUID, UUID), ("org/model",)])
def test_any_other_key_is_hashed(key: tuple[str, ...]) -> None:
    assert NOTE.record_id(key).startswith("x")


@given(keys)
def test_record_ids_fit_pocketbase(key: tuple[str, ...]) -> None:
    assert len(NOTE.record_id(key)) == RECORD_ID_LENGTH
    assert re.fullmatch(RECORD_ID_PATTERN.strip("^$"), NOTE.record_id(key))


@given(keys, keys)
def test_record_ids_differ_with_their_keys(first: tuple[str, ...], second: tuple[str, ...]) -> None:
    assert (NOTE.record_id(first) == NOTE.record_id(second)) is (first == second)


def test_record_ids_are_the_same_on_every_machine() -> None:
    assert TAG.record_id(("tag", "ü")) == "xb948a1f785f314a0ca1285662ddca225401"


@given(keys)
def test_key_text_and_back(key: tuple[str, ...]) -> None:
    assert parse_key(key_text(key)) == key


@pytest.mark.parametrize("text", ['["a","ü"]', '["a", "ü"]', '["a","\\u00fc"]'])
def test_the_journal_may_write_json_in_any_way(text: str) -> None:
    assert parse_key(text) == ("a", "ü")
