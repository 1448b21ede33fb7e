"""One form for answers, digests of it, and differences with names."""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from dualwrite.compare import (
    ABSENT,
    Kind,
    agree,
    canonical,
    differences,
    digest,
    path_text,
    record_ids,
    redacted,
)
from dualwrite.compare.diff import MOST_DIFFERENCES, Difference
from dualwrite.contract import Order

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: math.copysign(1, x) > 0 or x)
    | st.text(st.characters(exclude_categories=[]), max_size=8)  # lone surrogates too
)
ANSWERS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


class Model(BaseModel):
    model_config = ConfigDict(extra="allow")
    id: str
    meta: dict[str, Any] | None = None


def shuffled(value: Any, dice: random.Random) -> Any:
    """The same answer, its dicts built in another order."""
    if isinstance(value, dict):
        names = list(value)
        dice.shuffle(names)
        return {name: shuffled(value[name], dice) for name in names}
    if isinstance(value, list):
        return [shuffled(item, dice) for item in value]
    return value


@settings(max_examples=200, deadline=None, derandomize=True)
@given(ANSWERS, st.randoms(use_true_random=False))
def test_equal_answers_have_equal_digests_and_no_difference(answer: Any, dice: random.Random) -> None:
    other = shuffled(copy.deepcopy(answer), dice)
    assert digest(answer) == digest(other)
    assert differences(answer, other) == []


@settings(max_examples=300, deadline=None, derandomize=True)
@given(ANSWERS, ANSWERS)
def test_answers_with_equal_digests_have_no_difference(one: Any, other: Any) -> None:
    assert (digest(one) == digest(other)) == (differences(one, other) == [])


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(ANSWERS, max_size=6), st.randoms(use_true_random=False))
def test_where_order_is_free_a_shuffled_list_is_equal(answer: list[Any], dice: random.Random) -> None:
    other = list(answer)
    dice.shuffle(other)
    one, two = digest(answer, Order.ANY), digest(other, Order.ANY)
    assert agree(one, two)
    assert (one == two) == (digest(answer) == digest(other)), (
        "it tells whether the order is the same all the same"
    )
    assert differences(answer, other, Order.ANY) == []


@pytest.mark.parametrize(
    ("one", "other"), [(1, 1.0), (1, True), (1.0, True), (0, False), (0, None), ("1", 1)]
)
def test_numbers_keep_their_type(one: Any, other: Any) -> None:
    assert digest(one) != digest(other)
    assert [found.kind for found in differences({"a": one}, {"a": other})] == [Kind.TYPE]


def test_a_model_is_its_fields_and_its_extras() -> None:
    model = Model(id="a", meta={"x": (1, 2)}, more=datetime(2026, 1, 1, tzinfo=UTC))  # type: ignore[call-arg]
    plain = {"id": "a", "meta": {"x": [1, 2]}, "more": "2026-01-01T00:00:00+00:00"}
    assert canonical(model) == plain
    assert digest(model) == digest(plain)


def test_what_cannot_be_compared_is_named_by_its_type() -> None:
    with pytest.raises(TypeError, match="object cannot be compared"):
        canonical({"a": object()})


@pytest.mark.parametrize(
    ("sql", "pocketbase", "kind", "path"),
    [
        ({"a": 1}, {"a": 2}, Kind.VALUE, "$.a"),
        ({"a": 1}, {"a": "1"}, Kind.TYPE, "$.a"),
        ({"a": 1}, {"a": None}, Kind.TYPE, "$.a"),
        ({"a": 1}, {}, Kind.MISSING, "$.a"),
        ({}, {"a": 1}, Kind.EXTRA, "$.a"),
        ([1, 2, 3], [3, 2, 1], Kind.ORDER, "$"),
        ([1, 2, 3], [1, 3], Kind.MISSING, "$[1]"),
        ([1, 3], [1, 2, 3], Kind.EXTRA, "$[1]"),
        ([{"a": [1, 2]}], [{"a": [1, 3]}], Kind.VALUE, "$[0].a[1]"),
        (None, {"a": 1}, Kind.TYPE, "$"),
    ],
)
def test_a_difference_has_one_kind_and_one_path(sql: Any, pocketbase: Any, kind: Kind, path: str) -> None:
    assert [(found.kind, path_text(found.path)) for found in differences(sql, pocketbase)] == [(kind, path)]


def test_nan_is_the_same_as_nan() -> None:
    assert differences([float("nan")], [float("nan")]) == []
    assert differences(float("nan"), 1.0)[0].kind is Kind.VALUE


def test_one_row_too_many_in_an_unordered_list_is_one_difference() -> None:
    rows = [{"id": f"{n:03}"} for n in range(100)]
    (found,) = differences(rows, [{"id": "!"}, *reversed(rows)], Order.ANY)
    assert (found.kind, found.pocketbase) == (Kind.EXTRA, {"id": "!"})
    (found,) = differences(rows, rows[:50] + rows[51:], Order.ANY)
    assert (found.kind, found.sql) == (Kind.MISSING, {"id": "050"})


def test_items_gone_and_come_in_one_list_are_both_found() -> None:
    found = differences(list("abcdefgh"), list("abXdegh"))
    assert found
    assert {difference.kind for difference in found} <= {Kind.MISSING, Kind.EXTRA, Kind.VALUE}
    assert all(2 <= difference.path[0] <= 5 for difference in found)  # type: ignore[operator]


def test_differences_end_somewhere() -> None:
    assert len(differences(list(range(1000)), list(range(1, 1001)))) == MOST_DIFFERENCES


def chat() -> dict[str, Any]:
    messages = {
        f"id{n}": {"id": f"id{n}", "parentId": None, "childrenIds": [], "content": "x" * 600, "timestamp": n}
        for n in range(450)
    }
    return {"title": "t", "history": {"messages": messages}, "messages": [*messages.values()][:50]}


def fastest(call: Callable[[], object]) -> float:
    """Seconds: what else the machine does can slow one run, and cannot speed one up."""
    taken = []
    for _ in range(5):
        begin = perf_counter()
        call()
        taken.append(perf_counter() - begin)
    return min(taken)


def test_one_leaf_of_a_chat_of_300_kb_is_named_at_once() -> None:
    sql, pocketbase = chat(), chat()
    pocketbase["history"]["messages"]["id300"]["timestamp"] = -1
    (found,) = differences(sql, pocketbase)
    assert found.path == ("history", "messages", "id300", "timestamp")
    assert fastest(lambda: differences(sql, pocketbase)) < 0.1  # DeepDiff on the whole takes longer


def test_one_message_more_in_a_long_list_is_named_at_once() -> None:
    sql = [*chat()["history"]["messages"].values()]
    (found,) = differences(sql, sql[:100] + sql[101:])
    assert fastest(lambda: differences(sql, sql[:100] + sql[101:])) < 0.1
    assert (found.path, found.kind) == ((100,), Kind.MISSING)


def test_names_that_may_be_somebodys_data_do_not_show() -> None:
    path = ("meta", "ann@example.org", 3, "a name with spaces", "0a0b0c0d-0000-4000-8000-000000000000")
    shown = "$.meta.<15 characters>[3].<18 characters>.0a0b0c0d-0000-4000-8000-000000000000"
    assert path_text(path) == shown
    assert "ann@example.org" in path_text(path, plain=True)


def test_values_show_only_where_a_person_asks_for_them() -> None:
    found = Difference(("text",), Kind.VALUE, "a secret", "b secret")
    assert repr(found) == "value at $.text"
    assert "secret" not in str(found.described(b"key"))
    assert found.shown() == "$.text: value: 'a secret' | 'b secret'"
    assert len(Difference((), Kind.VALUE, "x" * 1000, ABSENT).shown()) < 300


def test_equal_values_are_recognised_by_their_hash_and_only_with_the_same_secret() -> None:
    assert redacted("secret", b"k") == redacted("secret", b"k")
    assert redacted("secret", b"k")["hash"] != redacted("secret", b"other")["hash"]
    assert redacted("secret", b"k") | {"hash": ""} == {"type": "str", "size": 6, "hash": ""}
    assert redacted(ABSENT, b"k") == {"type": "absent"}
    assert redacted(None, b"k") == {"type": "NoneType"}


UUID = "3f2b8c1e-0000-4000-8000-00000000000{}".format


@pytest.mark.parametrize(
    ("sql", "pocketbase", "ids"),
    [
        ({"id": UUID(1), "text": "a"}, {"id": UUID(1), "text": "b"}, [UUID(1)]),
        (
            [{"id": UUID(1), "text": "a"}, {"id": UUID(2)}],
            [{"id": UUID(1), "text": "b"}, {"id": UUID(2)}],
            [UUID(1)],
        ),
        ([{"id": UUID(1)}, {"id": UUID(2)}], [{"id": UUID(1)}], [UUID(2)]),
        ([{"id": UUID(1)}], [{"id": UUID(1)}, {"id": UUID(2)}], [UUID(2)]),
        (
            {"id": UUID(1), "meta": {"id": "x", "a": 1}},
            {"id": UUID(1), "meta": {"id": "x", "a": 2}},
            [UUID(1)],
        ),
        ({"id": "ada@example.org", "text": "a"}, {"id": "ada@example.org", "text": "b"}, []),
        ({"id": 7, "text": "a"}, {"id": 7, "text": "b"}, []),
        ("a", "b", []),
        (None, {"id": UUID(3)}, [UUID(3)]),
    ],
)
def test_whose_record_differs_is_told_where_its_id_is_nobodys_data(sql, pocketbase, ids: list[str]) -> None:
    assert record_ids(sql, differences(sql, pocketbase)) == ids


def test_where_the_order_is_free_a_place_names_no_record_of_the_answer() -> None:
    """Places are then counted among what the two sides do not share."""
    sql = [{"id": UUID(1)}, {"id": UUID(2), "text": "a"}]
    pocketbase = [{"id": UUID(1)}, {"id": UUID(2), "text": "b"}]
    assert record_ids(sql, differences(sql, pocketbase, Order.ANY), Order.ANY) == []
    assert record_ids(sql, differences(sql, sql[:1], Order.ANY), Order.ANY) == [UUID(2)]


def test_a_type_that_differs_deep_in_what_is_equal_is_found_beside_another_difference() -> None:
    found = differences({"a": {"n": [1, 1, 1.0]}, "b": 1}, {"a": {"n": [1, True, 1]}, "b": 2})
    assert [(path_text(one.path), one.kind) for one in found] == [
        ("$.a.n[1]", Kind.TYPE),
        ("$.a.n[2]", Kind.TYPE),
        ("$.b", Kind.VALUE),
    ]
