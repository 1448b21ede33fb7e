"""Ranges of keys: what backfill and verify hand out, one after another or to many at once."""

from __future__ import annotations

from dualwrite.chunks import row_bytes
from dualwrite.entity import Entity
from dualwrite.ports import Origin
from dualwrite.span import WHOLE, Span

RANGE_ROWS = 10_000
RANGE_BYTES = 64_000_000
MOST_RANGES = 1000
_SAMPLE = 20


def cut(
    source: Origin,
    entity: Entity,
    total: int,
    *,
    most_rows: int = RANGE_ROWS,
    most_bytes: int = RANGE_BYTES,
) -> list[Span]:
    """All keys of an entity with about `total` rows, in ranges of so many rows and about so many bytes at most, as its first
    rows are; of more, where there would be over a thousand. Keys that come later are in one of them, too."""
    if total <= 0:
        return [WHOLE]
    sample = source.scan(entity, limit=_SAMPLE)
    mean = max(1, sum(map(row_bytes, sample)) // max(1, len(sample)))
    every = max(1, min(most_rows, most_bytes // mean), -(-total // MOST_RANGES))
    ends = [*(source.marks(entity, every) if every < total else []), None]
    return [Span(after, upto) for after, upto in zip([None, *ends], ends, strict=False)]
