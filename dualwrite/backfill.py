"""Backfill: copy every row to PocketBase beside live writes, range by range, under the same rule as everybody else.

Who runs it holds the turn. The ranges are copied in its own thread, or by whatever hands it is given; see `copying`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from functools import partial

from dualwrite.chunks import ChunkSize
from dualwrite.copying import STALE_AFTER, CopiedRange, CopyRange, Pace
from dualwrite.entity import Entity, Key
from dualwrite.errors import AnswerLost, ConfigurationError, DualwriteError
from dualwrite.hands import Bench, Hands, ThisThread
from dualwrite.metrics import Metrics, NoMetrics
from dualwrite.phase import Phase
from dualwrite.places import (
    are_indexes_deferred,
    forget_places,
    load_copying,
    load_cut,
    save_copying,
    save_cut,
    save_indexes_deferred,
)
from dualwrite.ports import Control, Journal, Mirror, Origin
from dualwrite.progress import Progress
from dualwrite.ranges import RANGE_ROWS, cut
from dualwrite.settle import Patience
from dualwrite.trial import Trial
from dualwrite.turn import LEASE_SECONDS, Turn
from dualwrite.underway import Kept

DEFER_INDEXES_FROM = 200_000
"""Rows to copy from which on PocketBase's indexes are made after them; fewer fit into its memory with their indexes."""


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
        source: Origin,
        target: Mirror,
        journal: Journal,
        control: Control,
        *,
        owner: str,
        hands: Hands | None = None,
        metrics: Metrics | None = None,
        patience: Patience | None = None,
        give_up_after: float = 600.0,
        lease_seconds: float = LEASE_SECONDS,
        wait_for_lease: float = 0.0,
        range_rows: int = RANGE_ROWS,
        chunk: ChunkSize | None = None,
        stale_after: float = STALE_AFTER,
        defer_indexes_from: int = DEFER_INDEXES_FROM,
    ) -> None:
        self._control = control
        self._owner = owner
        self._turn = Turn(control, owner, seconds=lease_seconds, unbroken=True)
        self._bench = Bench(source, target, journal, control, metrics or NoMetrics(), turn=self._turn)
        self._hands = hands or ThisThread()
        self._pace = Pace(
            patience or Patience(), give_up_after, lease_seconds, chunk or ChunkSize(), stale_after
        )
        self._wait_for_lease = wait_for_lease
        self._range_rows = range_rows
        self._defer_from = defer_indexes_from

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
            if self._hands.working:
                # What others send until they notice may land for as long as the turn would have lasted.
                self._turn.leave(self._pace.lease_seconds)
            elif under_way:
                # A request may still land: whoever resumes must not have looked before it does.
                self._turn.leave(self._pace.patience.lost)
            else:
                self._turn.give_back()
        return copied

    def _copy(self, entity: Entity, progress: Progress, *, restart: bool) -> Copied:
        if restart:
            forget_places(self._control, [entity])
        known = load_copying(self._control, entity)
        begin, total = time.monotonic(), self._bench.source.count(entity)
        progress.begin("backfill", entity.name, total, known.rows)
        if known.done:
            progress.end()
            return Copied(entity.name, known.rows, 0.0)
        spans = load_cut(self._control, entity)
        if spans is None:
            spans = cut(self._bench.source, entity, total, most_rows=self._range_rows)
            save_cut(self._control, entity, spans)
        places = dict(known.ranges)
        works = {
            number: CopyRange(entity, number, span, self._owner, self._pace)
            for number, span in enumerate(spans)
            if number not in places or not places[number].done
        }
        parts: dict[int, CopiedRange] = {}
        bench = replace(self._bench, progress=progress)
        self._defer_indexes(entity, total - known.rows, progress)
        for number, part in self._hands.each(works, bench, self._turn.keep):
            parts[number], places[number] = part, part.place
            seconds = known.seconds + round(time.monotonic() - begin, 3)
            if len(parts) < len(works):
                rows = sum(place.rows for place in places.values())
                save_copying(self._control, entity, rows=rows, seconds=seconds)
        self._make_indexes(entity, progress)
        rows, took = sum(place.rows for place in places.values()), round(time.monotonic() - begin, 3)
        save_copying(self._control, entity, rows=rows, seconds=known.seconds + took, done=True)
        progress.end()
        refused = (one for number in sorted(parts) for one in parts[number].refused)
        return Copied(entity.name, rows, took, tuple(refused))

    def _defer_indexes(self, entity: Entity, rows: int, progress: Progress) -> None:
        """Each row goes somewhere else in each of them: of a million rows, that takes as long as everything else together. Whoever is
        stopped meanwhile leaves them to the next run; until then `doctor` names them and no cutover passes."""
        if rows >= self._defer_from:
            progress.note(f"{entity.name}: the indexes that only reads need are made after the copy")
            save_indexes_deferred(self._control, entity, True)
            self._until_done(partial(self._bench.target.defer_indexes, entity), progress)

    def _make_indexes(self, entity: Entity, progress: Progress) -> None:
        if are_indexes_deferred(self._control, entity):
            progress.note(f"{entity.name}: making indexes; PocketBase writes nothing else meanwhile")
            self._until_done(partial(self._bench.target.make_indexes, entity), progress)
            save_indexes_deferred(self._control, entity, False)

    def _until_done(self, request: Callable[[], None], progress: Progress) -> None:
        trial = Trial(self._turn, self._pace.patience, progress, give_up_after=self._pace.give_up_after)
        trial.until_done(partial(self._while_kept, request))

    def _while_kept(self, request: Callable[[], None]) -> None:
        """One request that may take longer than the turn lasts. Whoever is interrupted does not wait for its end, as an executor would."""
        done: Future[None] = Future()

        def run() -> None:
            try:
                request()
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                done.set_exception(error)
            else:
                done.set_result(None)

        threading.Thread(target=run, name="dualwrite-indexes", daemon=True).start()
        while wait([done], timeout=self._pace.lease_seconds / 20).not_done:
            self._turn.keep()
        done.result()
