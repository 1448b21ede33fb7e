"""What the core relies on in every `Writer`."""

from __future__ import annotations

from dualwrite.codec import canonical
from dualwrite.ports import Reader, Writer
from tests.domain import NOTES, note


def test_put_inserts_and_replaces(reader: Reader, writer: Writer) -> None:
    writer.put(NOTES, [note("a", "old", meta='{"x":1}'), note("b")])
    writer.put(NOTES, [note("a", "new"), note("c")])
    assert reader.read(NOTES, [("a",), ("b",), ("c",)]) == {
        ("a",): note("a", "new"),
        ("b",): note("b"),
        ("c",): note("c"),
    }


def test_put_and_delete_can_be_repeated(reader: Reader, writer: Writer) -> None:
    for _ in range(2):
        writer.put(NOTES, [note("a"), note("b")])
    assert reader.count(NOTES) == 2
    for _ in range(2):
        writer.delete(NOTES, [("a",), ("never",)])
    assert reader.count(NOTES) == 1


def test_nothing_is_nothing(reader: Reader, writer: Writer) -> None:
    writer.put(NOTES, [])
    writer.delete(NOTES, [])
    assert reader.count(NOTES) == 0


def test_a_row_is_kept_as_it_is(reader: Reader, writer: Writer) -> None:
    row = {**note("ключ/:x", '""', meta='{"z":1,"a":"\\u00e9"}', at=2**63 - 1), "pinned": True}
    writer.put(NOTES, [row])
    found = reader.scan(NOTES)
    assert found == [row if reader.exact else canonical(NOTES, row)]
    assert [type(value) for value in found[0].values()] == [type(value) for value in row.values()]
