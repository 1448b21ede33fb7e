"""Backfill: copy every row to PocketBase beside live writes, under the same rule as everybody else.

A chunk's key range is saved before the chunk is written: that is the backfill's own debt on disk. Whoever resumes after a
kill finds the range and looks at both sides of it, since a row deleted meanwhile is in PocketBase and no longer in SQL.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from dualwrite.applier import count_settled
from dualwrite.call import Call, calling
from dualwrite.chunks import FIRST_ROWS, Chunks
from dualwrite.entity import Entity, Key, Row
from dualwrite.errors import AnswerLost, ConfigurationError, DualwriteError, Refused, label
from dualwrite.metrics import Metrics, NoMetrics
from dualwrite.phase import Phase
from dualwrite.ports import Control, Journal, Reader, Store
from dualwrite.progress import Progress
from dualwrite.settle import Debt, Failure, Patience, Settler, raise_for_person
from dualwrite.trial import Trial
from dualwrite.turn import LEASE_SECONDS, Turn
from dualwrite.underway import Kept


@dataclass(frozen=True, slots=True)
class Place:
    """How far the backfill of one entity is: everything up to `after` is done, `after` to `upto` may be half done.
    `seconds` is what it took so far, over all runs."""

    after: Key | None = None
    upto: Key | None = None
    in_flight: bool = False
    rows: int = 0
    done: bool = False
    seconds: float = 0.0

    def half_done(self, key: Key) -> bool:
        """Whether PocketBase may hold an older row of this key, or one that is gone, until the backfill has looked."""
        return (
            self.in_flight
            and (self.after is None or _binary(key) > _binary(self.after))
            and (self.upto is None or _binary(key) <= _binary(self.upto))
        )


def _binary(key: Key) -> tuple[bytes, ...]:
    """The order of every scan."""
    return tuple(part.encode("utf-8", "surrogatepass") for part in key)


@dataclass(frozen=True, slots=True)
class Copied:
    """What came of one entity. `refused` are keys that PocketBase cannot take; they stay in the journal as stuck."""

    entity: str
    rows: int
    seconds: float
    refused: tuple[tuple[Key, str], ...] = ()


class Backfill:
    """Copies entities from `source` to `target`. One runs at a time, and no cutover or rollback beside it."""

    def __init__(
        self,
        source: Reader,
        target: Store,
        journal: Journal,
        control: Control,
        *,
        owner: str,
        metrics: Metrics | None = None,
        patience: Patience | None = None,
        give_up_after: float = 600.0,
        lease_seconds: float = LEASE_SECONDS,
        wait_for_lease: float = 0.0,
        chunk_bytes: int = 8_000_000,
        chunk_rows: int = 5_000,
    ) -> None:
        self._source = source
        self._target = target
        self._journal = journal
        self._control = control
        self._turn = Turn(control, owner, seconds=lease_seconds)
        self._metrics = metrics or NoMetrics()
        self._patience = patience or Patience()
        self._settler = Settler(source, target, None, patience=self._patience)
        self._give_up_after = give_up_after
        self._wait_for_lease = wait_for_lease
        self._chunk_bytes = chunk_bytes
        self._chunk_rows = chunk_rows

    def run(
        self, entities: Iterable[Entity], progress: Progress | None = None, *, restart: bool = False
    ) -> list[Copied]:
        """Copy what is not copied yet. `restart` forgets how far earlier runs came.

        Raises:
            ConfigurationError: another is at work, or the phase is not `dual`.
            StoreError: a store stayed away for longer than `give_up_after`; run it again to go on.
        """
        progress = Kept(self._control, progress)
        self._turn.take(wait=self._wait_for_lease, progress=progress)
        # Only now: no cutover can come between. In another phase SQL's rows are not to be written over PocketBase's.
        if (phase := self._control.read().phase) is not Phase.DUAL:
            self._turn.give_back()
            raise ConfigurationError(f"the backfill is for the phase dual, and the phase is {phase}")
        under_way = True
        try:
            copied = [self._copy(entity, progress, restart=restart) for entity in entities]
            under_way = False
        except DualwriteError as error:
            under_way = isinstance(error, AnswerLost)
            raise
        finally:
            if under_way:
                # A request may still land: whoever resumes must not have looked before it does.
                self._turn.leave(self._patience.lost)
            else:
                self._turn.give_back()
        return copied

    def place(self, entity: Entity) -> Place:
        """How far an entity is."""
        return load_place(self._control, entity)

    def _copy(self, entity: Entity, progress: Progress, *, restart: bool) -> Copied:
        place = Place() if restart else self.place(entity)
        begin, before = time.monotonic(), place.seconds
        progress.begin("backfill", entity.name, self._source.count(entity), place.rows)
        refused: list[Failure] = []
        if place.done:
            progress.end()
            return Copied(entity.name, place.rows, 0.0)
        if place.in_flight or place == Place():
            # An earlier run ended in the middle of this range, or PocketBase holds records from before this backfill: what
            # SQL has no longer is only seen from both sides. Whoever comes after us has to look at all of it again, also
            # where an earlier backfill was through.
            place = replace(place, in_flight=True)
            self._save(entity, place)
            extra = self._trial(progress).until_done(lambda: self._only_in_target(entity, place))
            refused += self._settle(entity, extra, {}, progress)
        chunks = Chunks(self._source, entity, target_bytes=self._chunk_bytes, most_rows=self._chunk_rows)
        for rows, upto in chunks.after(place.after):
            self._turn.keep()
            place = replace(place, upto=upto, in_flight=True)
            self._save(entity, place)
            seen = {entity.key_of(row): row for row in rows}
            refused += self._settle(entity, list(seen), seen, progress)
            seconds = before + round(time.monotonic() - begin, 3)
            place = replace(place, after=upto, rows=place.rows + len(rows), seconds=seconds)
            progress.advance(len(rows))
        seconds = round(time.monotonic() - begin, 3)
        place = replace(place, after=None, upto=None, in_flight=False, done=True, seconds=before + seconds)
        self._save(entity, place)
        progress.end()
        return Copied(
            entity.name,
            place.rows,
            seconds,
            tuple((failure.debt.key, str(failure.error)) for failure in refused),
        )

    def _only_in_target(self, entity: Entity, place: Place) -> list[Key]:
        found: list[Key] = []
        after = place.after
        while page := self._target.scan(entity, after=after, upto=place.upto, limit=FIRST_ROWS):
            keys = [entity.key_of(row) for row in page]
            there = self._source.read(entity, keys)
            found += [key for key in keys if key not in there]
            after = keys[-1]
        return found

    def _settle(
        self, entity: Entity, keys: Sequence[Key], seen: dict[Key, Row], progress: Progress
    ) -> list[Failure]:
        """Settle these keys, however long PocketBase takes to come back; returns those that it refuses."""
        debts = [Debt(entity, key) for key in keys]
        refused: list[Failure] = []
        trial = self._trial(progress)
        first: dict[Key, Row] | None = seen
        while debts:
            self._turn.renew()
            # The last request has landed, or never will, when the turn may be another's.
            with calling(Call(deadline=self._turn.ends - self._patience.lost)):
                settled = self._settler.settle(debts, first)
            count_settled(self._metrics, "backfill", settled)
            raise_for_person(settled)
            again = [f for f in settled.failures if not isinstance(f.error, Refused)]
            refused += self._keep_refused(entity, settled.failures)
            # A restless key was written and not looked at: no obligation says so, only this loop.
            debts, first = [*(failure.debt for failure in again), *settled.restless], None
            if again:
                trial.wait([failure.error for failure in again])
        return refused

    def _trial(self, progress: Progress) -> Trial:
        return Trial(self._turn, self._patience, progress, give_up_after=self._give_up_after)

    def _keep_refused(self, entity: Entity, failures: Iterable[Failure]) -> list[Failure]:
        """What PocketBase refuses goes into the journal, where `status` names it and the relay tries it again."""
        refused = [failure for failure in failures if isinstance(failure.error, Refused)]
        for failure in refused:
            owed = self._journal.owe(entity.name, [failure.debt.key], hold=0.0)
            self._journal.postpone(
                [obligation.seq for obligation in owed],
                seconds=self._patience.after(failure.error, 0),
                error=label(failure.error),
                stuck=True,
            )
        return refused

    def _save(self, entity: Entity, place: Place) -> None:
        self._control.save(f"backfill:{entity.name}", asdict(place))


def load_place(control: Control, entity: Entity) -> Place:
    """How far the backfill of an entity is, as the control table says."""
    saved = control.load(f"backfill:{entity.name}")
    if not isinstance(saved, dict):
        return Place()
    place = Place(**saved)
    return replace(
        place,
        after=tuple(place.after) if place.after is not None else None,
        upto=tuple(place.upto) if place.upto is not None else None,
    )


def forget_places(control: Control, entities: Iterable[Entity]) -> None:
    """The backfill begins anew: PocketBase has not followed SQL for a while."""
    for entity in entities:
        control.save(f"backfill:{entity.name}", None)
