"""Verify: read both sides in key order and name every difference by entity, key and path.

Where PocketBase can vouch for what it holds between two keys, by a digest over all of it, its rows are read only where they differ.

It runs beside live writes: a key that differs is read again on both sides, and one that has an open obligation is *lag*. So is
one in the range that a backfill has in flight, which is that one's obligation.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from typing_extensions import override

from dualwrite.applier import count_settled
from dualwrite.call import Call, calling
from dualwrite.chunks import ChunkSize, side_by_side, told
from dualwrite.codec import Undecodable, canonical_json, same_row
from dualwrite.compare import Kind, differences, path_text
from dualwrite.digest import digested
from dualwrite.entity import Entity, Key, Row, Told
from dualwrite.entity import Kind as ColumnKind
from dualwrite.hands import Bench, Hands, ThisThread
from dualwrite.metrics import Metrics, NoMetrics
from dualwrite.places import load_copying
from dualwrite.ports import Control, Journal, Mirror, Origin
from dualwrite.progress import Progress
from dualwrite.ranges import cut
from dualwrite.settle import LOST_WAIT, Debt, Settler, owe_again, raise_for_person
from dualwrite.span import Span
from dualwrite.underway import Kept

MOST_NAMED = 1000
REPAIRED_AT_ONCE = 100
AHEAD = 2
"""So many chunks may wait for PocketBase's word while another is read."""
RANGE_ROWS = 50_000
RANGE_BYTES = 512_000_000
"""Of a range. Nothing is saved of one that is done, and at the end of each there is a chunk to be waited for."""


@dataclass(frozen=True, slots=True)
class RowDifference:
    """One difference: the key, the path (a column, or a place inside a JSON column) and its kind. No values."""

    entity: str
    key: Key
    path: str
    kind: str

    @override
    def __str__(self) -> str:
        return f"{self.entity} {json.dumps(list(self.key), ensure_ascii=False)} {self.path}: {self.kind}"


@dataclass(slots=True)
class Verified:
    """What came of one entity: rows read on both sides, keys that differ, keys whose obligation explains it, and names."""

    entity: str
    sql_rows: int = 0
    pocketbase_rows: int = 0
    differing: int = 0
    lagging: int = 0
    repaired: int = 0
    seconds: float = 0.0
    named: list[RowDifference] = field(default_factory=list)
    refused: list[RowDifference] = field(default_factory=list)
    """Of the lagging keys those that PocketBase refuses: with the column where it is known, and the error as the kind."""

    @property
    def clean(self) -> bool:
        """Whether nothing differs, or nothing any more."""
        return self.differing == self.repaired

    @property
    def rows(self) -> int:
        """SQL's."""
        return self.sql_rows

    def add(self, part: Verified) -> None:
        """What came of a part of it."""
        self.sql_rows += part.sql_rows
        self.pocketbase_rows += part.pocketbase_rows
        self.differing += part.differing
        self.lagging += part.lagging
        self.repaired += part.repaired
        self.named += part.named[: max(0, MOST_NAMED - len(self.named))]
        self.refused += part.refused


class Verify:
    """Compares entities. With `repair`, what differs is written over from SQL and looked at, as a debt like any other."""

    def __init__(
        self,
        source: Origin,
        target: Mirror,
        journal: Journal,
        control: Control,
        *,
        hands: Hands | None = None,
        metrics: Metrics | None = None,
        range_rows: int = RANGE_ROWS,
        chunk: ChunkSize | None = None,
        looks: int = 4,
        pause: float = 0.25,
        within: float = 6.0,
    ) -> None:
        self._bench = Bench(source, target, journal, control, metrics or NoMetrics())
        self._hands = hands or ThisThread()
        self._range_rows = range_rows
        self._care = Care(chunk or ChunkSize(), looks, pause, within)

    def run(
        self, entities: Iterable[Entity], progress: Progress | None = None, *, repair: bool = False
    ) -> list[Verified]:
        """Compare every row of these entities. Raises `StoreError` where a store fails."""
        progress = Kept(self._bench.control, progress)
        return [self._verify(entity, progress, repair=repair) for entity in entities]

    def _verify(self, entity: Entity, progress: Progress, *, repair: bool) -> Verified:
        begin = time.monotonic()
        total = self._bench.source.count(entity)
        progress.begin("verify", entity.name, total)
        spans = cut(self._bench.source, entity, total, most_rows=self._range_rows, most_bytes=RANGE_BYTES)
        works = {n: VerifyRange(entity, span, self._care, repair=repair) for n, span in enumerate(spans)}
        bench = replace(self._bench, progress=progress)
        parts = dict(self._hands.each(works, bench, lambda: None))
        progress.end()
        verified = Verified(entity.name)
        for number in sorted(parts):
            verified.add(parts[number])
        verified.seconds = time.monotonic() - begin
        return verified


@dataclass(frozen=True, slots=True)
class Care:
    """How a range is looked at: in which chunks, how often and how long apart a difference is looked at again, and in how many
    seconds a repair must be done."""

    chunk: ChunkSize
    looks: int
    pause: float
    within: float


@dataclass(frozen=True, slots=True)
class VerifyRange:
    """One range of an entity. It has no saved place: done again, it is read again."""

    entity: Entity
    span: Span
    care: Care
    repair: bool

    def do(self, bench: Bench) -> Verified:
        """What differs in it. Raises `StoreError` where a store fails."""
        return _Comparison(self, bench).run()


class _Comparison:
    """One range in hand."""

    def __init__(self, work: VerifyRange, bench: Bench) -> None:
        self._work = work
        self._entity = work.entity
        self._bench = bench
        self._source = bench.source
        self._target = bench.target
        self._journal = bench.journal
        self._settler = Settler(bench.source, bench.target, bench.journal)
        self._chunk = work.care.chunk
        self._looks = work.care.looks
        self._pause = work.care.pause
        self._within = work.care.within

    def run(self) -> Verified:
        verified, span = Verified(self._entity.name), self._work.span
        if not self._target.exact:
            self._compare(span, verified)
            return verified
        asked: deque[tuple[int, Span, Future[bool]]] = deque()
        # SQL is read on while PocketBase works on what was read before.
        with ThreadPoolExecutor(AHEAD, "digest") as ahead:
            for rows, part in told(self._source, self._entity, span, self._chunk):
                asked.append((len(rows), part, ahead.submit(self._held, rows, part)))
                if len(asked) > AHEAD:
                    self._judge(*asked.popleft(), verified)
            while asked:
                self._judge(*asked.popleft(), verified)
        return verified

    def _held(self, rows: dict[Key, Told], span: Span) -> bool:
        digest = digested(rows.values())
        return self._target.holds(self._entity, digest, after=span.after, upto=span.upto)

    def _judge(self, rows: int, span: Span, held: Future[bool], verified: Verified) -> None:
        if not held.result():
            self._compare(span, verified)
            return
        verified.sql_rows += rows
        verified.pocketbase_rows += rows
        self._bench.progress.advance(rows)

    def _compare(self, span: Span, verified: Verified) -> None:
        """Read what both sides have between these keys, and name what differs."""
        for sql, pages in side_by_side(self._source, self._target, self._entity, span, self._chunk):
            rows, suspects = len(sql), list[Key]()
            for page in pages:
                verified.pocketbase_rows += len(page)
                suspects += [
                    key for key, row in page.items() if not self._same(self._entity, sql.pop(key, None), row)
                ]
            suspects += sql  # what is left has no record
            if suspects:
                self._look_again(self._entity, suspects, verified, repair=self._work.repair)
            verified.sql_rows += rows
            self._bench.progress.advance(rows)

    def _same(self, entity: Entity, sql: Row | None, pocketbase: Row | None) -> bool:
        return same_row(entity, sql, pocketbase, exact=self._target.exact)

    def _look_again(self, entity: Entity, keys: Sequence[Key], verified: Verified, *, repair: bool) -> None:
        suspects = list(keys)
        lagging: set[Key] = set()
        sql: dict[Key, Row] = {}
        pocketbase: dict[Key, Row] = {}
        for look in range(self._looks):
            if look:
                time.sleep(self._pause * look)
            # SQL is read on both sides of PocketBase. A write committed before the look at the journal is either owed there
            # or in PocketBase by now; one committed after it moves the row.
            before = self._source.read(entity, suspects)
            lagging = self._owed(entity, suspects) | self._half_copied(entity, suspects)
            pocketbase = self._target.read(entity, suspects)
            lagging |= self._half_copied(entity, suspects)
            sql = self._source.read(entity, suspects)
            lagging.update(key for key in suspects if before.get(key) != sql.get(key))
            suspects = [key for key in suspects if not self._same(entity, sql.get(key), pocketbase.get(key))]
            if not suspects:
                return
            if look and not lagging.intersection(suspects):
                break
        verified.lagging += len(lagging.intersection(suspects))
        if lagging.intersection(suspects):
            self._name_refused(entity, lagging.intersection(suspects), verified)
        found = [key for key in suspects if key not in lagging]
        verified.differing += len(found)
        for key in found:
            if len(verified.named) < MOST_NAMED:
                verified.named += name_differences(entity, key, sql.get(key), pocketbase.get(key))
        if repair and found:
            verified.repaired += self._repair(entity, found)

    def _name_refused(self, entity: Entity, keys: set[Key], verified: Verified) -> None:
        """A row that cannot be copied is behind for ever: that is not to pass for a delay."""
        known = {one.key for one in verified.refused}
        for owed, error in self._journal.stuck(limit=MOST_NAMED):
            if owed.entity == entity.name and owed.key in keys and owed.key not in known:
                known.add(owed.key)
                kind, _, column = error.partition(": ")
                verified.refused.append(RowDifference(entity.name, owed.key, column or "$", kind))

    def _owed(self, entity: Entity, keys: Sequence[Key]) -> set[Key]:
        return self._journal.open_among(entity.name, keys)

    def _half_copied(self, entity: Entity, keys: Sequence[Key]) -> set[Key]:
        place = load_copying(self._bench.control, entity)
        return {key for key in keys if place.half_done(key)}

    def _repair(self, entity: Entity, keys: Sequence[Key]) -> int:
        """A writer like any other: it has `within` seconds to pay; so a few keys at a time. Nobody else may claim them before
        its last request has landed, or never will."""
        paid = 0
        for at in range(0, len(keys), REPAIRED_AT_ONCE):
            some = keys[at : at + REPAIRED_AT_ONCE]
            begun, hold = time.monotonic(), self._within + LOST_WAIT
            owed = self._journal.owe(entity.name, some, hold=hold)
            with calling(Call(deadline=begun + self._within)):
                settled = self._settler.settle(Debt(entity, owe.key, (owe.seq,)) for owe in owed)
            if time.monotonic() > begun + hold:
                owe_again(self._journal, {(entity.name, key) for key in some}, hold=LOST_WAIT)
            count_settled(self._bench.metrics, "verify", settled)
            raise_for_person(settled)
            paid += settled.paid
        return paid


def name_differences(
    entity: Entity, key: Key, sql: Row | None, pocketbase: Row | None
) -> list[RowDifference]:
    """Every place where two rows of one key differ."""
    if sql is None or pocketbase is None:
        kind = Kind.EXTRA if sql is None else Kind.MISSING
        return [RowDifference(entity.name, key, "$", kind.value)]
    found: list[RowDifference] = []
    for column in entity.columns:
        left, right = sql[column.name], pocketbase[column.name]
        if left == right:
            continue
        for path, kind in _places(column.name, column.kind, left, right):
            found.append(RowDifference(entity.name, key, path, kind.value))
    return found


def _places(name: str, kind: ColumnKind, left: object, right: object) -> list[tuple[str, Kind]]:
    if isinstance(right, Undecodable):
        return [(name, Kind.TYPE)]
    if kind is not ColumnKind.JSON or not isinstance(left, str) or not isinstance(right, str):
        return [(name, Kind.VALUE if type(left) is type(right) else Kind.TYPE)]
    try:
        found = differences(json.loads(left), json.loads(right))
        form = not found and canonical_json(left) == canonical_json(right)
    except ValueError:
        return [(name, Kind.VALUE)]
    if not found:
        # The same value in another form: spacing, escapes, or the order of keys.
        return [(name, Kind.VALUE if form else Kind.ORDER)]
    return [(name + path_text(difference.path).removeprefix("$"), difference.kind) for difference in found]
