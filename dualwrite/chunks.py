"""Chunks of a table sized by bytes: rows of 100 bytes come by the thousand, chats of 300 KB by the dozen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dualwrite.entity import Entity, Key, Row
from dualwrite.ports import Reader
from dualwrite.span import WHOLE, Span

FIRST_ROWS = 200


class Chunks:
    """Reads an entity in key order. The row limit of the next chunk follows the mean size of the last."""

    def __init__(self, reader: Reader, entity: Entity, *, target_bytes: int, most_rows: int) -> None:
        self._reader = reader
        self._entity = entity
        self._target = target_bytes
        self._most = most_rows
        self._limit = min(FIRST_ROWS, most_rows)

    def after(self, key: Key | None, *, upto: Key | None = None) -> Iterator[tuple[list[Row], Key | None]]:
        """Chunks of rows behind `key` and not behind `upto`, each with the last key it covers; None means: to the end of the
        table."""
        while True:
            limit = self._limit
            rows = self._reader.scan(self._entity, after=key, upto=upto, limit=limit)
            if len(rows) < limit:
                yield rows, upto
                return
            key = self._entity.key_of(rows[-1])
            yield rows, key
            mean = max(1, rows_bytes(rows) // len(rows))
            # Growing slowly keeps one chunk of small rows from being followed by one of a hundred megabytes.
            self._limit = max(1, min(self._target // mean, self._most, limit * 4))


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
