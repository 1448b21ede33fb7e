"""Stamps: the ids and the clock of one write."""

from __future__ import annotations

import uuid

from hypothesis import given, settings
from hypothesis import strategies as st

from dualwrite.stamp import Stamp


@settings(derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(["chat", "file", "tag"]), max_size=8), st.randoms())
def test_both_adapters_draw_the_same_ids_in_whatever_order(names: list[str], random: object) -> None:
    one = Stamp(seed=b"x" * 16)
    other = one.again()
    shuffled = sorted(names, key=lambda _: random.random())  # type: ignore[attr-defined]

    def drawn(stamp: Stamp, order: list[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in order:
            found.setdefault(name, []).append(stamp.id(name))
        return found

    assert drawn(one, names) == drawn(other, shuffled)


def test_an_id_is_a_lower_case_uuid_of_version_4() -> None:
    drawn = uuid.UUID(text := Stamp().id("chat"))
    assert (drawn.version, drawn.variant, str(drawn)) == (4, uuid.RFC_4122, text)


def test_ids_differ_by_number_by_name_and_by_stamp() -> None:
    stamp = Stamp()
    assert len({stamp.id("a"), stamp.id("a"), stamp.id("b"), Stamp().id("a")}) == 4


def test_the_clock_is_read_once() -> None:
    stamp = Stamp(time_ns=1_700_000_000_999_999_999)
    assert stamp.time == 1_700_000_000
    assert stamp.again().time_ns == stamp.time_ns
