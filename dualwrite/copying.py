"""The copy of one range, under the write rule: a chunk's keys are saved before the chunk is written. That is the backfill's own
debt on disk. Whoever resumes after a kill finds it and looks at both sides of it, since a row deleted meanwhile is in PocketBase
and no longer in SQL.

Rows go from one store to the other as they are told (see `dualwrite.digest`), and the look is to have them told once more. What is not
the same then, or was not taken, is settled key by key.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from dualwrite.applier import count_settled
from dualwrite.call import Call, calling
from dualwrite.chunks import ChunkSize, one_ahead, scanned, told
from dualwrite.entity import Entity, Key, Row, Told
from dualwrite.errors import AnswerLost, DualwriteError, Refused, StoreError, label
from dualwrite.hands import Bench
from dualwrite.places import Place, load_place, save_place
from dualwrite.settle import Debt, Failure, Patience, Settled, Settler, raise_for_person
from dualwrite.span import Span
from dualwrite.trial import Trial
from dualwrite.turn import Both, Hold, Lent, Turn


@dataclass(frozen=True, slots=True)
class CopiedRange:
    """What came of one range: rows copied now, all of it over all runs, and the keys that PocketBase cannot take."""

    rows: int
    place: Place
    refused: tuple[tuple[Key, str], ...] = ()


STALE_AFTER = 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast, how long, and with how much patience. `lease_seconds` is what a worker holds its range for. A chunk that has waited
    for more than `stale_after` seconds, because PocketBase was away, is read again before it is written."""

    patience: Patience
    give_up_after: float
    lease_seconds: float
    chunk: ChunkSize
    stale_after: float = STALE_AFTER


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


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows as SQL tells them, between which keys, and what puts them."""

    rows: dict[Key, Told]
    span: Span
    put: Callable[[], None] | None
    read: float


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
            self._settle(self._trial().until_done(lambda: self._only_in_target(place)), gone=True)
        for chunk in one_ahead(self._told(Span(place.after, self._span.upto))):
            self._hold.keep()
            place = replace(place, upto=chunk.span.upto, in_flight=True)
            self._save(place)
            self._settle(self._copied(chunk))
            place = replace(place, after=chunk.span.upto, rows=place.rows + len(chunk.rows))
            self._bench.progress.advance(len(chunk.rows))
        place = Place(rows=place.rows, done=True)
        self._save(place)
        refused = tuple((failure.debt.key, str(failure.error)) for failure in self._refused)
        return CopiedRange(place.rows - before, place, refused)

    def _save(self, place: Place) -> None:
        save_place(self._bench.control, self._entity, self._number, place)

    def _told(self, span: Span) -> Iterator[_Chunk]:
        for rows, part in told(self._bench.source, self._entity, span, self._pace.chunk):
            yield _Chunk(rows, part, self._bench.target.prepared(self._entity, rows), time.monotonic())

    def _copied(self, chunk: _Chunk) -> list[Key]:
        """Write a chunk and look at it. The keys that are still owed."""
        if chunk.put is None or time.monotonic() - chunk.read > self._pace.stale_after:
            return list(chunk.rows)
        self._hold.renew()
        try:
            with self._in_time():
                chunk.put()
        except Refused:
            return list(chunk.rows)  # of which row, the settler finds out
        except StoreError as error:
            self._trial().wait([error])
            return list(chunk.rows)
        # What was inserted meanwhile is owed by whoever did it.
        limit = 2 * len(chunk.rows) + 1
        now = self._bench.source.tell(self._entity, after=chunk.span.after, upto=chunk.span.upto, limit=limit)
        owed = [key for key, row in chunk.rows.items() if now.get(key) != row]
        equal = len(chunk.rows) - len(owed)
        paid = Settled(paid=equal, counts=Counter({(self._entity.name, "equal"): equal}))
        count_settled(self._bench.metrics, "backfill", paid)
        return owed

    def _only_in_target(self, place: Place) -> list[Key]:
        found: list[Key] = []
        half_done = Span(place.after, place.upto)
        for page, _ in scanned(self._bench.target, self._entity, half_done, self._pace.chunk):
            self._hold.keep()
            keys = [self._entity.key_of(row) for row in page]
            there = self._bench.source.read(self._entity, keys)
            found += [key for key in keys if key not in there]
        return found

    def _settle(self, keys: Sequence[Key], *, gone: bool = False) -> None:
        """Settle these keys, however long PocketBase takes to come back, and note those that it refuses. `gone`: a moment ago SQL had
        none of them."""
        settler = Settler(self._bench.source, self._bench.target, None, patience=self._pace.patience)
        debts = [Debt(self._entity, key) for key in keys]
        trial = self._trial()
        first: dict[Key, Row] | None = {} if gone else None
        while debts:
            self._hold.renew()
            with self._in_time():
                settled = settler.settle(debts, first)
            count_settled(self._bench.metrics, "backfill", settled)
            raise_for_person(settled)
            again = [f for f in settled.failures if not isinstance(f.error, Refused)]
            self._keep_refused(settled.failures)
            # A restless key was written and not looked at: no obligation says so, only this loop.
            debts, first = [*(failure.debt for failure in again), *settled.restless], None
            if again:
                trial.wait([failure.error for failure in again])

    def _in_time(self) -> AbstractContextManager[object]:
        """The last request inside has landed, or never will, when the turn may be another's."""
        return calling(Call(deadline=self._hold.ends - self._pace.patience.lost))

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
