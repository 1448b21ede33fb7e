"""What is left out of a comparison, and that nothing else is."""

from __future__ import annotations

import pytest

from tests.e2e.differences import differences
from tests.e2e.normal import Normal
from tests.e2e.step import Exchange

A, B = "0b1b1c1c-0000-4000-8000-000000000001", "0b1b1c1c-0000-4000-8000-000000000002"


@pytest.fixture
def normal() -> Normal:
    """Of a run in the second 1,800,000,000."""
    return Normal(1_800_000_000, 1_800_000_060, {"/tmp/run": "folder"})


def test_an_id_becomes_its_number_wherever_it_stands(normal: Normal) -> None:
    assert normal.of({"id": B, "path": f"/tmp/run/{A}_x", B: [A]}) == {
        "id": "<id 1>",
        "path": "<folder>/<id 2>_x",
        "<id 1>": ["<id 2>"],
    }


@pytest.mark.parametrize(
    ("clock", "unit"),
    [
        (1_800_000_001, "<seconds>"),
        (1_800_000_001.5, "<seconds>"),
        (1_800_000_001_123, "<milliseconds>"),
        (1_800_000_001_123_456_789, "<nanoseconds>"),
        ("last at 1800000001", "last at <seconds>"),
    ],
)
def test_a_clock_of_the_run_becomes_its_unit(normal: Normal, clock: object, unit: str) -> None:
    assert normal.of(clock) == unit


@pytest.mark.parametrize("value", [1_700_000_000, 1_800_000_061, 0, True, None, 1.0, "2026-01-01", "text"])
def test_nothing_else_is_touched(normal: Normal, value: object) -> None:
    kept = normal.of(value)
    assert (kept, type(kept)) == (value, type(value))


def test_what_is_made_from_a_set_has_no_order(normal: Normal) -> None:
    assert normal.of({"tags": ["b", "a"], "list": ["b", "a"]}) == {"tags": ["a", "b"], "list": ["b", "a"]}


def exchange(body: object, status: int = 200) -> Exchange:
    """An answer to the same question."""
    return Exchange("somebody asks", "GET /", status, "application/json", body, 0.1)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({"a": 1}, {"a": 1.0}, "$.a: 1 became 1.0"),
        ({"a": 1}, {"a": True}, "$.a: 1 became True"),
        ({"a": None}, {}, "$.a: None became nothing"),
        ([1, 2], [2, 1], "$[0]: 1 became 2"),
        ([1], [1, 2], "$: [1] became [1, 2]"),
    ],
)
def test_a_difference_is_named(one: object, other: object, said: str) -> None:
    assert f"step 1, somebody asks (GET /): {said}" in differences([exchange(one)], [exchange(other)])


def test_a_status_and_a_missing_answer_are_differences() -> None:
    assert differences([exchange(1)], [exchange(1, 500)]) == [
        "step 1, somebody asks (GET /): status: 200 became 500"
    ]
    assert differences([exchange(1)], []) == ["step 1: missing: somebody asks"]


def test_how_long_it_took_is_no_difference() -> None:
    slower = Exchange("somebody asks", "GET /", 200, "application/json", 1, 9.9)
    assert differences([exchange(1)], [slower]) == []
