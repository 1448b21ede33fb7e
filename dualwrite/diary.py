"""The diary: what nobody could say afterwards. How many obligations were open when, and when PocketBase did not answer.

Every process that takes part keeps it beside its other housekeeping. It lies in the control table and stays small: of the
points, the older half grows coarser whenever there are too many; of the outages, the last are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from dualwrite.breaker import Breaker
from dualwrite.phase import Phase
from dualwrite.ports import Control, Journal

EVERY = 30.0
"""Seconds between two points; over all processes there is one in this time."""
MOST_POINTS = 240
MOST_OUTAGES = 50
SAME_OUTAGE = timedelta(seconds=30)
"""Two outages nearer than this are one: each process notices the end of it in its own time."""
POINTS, OUTAGES, LEASE = "diary:points", "diary:outages", "diary"


@dataclass(frozen=True, slots=True)
class Point:
    """The journal at one moment: obligations open, keys stuck, and the age of the oldest in seconds."""

    at: datetime
    open: int
    stuck: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Outage:
    """PocketBase was given a rest, by whichever process: from when, for how many seconds so far, and the most obligations
    that were seen open meanwhile."""

    at: datetime
    seconds: float
    open: int

    @property
    def until(self) -> datetime:
        """When it ended, or was last seen."""
        return self.at + timedelta(seconds=self.seconds)


def thinned(points: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """At most `most` points. Where there are more, of each two neighbours in the older half the one with more open stays: a
    peak outlives its day."""
    if len(points) <= most:
        return list(points)
    half = len(points) // 2 // 2 * 2
    older = [max(points[at : at + 2], key=lambda point: point.open) for at in range(0, half, 2)]
    return thinned([*older, *points[half:]], most)


def noted(outages: Sequence[Outage], seen: Outage, most: int = MOST_OUTAGES) -> list[Outage]:
    """With this one among them, as one with those that it touches; the last `most`, oldest first."""
    apart, begin, end, most_open = [], seen.at, seen.until, seen.open
    for outage in sorted(outages, key=lambda outage: outage.at):
        if outage.at - SAME_OUTAGE <= end and begin - SAME_OUTAGE <= outage.until:
            begin, end = min(begin, outage.at), max(end, outage.until)
            most_open = max(most_open, outage.open)
        else:
            apart.append(outage)
    joined = Outage(begin, (end - begin).total_seconds(), most_open)
    return sorted([*apart, joined], key=lambda outage: outage.at)[-most:]


class Diary:
    """Kept by one process; call `keep` about once a second. `breaker` is None where the process asks PocketBase nothing."""

    def __init__(
        self,
        control: Control,
        journal: Journal,
        breaker: Breaker | None,
        *,
        owner: str,
        every: float = EVERY,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._control = control
        self._journal = journal
        self._breaker = breaker
        self._owner = owner
        self._every = every
        self._now = now
        self._clock = clock
        self._next = 0.0
        self._outage: Outage | None = None
        self._outage_saved = 0.0

    def keep(self) -> None:
        """Write down what there is to write down. Raises what the control table and the journal raise."""
        if self._clock() >= self._next:
            self._next = self._clock() + self._every
            # The lease is what makes it one point over all processes.
            if self._speaks() and self._control.lock(LEASE, self._owner, seconds=self._every * 0.9):
                self.note()
        self._look_at_breaker()

    def note(self) -> None:
        """Add a point now."""
        points = thinned([*load_points(self._control), self._point()])
        self._control.save(POINTS, [_document(point) for point in points])

    def _speaks(self) -> bool:
        """Whether there is a journal to speak of."""
        return self._control.read().phase in (Phase.DUAL, Phase.FROZEN)

    def _point(self) -> Point:
        state = self._journal.state()
        return Point(
            self._now(),
            sum(entity.open for entity in state),
            sum(entity.stuck for entity in state),
            round(max((entity.oldest_seconds for entity in state), default=0.0), 1),
        )

    def _look_at_breaker(self) -> None:
        resting = self._breaker is not None and self._breaker.is_open
        before, now = self._outage, self._now()
        if not resting and before is None:
            return
        outage = before or Outage(now, 0.0, 0)
        seconds = max(0.0, (now - outage.at).total_seconds())
        # One that goes on is saved every so often: a process may die before it ends.
        if resting and before is not None and self._clock() < self._outage_saved + self._every:
            self._outage = replace(outage, seconds=seconds)
            return
        outage = replace(outage, seconds=seconds, open=max(outage.open, self._point().open))
        self._control.save(OUTAGES, [_document(each) for each in noted(load_outages(self._control), outage)])
        self._outage = outage if resting else None
        self._outage_saved = self._clock()


def load_points(control: Control) -> list[Point]:
    """Every point that is kept, oldest first."""
    return [Point(**_timed(saved)) for saved in _list(control.load(POINTS))]


def load_outages(control: Control) -> list[Outage]:
    """Every outage that is kept, oldest first."""
    return [Outage(**_timed(saved)) for saved in _list(control.load(OUTAGES))]


def _list(saved: object) -> list[Mapping[str, Any]]:
    return saved if isinstance(saved, list) else []


def _timed(saved: Mapping[str, Any]) -> dict[str, Any]:
    return {**saved, "at": datetime.fromisoformat(saved["at"])}


def _document(one: Point | Outage) -> dict[str, Any]:
    return asdict(one) | {"at": one.at.isoformat()}
