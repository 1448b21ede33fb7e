"""Chunks of a table sized by bytes: rows of 100 bytes come by the thousand, chats of 300 KB by the dozen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dualwrite.digest import RangeDigest
from dualwrite.entity import Entity, Key, Row, Told
from dualwrite.ports import Origin, Reader
from dualwrite.span import WHOLE, Span

Item = TypeVar("Item")

FIRST_ROWS = 200


class Limit:
    """How many rows the next chunk may have: it follows the mean size of the last."""

    def __init__(self, *, target_bytes: int, most_rows: int) -> None:
        self.rows = min(FIRST_ROWS, most_rows)
        self._target = target_bytes
        self._most = most_rows

    def follow(self, size: int) -> None:
        """A full chunk had so many bytes."""
        mean = max(1, size // self.rows)
        # Growing slowly keeps one chunk of small rows from being followed by one of a hundred megabytes.
        self.rows = max(1, min(self._target // mean, self._most, self.rows * 4))


class Chunks:
    """Reads an entity in key order."""

    def __init__(self, reader: Reader, entity: Entity, *, target_bytes: int, most_rows: int) -> None:
        self._reader = reader
        self._entity = entity
        self._limit = Limit(target_bytes=target_bytes, most_rows=most_rows)

    def after(self, key: Key | None, *, upto: Key | None = None) -> Iterator[tuple[list[Row], Key | None]]:
        """Chunks of rows behind `key` and not behind `upto`, each with the last key it covers; None means: to the end of the
        table."""
        while True:
            rows = self._reader.scan(self._entity, after=key, upto=upto, limit=self._limit.rows)
            key = self._entity.key_of(rows[-1]) if rows else upto
            if len(rows) < self._limit.rows or key == upto:
                yield rows, upto
                return
            yield rows, key
            self._limit.follow(rows_bytes(rows))


def digests(
    origin: Origin, entity: Entity, span: Span, *, target_bytes: int, most_rows: int
) -> Iterator[tuple[RangeDigest, Span]]:
    """The digests of an entity's chunks in key order, each with the keys it lies between."""
    limit = Limit(target_bytes=target_bytes, most_rows=most_rows)
    after = span.after
    while True:
        digest = origin.digest(entity, after=after, upto=span.upto, limit=limit.rows)
        if digest.rows < limit.rows or digest.last == span.upto:
            yield digest, Span(after, span.upto)
            return
        yield digest, Span(after, digest.last)
        after = digest.last
        limit.follow(digest.size)


def told(
    origin: Origin, entity: Entity, span: Span, *, target_bytes: int, most_rows: int
) -> Iterator[tuple[dict[Key, Told], Span]]:
    """An entity's chunks in key order as they are told, each with the keys it lies between."""
    limit = Limit(target_bytes=target_bytes, most_rows=most_rows)
    after = span.after
    while True:
        rows = origin.tell(entity, after=after, upto=span.upto, limit=limit.rows)
        last = next(reversed(rows), None)
        if len(rows) < limit.rows or last == span.upto:
            yield rows, Span(after, span.upto)
            return
        yield rows, Span(after, last)
        after = last
        limit.follow(sum(len(part) for row in rows.values() for part in row if part is not None))


def one_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Each of them, while the next is made in another thread."""
    with ThreadPoolExecutor(1, "ahead") as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item


def side_by_side(
    left: Reader, right: Reader, entity: Entity, span: Span = WHOLE, *, target_bytes: int, most_rows: int
) -> Iterator[tuple[dict[Key, Row], Iterator[dict[Key, Row]]]]:
    """Both sides of an entity in key order: a chunk of the left, and the pages of the right between the same keys."""
    after = span.after
    chunks = Chunks(left, entity, target_bytes=target_bytes, most_rows=most_rows)
    for rows, upto in chunks.after(after, upto=span.upto):
        yield (
            {entity.key_of(row): row for row in rows},
            pages(right, entity, Span(after, upto), expected=len(rows)),
        )
        after = upto


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
