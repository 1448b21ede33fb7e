"""The rollback's work: SQL becomes what PocketBase is, deletions included, before it may answer again.

Nobody writes to SQL meanwhile but this: the fence refuses everybody else, and this only while the phase is the very one it began
in. Every row of both sides is compared, so nothing is missed, whoever wrote it. What PocketBase holds and SQL cannot is named,
and stops it.

    writes go on      copy what differs; again, for what changed meanwhile
    writes are paused copy what is left, while the last requests end; then compare everything until nothing differs
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from typing_extensions import override

from dualwrite.chunks import ChunkSize, side_by_side
from dualwrite.codec import same_row
from dualwrite.entity import Entity, Key, Row
from dualwrite.errors import ConfigurationError, Misfit, Misfits, Refused
from dualwrite.ports import Control, Reader, Store
from dualwrite.progress import Progress
from dualwrite.switch import ROLLBACK, Course, Pause, Work
from dualwrite.timing import PHASE_TTL
from dualwrite.underway import Kept

PASSES = 5
"""How often everything is compared while writes are paused, before whoever still writes is looked for."""


class SqlTarget(Store, Protocol):
    """What the copy back needs of SQL beyond a store."""

    def misfit(self, entity: Entity, row: Row) -> tuple[str, str] | None:
        """A column of this row that SQL cannot hold, and why; None where that can be seen only by trying."""

    def exchange(self, entity: Entity, rows: Sequence[Row]) -> dict[Key, Refused]:
        """Put rows that may hold each other's unique values: all out, then all in, in one transaction. Where some are
        refused nothing is changed, and the answer says which."""


@dataclass(slots=True)
class CopiedBack:
    """What a comparison of one entity came to: rows that PocketBase holds, rows written to SQL, rows deleted there."""

    entity: str
    rows: int = 0
    written: int = 0
    deleted: int = 0


class Rollback(Work):
    """See `Work`. `source` is PocketBase, `target` makes the SQL store that passes the fence in the phase of that epoch.

    `writes_end` is how long a write to PocketBase alone may last, in seconds: `Timing.give_up`.
    """

    def __init__(
        self,
        control: Control,
        source: Reader,
        target: Callable[[int], SqlTarget],
        entities: Sequence[Entity],
        *,
        writes_end: float,
        deadline: float,
        progress: Progress | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chunk: ChunkSize | None = None,
    ) -> None:
        self._control = control
        self._source = source
        self._target = target
        self._entities = entities
        self._writes_end = PHASE_TTL + writes_end
        self._deadline = deadline
        self._progress = Kept(control, progress)
        self._sleep = sleep
        self._chunk = chunk

    @property
    @override
    def course(self) -> Course:
        return ROLLBACK

    def look(self, epoch: int) -> list[CopiedBack]:
        """What would be copied back now. Nothing is changed. Raises `Misfits` as `prepare` does, where it can be seen."""
        return self._pass(epoch, "compare", changes=False)

    @override
    def prepare(self, epoch: int) -> None:
        """Copy what differs, and measure how long a comparison takes.

        Raises:
            Misfits: SQL cannot hold some rows.
            ConfigurationError: the deadline is too short for a comparison of everything.
        """
        self._pass(epoch, "copy back")
        begun = monotonic()
        self._pass(epoch, "compare")
        took = monotonic() - begun
        # One beside the last writes, one that finds nothing, and half of one to spare.
        needed = max(took, self._writes_end) + 1.5 * took
        if needed > self._deadline:
            raise ConfigurationError(
                f"comparing everything takes {took:.0f} s here, and writes may be paused for {self._deadline:g} s only: give "
                f"--deadline {needed + 1:.0f}"
            )

    @override
    def finish(self, pause: Pause, epoch: int) -> int:
        """Copy the rest, wait for the last writes, and compare everything until nothing differs."""
        frozen = monotonic()
        self._pass(epoch, "copy back", pause)
        # Whoever looked at the phase just before may have a request under way until then, and be told that it is done.
        self._sleep(max(0.0, frozen + self._writes_end - monotonic()))
        for _ in range(PASSES):
            found = self._pass(epoch, "compare", pause)
            if not any(one.written or one.deleted for one in found):
                # What a verify found before the cutover says nothing about what PocketBase holds now.
                self._control.save("verify", None)
                return sum(one.rows for one in found)
        raise ConfigurationError(
            "PocketBase changes although writes are paused: somebody writes to it who does not follow the phase, its dashboard or "
            'connect(backend="pocketbase"); end that first'
        )

    def _pass(
        self, epoch: int, job: str, pause: Pause | None = None, *, changes: bool = True
    ) -> list[CopiedBack]:
        one = _Pass(self._source, self._target(epoch), changes=changes)
        found: list[CopiedBack] = []
        for entity in self._entities:
            self._progress.begin(job, entity.name, self._source.count(entity))
            copied = CopiedBack(entity.name)
            chunks = side_by_side(self._source, one.target, entity, size=self._chunk)
            for theirs, ours in chunks:
                copied.rows += len(theirs)
                rows = len(theirs)
                one.copy(entity, theirs, ours, copied)
                self._progress.advance(rows)
                if pause is not None:
                    pause.check()
            self._progress.end()
            found.append(copied)
        one.finish()
        return found


@dataclass
class _Pass:
    """One comparison of everything. What SQL refuses at first is tried again at the end: a unique value may be let go, and a
    row that another refers to may be written, later in the same pass."""

    source: Reader
    target: SqlTarget
    changes: bool
    misfits: list[Misfit] = field(default_factory=list)
    to_put: dict[Entity, list[Key]] = field(default_factory=lambda: defaultdict(list))
    to_delete: dict[Entity, list[Key]] = field(default_factory=lambda: defaultdict(list))

    def copy(
        self, entity: Entity, theirs: dict[Key, Row], ours: Iterator[dict[Key, Row]], copied: CopiedBack
    ) -> None:
        """Make one range of SQL what it is in PocketBase."""
        changed: list[Row] = []
        gone: list[Key] = []
        for page in ours:
            for key, row in page.items():
                wanted = theirs.pop(key, None)
                if wanted is None:
                    gone.append(key)
                elif not same_row(entity, wanted, row, exact=self.source.exact):
                    changed.append(wanted)
        changed += theirs.values()
        copied.written += len(changed)
        copied.deleted += len(gone)
        fit = [row for row in changed if self._fits(entity, row)]
        if self.changes:
            self._delete(entity, gone)
            self._put(entity, fit)

    def _fits(self, entity: Entity, row: Row) -> bool:
        found = self.target.misfit(entity, row)
        if found is not None:
            self.misfits.append(Misfit(entity.name, entity.key_of(row), *found))
        return found is None

    def _delete(self, entity: Entity, keys: Sequence[Key]) -> None:
        try:
            self.target.delete(entity, keys)
        except Refused:
            if len(keys) == 1:
                self.to_delete[entity] += keys
                return
            half = len(keys) // 2
            self._delete(entity, keys[:half])
            self._delete(entity, keys[half:])

    def _put(self, entity: Entity, rows: Sequence[Row]) -> None:
        try:
            self.target.put(entity, rows)
        except Refused:
            if len(rows) == 1:
                self.to_put[entity].append(entity.key_of(rows[0]))
                return
            half = len(rows) // 2
            self._put(entity, rows[:half])
            self._put(entity, rows[half:])

    def finish(self) -> None:
        """Try what was refused until all is done or nothing helps. Raises `Misfits`."""
        moved = True
        refused: list[Misfit] = []
        while moved and (self.to_put or self.to_delete):
            moved, refused = False, []
            for work, one in ((self.to_delete, self._delete_again), (self.to_put, self._put_again)):
                for entity in list(work):
                    failed = one(entity, work[entity])
                    refused += failed
                    if not failed:
                        del work[entity]
                        moved = True
        if self.misfits or refused:
            raise Misfits([*self.misfits, *refused])

    def _delete_again(self, entity: Entity, keys: Sequence[Key]) -> list[Misfit]:
        failed: list[Misfit] = []
        for key in keys:
            try:
                self.target.delete(entity, [key])
            except Refused as error:
                failed.append(Misfit(entity.name, key, "$", str(error)))
        return failed

    def _put_again(self, entity: Entity, keys: Sequence[Key]) -> list[Misfit]:
        # As they are now: another may have changed them since.
        rows = list(self.source.read(entity, keys).values())
        fit = [row for row in rows if self._fits(entity, row)]
        failed = self.target.exchange(entity, fit)
        return [Misfit(entity.name, key, "$", str(error)) for key, error in failed.items()]
