"""Content backfill: store the bytes of every row in PocketBase, from the file that the row names, beside live writes.

What is where is looked at, never assumed, and PocketBase itself says how far an earlier run came: what was read back after
its upload is noted beside the file. A second run reads the local file, compares it with the note, and asks for no more than
the stored file's length. What it did not put there, it leaves alone and names; `anew` reads everything back and puts it right.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path

from dualwrite.content import Absence, Fingerprint, Source, locate, measured
from dualwrite.entity import Entity, Key
from dualwrite.errors import AnswerLost, ConfigurationError, Damaged, Refused, Unsteady
from dualwrite.phase import Phase
from dualwrite.ports import ContentStore, Control, Holding, Reader
from dualwrite.progress import Progress
from dualwrite.settle import Patience
from dualwrite.trial import Trial
from dualwrite.turn import LEASE_SECONDS, Turn
from dualwrite.underway import Kept

_PAGE = 60
_LOOKS = 3


class Fate(StrEnum):
    """What became of one row's bytes."""

    UPLOADED = "uploaded"
    PRESENT = "present"  # there already, and right
    PATHLESS = "pathless"  # the row names no file
    ELSEWHERE = "elsewhere"  # an object store has it
    GONE = "gone"  # the row was deleted meanwhile
    MISSING = "missing"
    OUTSIDE = "outside"
    UNREADABLE = "unreadable"
    UNSTEADY = "unsteady"
    CHANGED = "changed"
    ALTERED = "altered"
    DAMAGED = "damaged"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


PROBLEMS = {
    Fate.MISSING: "no file is at its path",
    Fate.OUTSIDE: "its path leads out of --content-dir",
    Fate.UNREADABLE: "its file cannot be read",
    Fate.UNSTEADY: "its file changed while it was uploaded; run it again",
    Fate.CHANGED: "its file is not the one that was uploaded; --restart uploads the one that is there now",
    Fate.ALTERED: "PocketBase holds something else than was uploaded; --restart uploads the file again",
    Fate.DAMAGED: "what PocketBase stored was not what it was sent, and was taken away; run it again",
    Fate.REFUSED: "PocketBase does not take it",
    Fate.UNANSWERED: "no answer came to its upload; PocketBase gives a request five minutes at most",
}
"""What a person is told, of the fates that somebody must look at."""

_ABSENT = {
    Absence.PATHLESS: Fate.PATHLESS,
    Absence.ELSEWHERE: Fate.ELSEWHERE,
    Absence.OUTSIDE: Fate.OUTSIDE,
    Absence.MISSING: Fate.MISSING,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row's bytes, how many of them were uploaded, and what PocketBase or the system said to it."""

    fate: Fate
    size: int = 0
    said: str = ""

    @property
    def reason(self) -> str:
        """In a line that has neither a path nor the name of a file in it."""
        return f"{PROBLEMS[self.fate]} ({self.said})" if self.said else PROBLEMS[self.fate]


@dataclass(slots=True)
class Uploaded:
    """What came of one entity. `strays` counts what was removed since its row is gone."""

    entity: str
    fates: Counter[Fate] = field(default_factory=Counter)
    problems: list[tuple[Key, Outcome]] = field(default_factory=list)
    size: int = 0
    strays: int = 0
    seconds: float = 0.0


class ContentBackfill:
    """Uploads the files of entities that declare content. `rows` names the store that says which rows there are in a phase. It
    takes the turn: no other backfill runs beside it, and no switch changes which rows count."""

    def __init__(
        self,
        rows: Callable[[Phase], Reader],
        store: ContentStore,
        control: Control,
        *,
        owner: str,
        directory: Path,
        patience: Patience | None = None,
        give_up_after: float = 600.0,
        lease_seconds: float = LEASE_SECONDS,
        wait_for_lease: float = 0.0,
    ) -> None:
        self._rows_in = rows
        self._store = store
        self._directory = directory
        self._patience = patience or Patience()
        self._give_up_after = give_up_after
        self._control = control
        self._turn = Turn(control, owner, seconds=lease_seconds)
        self._wait_for_lease = wait_for_lease

    def run(
        self, entities: Iterable[Entity], progress: Progress | None = None, *, anew: bool = False
    ) -> list[Uploaded]:
        """Upload what is not there yet, and look at what is. `anew` reads back all that is there, and uploads what differs.

        Raises:
            ConfigurationError: another is at work, or the phase is neither `dual` nor `pb_only`.
            StoreError: PocketBase stayed away for longer than `give_up_after`; run it again to go on.
        """
        progress = Kept(self._control, progress)
        self._turn.take(wait=self._wait_for_lease, progress=progress)
        try:
            # Only now: no switch can come between. One that died must not wait for us until its pause is ended.
            if (phase := self._control.read().phase) not in (Phase.DUAL, Phase.PB_ONLY):
                raise ConfigurationError(
                    f"content is uploaded in the phases dual and pb_only, and the phase is {phase}"
                )
            self._rows = self._rows_in(phase)
            return [self._upload(entity, progress, anew=anew) for entity in entities]
        finally:
            # A file that lands after its answer was lost is one that nobody vouched for: the next run reads it back.
            self._turn.give_back()

    def _upload(self, entity: Entity, progress: Progress, *, anew: bool) -> Uploaded:
        done = Uploaded(entity.name)
        begin = time.monotonic()
        progress.begin("content", entity.name, self._rows.count(entity))
        after = ""
        while page := self._trial(progress).until_done(
            partial(self._store.scan, entity, after=after, limit=_PAGE)
        ):
            for held in page:
                outcome = self._one(entity, held, progress, anew=anew)
                done.fates[outcome.fate] += 1
                done.size += outcome.size
                if outcome.fate in PROBLEMS:
                    done.problems.append((held.key, outcome))
            after = page[-1].record_id
        done.strays = self._remove_strays(entity, progress)
        progress.end()
        done.seconds = time.monotonic() - begin
        return done

    def _one(self, entity: Entity, held: Holding, progress: Progress, *, anew: bool) -> Outcome:
        step = _Step(progress, self._turn)
        row = _Row(self._store, entity, self._directory, step, anew=anew)
        known: Holding | None = held

        def attempt() -> Outcome:
            nonlocal known
            for _ in range(_LOOKS):
                now = known or self._store.get(entity, held.key)
                known = None  # whatever comes now, it is from an older time
                if now is None:
                    return Outcome(Fate.GONE)
                outcome = row.settled(now)
                if outcome.fate not in PROBLEMS:
                    return outcome
                # Before anything is named: the row may be gone meanwhile, or another has seen to its bytes.
                if held.key not in self._rows.read(entity, [held.key]):
                    return Outcome(Fate.GONE)
                if now == self._store.get(entity, held.key):
                    return outcome
            return outcome

        try:
            outcome = self._trial(progress).until_done(attempt)
        except AnswerLost:
            outcome = Outcome(Fate.UNANSWERED)  # it must not keep those behind it from their turn
        step.end()
        return outcome

    def _remove_strays(self, entity: Entity, progress: Progress) -> int:
        removed, after = 0, ""
        while True:
            found, end = self._trial(progress).until_done(
                partial(self._store.strays, entity, after=after, limit=_PAGE)
            )
            removed += found
            if end is None:
                return removed
            after = end
            self._turn.keep()

    def _trial(self, progress: Progress) -> Trial:
        return Trial(self._turn, self._patience, progress, give_up_after=self._give_up_after)


class _Row:
    """What is to be done about the bytes of one row."""

    def __init__(
        self, store: ContentStore, entity: Entity, directory: Path, step: _Step, *, anew: bool
    ) -> None:
        self._store = store
        self._entity = entity
        self._directory = directory
        self._step = step
        self._anew = anew

    def settled(self, held: Holding) -> Outcome:
        """Do it. Raises `StoreError` where PocketBase is not able to take part."""
        found = locate(held.path, self._directory)
        if isinstance(found, Absence):
            return Outcome(_ABSENT[found])
        try:
            with found.open("rb") as file:
                return self._settled(held, Source(file))
        except Unsteady:
            return Outcome(Fate.UNSTEADY)
        except Damaged:
            return Outcome(Fate.DAMAGED)
        except Refused as error:
            return Outcome(Fate.REFUSED, said=str(error))
        except OSError as error:
            return Outcome(Fate.UNREADABLE, said=error.strerror or "")

    def _settled(self, held: Holding, source: Source) -> Outcome:
        self._step.size = source.size
        if not held.name:
            emptied = held.fingerprint is not None and not self._anew
            return Outcome(Fate.ALTERED) if emptied else self._uploaded(held, source)
        here = measured(source.chunks(), self._step)
        there = self._there(held)
        if here == there:
            if not held.vouched:
                self._store.vouch(self._entity, held.key, held.name, there)
            return Outcome(Fate.PRESENT)
        if self._anew:
            return self._uploaded(held, source)
        return Outcome(Fate.CHANGED if held.vouched and there == held.fingerprint else Fate.ALTERED)

    def _there(self, held: Holding) -> Fingerprint | None:
        """What the stored file is: as it was when somebody vouched for it, if it is as long; otherwise as it is now."""
        known = held.fingerprint
        if known is None or not held.vouched or self._anew:
            return self._store.fingerprint(self._entity, held.key, held.name, self._step)
        return known if self._store.length(self._entity, held.key, held.name) == known.size else None

    def _uploaded(self, held: Holding, source: Source) -> Outcome:
        sent = self._store.upload(self._entity, held.key, source, self._step)
        return Outcome(Fate.GONE) if sent is None else Outcome(Fate.UPLOADED, sent.size)


class _Step:
    """One row on the progress bar, which moves while its bytes pass, twice: to PocketBase and back. It keeps the lease, too."""

    _PARTS = 1024  # of a row: such fractions add up to whole numbers exactly

    def __init__(self, progress: Progress, turn: Turn) -> None:
        self.size = 0
        self._progress = progress
        self._turn = turn
        self._passed = 0
        self._shown = 0

    def __call__(self, count: int) -> None:
        self._turn.keep()
        self._passed += count
        self._show(self._passed * self._PARTS // (2 * max(self.size, 1)))

    def end(self) -> None:
        """The row is done, whatever passed."""
        self._turn.keep()
        self._show(self._PARTS)

    def _show(self, parts: int) -> None:
        parts = min(parts, self._PARTS)
        if parts > self._shown:
            self._progress.advance((parts - self._shown) / self._PARTS)
            self._shown = parts
