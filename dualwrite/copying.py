"""The copy of one range, under the write rule: a chunk's keys are saved before the chunk is written. That is the backfill's own
debt on disk. Whoever resumes after a kill finds it and looks at both sides of it, since a row deleted meanwhile is in PocketBase
and no longer in SQL.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from dualwrite.applier import count_settled
from dualwrite.call import Call, calling
from dualwrite.chunks import FIRST_ROWS, Chunks
from dualwrite.entity import Entity, Key, Row
from dualwrite.errors import AnswerLost, DualwriteError, Refused, label
from dualwrite.hands import Bench
from dualwrite.places import Place, load_place, save_place
from dualwrite.ports import Reader
from dualwrite.settle import Debt, Failure, Patience, Settler, raise_for_person
from dualwrite.span import Span
from dualwrite.trial import Trial
from dualwrite.turn import Both, Hold, Lent, Turn


@dataclass(frozen=True, slots=True)
class CopiedRange:
    """What came of one range: rows copied now, all of it over all runs, and the keys that PocketBase cannot take."""

    rows: int
    place: Place
    refused: tuple[tuple[Key, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast, how long, and with how much patience. `lease_seconds` is what a worker holds its range for."""

    patience: Patience
    give_up_after: float
    lease_seconds: float
    chunk_bytes: int
    chunk_rows: int


@dataclass(frozen=True, slots=True)
class CopyRange:
    """One range of an entity, by its number in the cut. `owner` is who holds the turn."""

    entity: Entity
    number: int
    span: Span
    owner: str
    pace: Pace

    def do(self, bench: Bench) -> CopiedRange:
        """Copy what is not copied yet.

        Raises:
            ConfigurationError: the turn is another's.
            StoreError: a store stayed away for too long; the range can be gone on with.
        """
        if bench.turn is not None:
            return _Copy(self, bench, bench.turn).run()
        # Whoever worked on this range before, and is dead or only thought to be, has its lease: until that runs out its last
        # request may land.
        lease = Turn(
            bench.control,
            f"{self.owner}/{secrets.token_hex(4)}",
            seconds=self.pace.lease_seconds,
            name=f"range:{self.entity.name}:{self.number}",
        )
        turn = Lent(bench.control, self.owner)
        turn.keep()
        lease.take(wait=self.pace.lease_seconds + 1.0)
        ended = False
        try:
            copied = _Copy(self, bench, Both(turn, lease)).run()
            ended = True
        except DualwriteError as error:
            ended = not isinstance(error, AnswerLost)
            raise
        finally:
            if ended:
                lease.give_back()
            else:
                lease.leave(self.pace.patience.lost)
        return copied


class _Copy:
    """One range in hand."""

    def __init__(self, work: CopyRange, bench: Bench, hold: Hold) -> None:
        self._entity = work.entity
        self._number = work.number
        self._span = work.span
        self._pace = work.pace
        self._bench = bench
        self._hold = hold
        self._refused: list[Failure] = []

    def run(self) -> CopiedRange:
        known = load_place(self._bench.control, self._entity, self._number)
        place = known or Place(self._span.after, self._span.upto, in_flight=True)
        before = place.rows
        if place.done:
            return CopiedRange(0, place)
        if place.in_flight:
            # An earlier run ended in the middle of this range, or PocketBase holds records from before this backfill: what
            # SQL has no longer is only seen from both sides. Whoever comes after us has to look at all of it again, also
            # where an earlier backfill was through.
            self._hold.keep()
            self._save(place)
            self._settle(self._trial().until_done(lambda: self._only_in_target(place)), {})
        for rows, upto in self._chunks(self._bench.source).after(place.after, upto=self._span.upto):
            self._hold.keep()
            place = replace(place, upto=upto, in_flight=True)
            self._save(place)
            seen = {self._entity.key_of(row): row for row in rows}
            self._settle(list(seen), seen, Span(place.after, upto))
            place = replace(place, after=upto, rows=place.rows + len(rows))
            self._bench.progress.advance(len(rows))
        place = Place(rows=place.rows, done=True)
        self._save(place)
        refused = tuple((failure.debt.key, str(failure.error)) for failure in self._refused)
        return CopiedRange(place.rows - before, place, refused)

    def _save(self, place: Place) -> None:
        save_place(self._bench.control, self._entity, self._number, place)

    def _only_in_target(self, place: Place) -> list[Key]:
        found: list[Key] = []
        for page, _ in self._chunks(self._bench.target).after(place.after, upto=place.upto):
            self._hold.keep()
            keys = [self._entity.key_of(row) for row in page]
            there = self._bench.source.read(self._entity, keys)
            found += [key for key in keys if key not in there]
        return found

    def _chunks(self, reader: Reader) -> Chunks:
        pace = self._pace
        return Chunks(reader, self._entity, target_bytes=pace.chunk_bytes, most_rows=pace.chunk_rows)

    def _settle(self, keys: Sequence[Key], seen: dict[Key, Row], span: Span | None = None) -> None:
        """Settle these keys, however long PocketBase takes to come back, and note those that it refuses. `span` says that they
        are all there were between two."""
        settler = Settler(
            _Again(self._bench.source, span, len(keys)),
            self._bench.target,
            None,
            patience=self._pace.patience,
        )
        debts = [Debt(self._entity, key) for key in keys]
        trial = self._trial()
        first: dict[Key, Row] | None = seen
        while debts:
            self._hold.renew()
            # The last request has landed, or never will, when the turn may be another's.
            with calling(Call(deadline=self._hold.ends - self._pace.patience.lost)):
                settled = settler.settle(debts, first)
            count_settled(self._bench.metrics, "backfill", settled)
            raise_for_person(settled)
            again = [f for f in settled.failures if not isinstance(f.error, Refused)]
            self._keep_refused(settled.failures)
            # A restless key was written and not looked at: no obligation says so, only this loop.
            debts, first = [*(failure.debt for failure in again), *settled.restless], None
            if again:
                trial.wait([failure.error for failure in again])

    def _trial(self) -> Trial:
        return Trial(
            self._hold, self._pace.patience, self._bench.progress, give_up_after=self._pace.give_up_after
        )

    def _keep_refused(self, failures: Iterable[Failure]) -> None:
        """What PocketBase refuses goes into the journal, where `status` names it and the relay tries it again."""
        for failure in failures:
            if not isinstance(failure.error, Refused):
                continue
            owed = self._bench.journal.owe(self._entity.name, [failure.debt.key], hold=0.0)
            self._bench.journal.postpone(
                [obligation.seq for obligation in owed],
                seconds=self._pace.patience.after(failure.error, 0),
                error=label(failure.error),
                stuck=True,
            )
            self._refused.append(failure)


class _Again:
    """SQL as the look after the write sees it: who asks for every key of a range once more is given the range, in a third of the
    time that so many keys take."""

    def __init__(self, source: Reader, span: Span | None, count: int) -> None:
        self._source = source
        self._span = span
        self._count = count
        self.exact = source.exact
        self.scan = source.scan
        self.count = source.count

    def read(self, entity: Entity, keys: Collection[Key]) -> dict[Key, Row]:
        if self._span is not None and len(keys) == self._count >= FIRST_ROWS:
            limit = 2 * self._count
            rows = self._source.scan(entity, after=self._span.after, upto=self._span.upto, limit=limit)
            if len(rows) < limit:
                found = {entity.key_of(row): row for row in rows}
                return {key: found[key] for key in keys if key in found}
        return self._source.read(entity, keys)
