"""Chunks of a table sized by bytes: rows of 100 bytes come by the thousand, chats of 300 KB by the dozen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from dualwrite.entity import Entity, Key, Row, Told
from dualwrite.ports import Origin, Reader
from dualwrite.span import WHOLE, Span

Item = TypeVar("Item")

FIRST_ROWS = 200


@dataclass(frozen=True, slots=True)
class ChunkSize:
    """About so many bytes, and no more rows than that."""

    target_bytes: int = 8_000_000
    most_rows: int = 5_000


@dataclass(frozen=True, slots=True)
class _Read(Generic[Item]):
    """What one read gave: so many rows, the last one's key, and about how many bytes."""

    item: Item
    rows: int
    last: Key | None
    size: int


def scanned(
    reader: Reader, entity: Entity, span: Span = WHOLE, size: ChunkSize | None = None
) -> Iterator[tuple[list[Row], Span]]:
    """An entity's rows in key order, in chunks, each with the keys it lies between."""

    def read(after: Key | None, limit: int) -> _Read[list[Row]]:
        rows = reader.scan(entity, after=after, upto=span.upto, limit=limit)
        return _Read(rows, len(rows), entity.key_of(rows[-1]) if rows else None, rows_bytes(rows))

    return _chunks(read, span, size)


def told(
    origin: Origin, entity: Entity, span: Span = WHOLE, size: ChunkSize | None = None
) -> Iterator[tuple[dict[Key, Told], Span]]:
    """The same, as they are told."""

    def read(after: Key | None, limit: int) -> _Read[dict[Key, Told]]:
        rows = origin.tell(entity, after=after, upto=span.upto, limit=limit)
        count = sum(len(part) for row in rows.values() for part in row if part is not None)
        return _Read(rows, len(rows), next(reversed(rows), None), count)

    return _chunks(read, span, size)


def _chunks(
    read: Callable[[Key | None, int], _Read[Item]], span: Span, size: ChunkSize | None
) -> Iterator[tuple[Item, Span]]:
    """The row limit of the next chunk follows the mean size of the last."""
    size = size or ChunkSize()
    after, limit = span.after, min(FIRST_ROWS, size.most_rows)
    while True:
        found = read(after, limit)
        if found.rows < limit or found.last == span.upto:
            yield found.item, Span(after, span.upto)
            return
        yield found.item, Span(after, found.last)
        after, mean = found.last, max(1, found.size // found.rows)
        # Growing slowly keeps one chunk of small rows from being followed by one of a hundred megabytes.
        limit = max(1, min(size.target_bytes // mean, size.most_rows, limit * 4))


def one_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Each of them, while the next is made in another thread."""
    with ThreadPoolExecutor(1, "ahead") as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item


def side_by_side(
    left: Reader, right: Reader, entity: Entity, span: Span = WHOLE, size: ChunkSize | None = None
) -> Iterator[tuple[dict[Key, Row], Iterator[dict[Key, Row]]]]:
    """Both sides of an entity in key order: a chunk of the left, and the pages of the right between the same keys."""
    for rows, part in scanned(left, entity, span, size):
        yield (
            {entity.key_of(row): row for row in rows},
            pages(right, entity, part, expected=len(rows)),
        )


def pages(reader: Reader, entity: Entity, span: Span, *, expected: int) -> Iterator[dict[Key, Row]]:
    """The rows of a range; in one request, where there are no more than expected."""
    after, limit = span.after, max(expected + 1, 50)
    while True:
        rows = reader.scan(entity, after=after, upto=span.upto, limit=limit)
        yield {entity.key_of(row): row for row in rows}
        if len(rows) < limit:
            return
        after = entity.key_of(rows[-1])


def row_bytes(row: Row) -> int:
    """About how many bytes a row takes."""
    return sum([len(value) if type(value) is str else 8 for value in row.values()])


def rows_bytes(rows: Sequence[Row]) -> int:
    """About how many bytes they take. Of thousands, which are small, every eighth says as much."""
    every = 8 if len(rows) > 8 * FIRST_ROWS else 1
    return every * sum(map(row_bytes, rows[::every]))
