"""What the control tables and the journal say, as samples of the catalogue's metrics."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

from dualwrite.freezes import COURSES, End, Freeze, freezes
from dualwrite.gate import AT_LEAST, NEWER_THAN, Grounds, gate, gather
from dualwrite.metrics.catalogue import (
    BUILD,
    CONDITION,
    COPIED,
    DIFFERENCES,
    DUE,
    FREEZE,
    FREEZES,
    JUDGED,
    OBLIGATIONS,
    OLDEST,
    PHASE,
    PHASE_SINCE,
    PROGRESS_LEFT,
    PROGRESS_RATE,
    PROGRESS_ROWS,
    PROGRESS_TOTAL,
    READY,
    STUCK,
    SWITCHED,
    SWITCHES,
    VERIFIED,
    WAIVERS,
    Metric,
)
from dualwrite.migration import Migration
from dualwrite.phase import ControlState, Phase
from dualwrite.places import load_copying
from dualwrite.ports import Control, Journal, JournalState
from dualwrite.underway import Underway, load_underway

HISTORY = 10_000
"""Changes of phase that are read: more than people make in a migration."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one metric, its labels in the catalogue's order."""

    metric: Metric
    labels: tuple[str, ...]
    value: float


def look(
    control: Control,
    journal: Journal,
    migration: Migration,
    *,
    problems: Callable[[], Sequence[str]],
    now: datetime,
    newer_than: timedelta = NEWER_THAN,
    at_least: int = AT_LEAST,
) -> list[Sample]:
    """Everything that is stored. `problems` is what the gate asks PocketBase; `newer_than` and `at_least` are the gate's.

    Raises:
        DualwriteError: the database cannot be read, or there are no control tables.
    """
    entities = migration.entities
    names = [entity.name for entity in entities]
    grounds = gather(control, journal, entities, migration.contracts, problems=problems())
    return [
        *of_phase(control.read()),
        *of_journal(names, journal.state()),
        *(Sample(COPIED, (entity.name,), float(load_copying(control, entity).done)) for entity in entities),
        *of_jobs(load_underway(control), now),
        *of_verify(control.load("verify")),
        *of_gate(grounds, now=now, newer_than=newer_than, at_least=at_least),
        *of_freezes(freezes(control.history(HISTORY)), now),
    ]


def of_build(migration: str, dialect: str, hooks: str) -> Sample:
    """Who speaks."""
    labels = (version("dualwrite"), platform.python_version(), dialect, hooks, migration)
    return Sample(BUILD, labels, 1.0)


def of_phase(state: ControlState) -> Iterator[Sample]:
    """The phase, and since when."""
    for phase in Phase:
        yield Sample(PHASE, (phase.value,), float(phase is state.phase))
    yield Sample(PHASE_SINCE, (), state.since.timestamp())


def of_journal(names: Iterable[str], states: Iterable[JournalState]) -> Iterator[Sample]:
    """What is owed, for every entity."""
    found = {state.entity: state for state in states}
    for name in names:
        state = found.get(name) or JournalState(name, 0, 0.0, 0)
        yield Sample(OBLIGATIONS, (name,), state.open)
        yield Sample(DUE, (name,), state.due)
        yield Sample(OLDEST, (name,), state.oldest_seconds)
        yield Sample(STUCK, (name,), state.stuck)


def of_jobs(jobs: Iterable[Underway], now: datetime) -> Iterator[Sample]:
    """How far every job is."""
    at = now.timestamp()
    for job in jobs:
        place = (job.job, job.entity)
        yield Sample(PROGRESS_ROWS, place, job.done)
        yield Sample(PROGRESS_TOTAL, place, job.total)
        yield Sample(PROGRESS_RATE, place, job.rate(at))
        left = job.left(at)
        if left is not None:
            yield Sample(PROGRESS_LEFT, place, left)


def of_verify(saved: object) -> Iterator[Sample]:
    """The last full verify."""
    if not isinstance(saved, Mapping):
        return
    yield Sample(VERIFIED, (), datetime.fromisoformat(saved["at"]).timestamp())
    for entity, differing in saved.get("entities", {}).items():
        yield Sample(DIFFERENCES, (entity,), differing)


def of_gate(grounds: Grounds, *, now: datetime, newer_than: timedelta, at_least: int) -> Iterator[Sample]:
    """Whether the switch may happen, and what its method counts are."""
    conditions = gate(grounds, now=now, newer_than=newer_than, at_least=at_least)
    for condition in conditions:
        yield Sample(CONDITION, (condition.name,), float(condition.passes))
    yield Sample(READY, (), float(all(condition.passes for condition in conditions)))
    yield Sample(WAIVERS, (), len(grounds.waivers))
    for one in grounds.methods:
        if one.method not in grounds.waivers:
            repository, _, method = one.method.partition(".")
            yield Sample(JUDGED, (repository, method), one.judged)


def of_freezes(found: Sequence[Freeze], now: datetime) -> Iterator[Sample]:
    """Switches there and back. What never happened counts 0, so that the first is seen as an increase."""
    for course in COURSES:
        mine = [freeze for freeze in found if freeze.course is course]
        for end in End:
            count = sum(freeze.end is end for freeze in mine)
            yield Sample(SWITCHES, (course.name, end.value), count)
        yield Sample(FREEZES, (course.name,), sum(freeze.seconds(now) for freeze in mine))
        over = [freeze for freeze in mine if freeze.ended]
        if over:
            yield Sample(FREEZE, (course.name,), over[-1].seconds(now))
        done = [freeze.ended for freeze in over if freeze.end is End.DONE and freeze.ended]
        if done:
            yield Sample(SWITCHED, (course.name,), done[-1].timestamp())
