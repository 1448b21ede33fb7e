"""In-memory stand-ins for everything behind `dualwrite.ports`, with faults that strike exactly where a test says.

`tests/ports` holds them to the same acceptance tests as the real stores. Nothing here sleeps; time is a `Clock`.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from dualwrite.codec import to_record, to_values
from dualwrite.digest import RangeDigest
from dualwrite.entity import Entity, Key, Row, Told
from dualwrite.errors import AnswerLost, ConfigurationError, Refused, Unavailable, Unrepresentable
from dualwrite.metrics import Metric, Metrics
from dualwrite.observation import Observation
from dualwrite.phase import ControlState, Phase, Reads, Transition, may_change
from dualwrite.ports import Control, Journal, JournalState, Obligation, Store, Waiting
from dualwrite.underway import SAVED
from tests.telling import digest_of, told, untold


class Clock:
    """Time that moves when told to."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


Fault = tuple[BaseException, bool]


class Faults:
    """What goes wrong, by operation and the number of its call, counted from 1: before or after it took effect.

    `at_any_call` counts all operations of everything that shares this object.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.planned: dict[tuple[str, int], Fault] = {}
        self.before: dict[str, Callable[[], None]] = {}
        self.total = 0
        self.at_any_call: tuple[int, BaseException] | None = None

    def plan(self, operation: str, number: int, error: BaseException, *, done: bool = False) -> None:
        self.planned[operation, self.calls[operation] + number] = (error, done)

    @contextmanager
    def around(self, operation: str) -> Iterator[None]:
        self.total += 1
        if self.at_any_call is not None and self.at_any_call[0] == self.total:
            raise self.at_any_call[1]
        self.calls[operation] += 1
        error, done = self.planned.pop((operation, self.calls[operation]), (None, False))
        if error is not None and not done:
            raise error
        # After the fault: a hook may change the store between two steps of whoever is tested.
        if hook := self.before.get(operation):
            hook()
        yield
        if error is not None:
            raise error


class FakeStore(Store):
    """Rows in dicts. `refuses` maps a key to the error that a put with it meets; with `checks` a row must be representable, with `vouches` it
    says what it holds without being read."""

    def __init__(self, *, exact: bool = True, faults: Faults | None = None) -> None:
        self.rows: dict[str, dict[Key, Row]] = defaultdict(dict)
        self.refuses: dict[Key, Exception] = {}
        self.checks = False
        self.vouches = False
        self.faults = faults or Faults()
        self.puts: list[list[Key]] = []
        self.deletes: list[list[Key]] = []
        self.scans: list[int] = []
        self.without_indexes: set[str] = set()
        self._exact = exact
        self._lock = threading.RLock()

    @property
    @override
    def exact(self) -> bool:
        return self._exact

    @override
    def read(self, entity: Entity, keys: Collection[Key]) -> dict[Key, Row]:
        with self._lock, self.faults.around("read"):
            rows = self.rows[entity.name]
            return {key: dict(rows[key]) for key in keys if key in rows}

    @override
    def scan(
        self, entity: Entity, *, after: Key | None = None, upto: Key | None = None, limit: int = 1000
    ) -> list[Row]:
        with self._lock, self.faults.around("scan"):
            self.scans.append(limit)
            return self._between(entity, after, upto, limit)

    def _between(self, entity: Entity, after: Key | None, upto: Key | None, limit: int) -> list[Row]:
        low = _binary(after) if after is not None else None
        high = _binary(upto) if upto is not None else None
        found = sorted(
            (
                key
                for key in self.rows[entity.name]
                if (low is None or _binary(key) > low) and (high is None or _binary(key) <= high)
            ),
            key=_binary,
        )
        return [dict(self.rows[entity.name][key]) for key in found[:limit]]

    def defer_indexes(self, entity: Entity) -> None:
        with self.faults.around("defer_indexes"):
            self.without_indexes.add(entity.name)

    def make_indexes(self, entity: Entity) -> None:
        with self.faults.around("make_indexes"):
            self.without_indexes.discard(entity.name)

    @override
    def count(self, entity: Entity) -> int:
        with self._lock, self.faults.around("count"):
            return len(self.rows[entity.name])

    def tell(
        self, entity: Entity, *, after: Key | None = None, upto: Key | None = None, limit: int = 1000
    ) -> dict[Key, Told]:
        with self._lock, self.faults.around("tell"):
            rows = self._between(entity, after, upto, limit)
            return {entity.key_of(row): told(entity, row) for row in rows}

    def prepared(self, entity: Entity, rows: Mapping[Key, Told]) -> Callable[[], None] | None:
        if not self._exact or any(row[0] is None for row in rows.values()):
            return None
        put = [untold(entity, row) for row in rows.values()]
        try:
            list(to_values(entity, put))
        except Unrepresentable:
            return None
        return lambda: self.put(entity, put)

    def holds(
        self, entity: Entity, digest: RangeDigest, *, after: Key | None = None, upto: Key | None = None
    ) -> bool:
        with self._lock, self.faults.around("holds"):
            if not self.vouches or digest.sha256 is None:
                return False
            rows = self._between(entity, after, upto, digest.rows + 1)
            return digest_of(entity, rows).sha256 == digest.sha256

    def marks(self, entity: Entity, every: int) -> list[Key]:
        with self._lock, self.faults.around("marks"):
            return sorted(self.rows[entity.name], key=_binary)[every - 1 :: every]

    @override
    def put(self, entity: Entity, rows: Sequence[Row]) -> None:
        with self._lock, self.faults.around("put"):
            keys = [entity.key_of(row) for row in rows]
            self.puts.append(keys)
            for key in keys:
                if error := self.refuses.get(key):
                    raise error
            for row in rows if self.checks else ():
                to_record(entity, row)
            self.rows[entity.name].update((key, dict(row)) for key, row in zip(keys, rows, strict=True))

    @override
    def delete(self, entity: Entity, keys: Collection[Key]) -> None:
        with self._lock, self.faults.around("delete"):
            self.deletes.append(list(keys))
            for key in keys:
                self.rows[entity.name].pop(key, None)


def _binary(key: Key) -> tuple[bytes, ...]:
    return tuple(part.encode() for part in key)


@dataclass
class _Owed:
    """A journal row as it is kept."""

    seq: int
    entity: str
    key: Key
    since: float
    attempts: int = 0
    owner: str | None = None
    leased_until: float = 0.0
    not_before: float = 0.0
    error: str | None = None
    stuck: bool = False

    @property
    def obligation(self) -> Obligation:
        return Obligation(self.seq, self.entity, self.key, self.attempts)


class FakeJournal(Journal):
    """Obligations in a dict."""

    def __init__(self, clock: Callable[[], float] | None = None, *, faults: Faults | None = None) -> None:
        self.clock = clock or Clock()
        self.faults = faults or Faults()
        self._rows: dict[int, _Owed] = {}
        self._paid: list[tuple[float, _Owed]] = []
        self._next = 1
        self._lock = threading.RLock()

    @property
    def open(self) -> list[Obligation]:
        """Every open obligation."""
        with self._lock:
            return [row.obligation for row in self._rows.values()]

    def not_before(self, seq: int) -> float:
        """When a postponed obligation may be claimed, on this journal's clock."""
        return self._rows[seq].not_before

    def last_error(self, seq: int) -> str | None:
        return self._rows[seq].error

    def trigger(self, entity: str, keys: Collection[Key], *, hold: float = 0.0) -> list[Obligation]:
        """What the database's triggers do; no call of the library, so no fault strikes it."""
        with self._lock:
            added = []
            for key in keys:
                row = _Owed(self._next, entity, key, self.clock(), not_before=self.clock() + hold)
                self._rows[self._next] = row
                self._next += 1
                added.append(row.obligation)
            return added

    @override
    def owe(self, entity: str, keys: Collection[Key], *, hold: float) -> list[Obligation]:
        with self._lock, self.faults.around("owe"):
            return self.trigger(entity, keys, hold=hold)

    @override
    def claim(self, owner: str, *, limit: int, lease_seconds: float) -> list[Obligation]:
        with self._lock, self.faults.around("claim"):
            now = self.clock()
            due = [row for row in self._rows.values() if row.not_before <= now and row.leased_until <= now][
                :limit
            ]
            for row in due:
                row.owner, row.leased_until = owner, now + lease_seconds
            return [row.obligation for row in due]

    def _held(self, seqs: Collection[int], owner: str | None) -> list[_Owed]:
        return [row for seq in seqs if (row := self._rows.get(seq)) and row.owner == owner]

    @override
    def pay(self, seqs: Collection[int], *, owner: str | None = None) -> None:
        with self._lock, self.faults.around("pay"):
            for row in self._held(seqs, owner):
                self._paid.append((self.clock(), self._rows.pop(row.seq)))

    @override
    def postpone(
        self,
        seqs: Collection[int],
        *,
        seconds: float,
        error: str | None,
        stuck: bool = False,
        owner: str | None = None,
    ) -> None:
        with self._lock, self.faults.around("postpone"):
            for row in self._held(seqs, owner):
                row.leased_until, row.not_before = 0.0, self.clock() + seconds
                row.error, row.stuck = error, stuck
                row.attempts += error is not None

    @override
    def open_for(self, entity: str, keys: Collection[Key], *, older_than: float = 0.0) -> bool:
        with self._lock, self.faults.around("open_for"):
            return any(
                row.entity == entity
                and (not keys or row.key in keys)
                and row.since <= self.clock() - older_than
                for row in self._rows.values()
            )

    @override
    def open_among(self, entity: str, keys: Collection[Key]) -> set[Key]:
        with self._lock, self.faults.around("open_for"):
            return {row.key for row in self._rows.values() if row.entity == entity and row.key in keys}

    @override
    def others(
        self,
        entities: Collection[str],
        *,
        seconds: float,
        besides: Collection[int],
        settled: Collection[int] = (),
    ) -> bool:
        with self._lock, self.faults.around("others"):
            rows = [row for row in self._rows.values() if row.seq not in settled]
            rows += [row for when, row in self._paid if when >= self.clock() - seconds]
            return any(row.entity in entities and row.seq not in besides for row in rows)

    @override
    def fold(self) -> None:
        self.faults.calls["fold"] += 1

    @override
    def state(self) -> list[JournalState]:
        with self._lock, self.faults.around("state"):
            found = []
            for entity in sorted({row.entity for row in self._rows.values()}):
                rows = [row for row in self._rows.values() if row.entity == entity]
                oldest = self.clock() - min(row.since for row in rows)
                stuck = len({row.key for row in rows if row.stuck})
                due = sum(max(row.not_before, row.leased_until) <= self.clock() for row in rows)
                found.append(JournalState(entity, len(rows), oldest, stuck, due))
            return found

    @override
    def stuck(self, limit: int = 100) -> list[tuple[Obligation, str]]:
        with self._lock, self.faults.around("stuck"):
            return [(row.obligation, row.error or "") for row in self._rows.values() if row.stuck][:limit]

    @override
    def waiting(self, limit: int = 100) -> list[Waiting]:
        with self._lock, self.faults.around("waiting"):
            rows = sorted(self._rows.values(), key=lambda row: (not row.stuck, row.seq))
            now = self.clock()
            return [
                Waiting(row.entity, row.key, now - row.since, row.attempts, row.error or "", row.stuck)
                for row in rows[:limit]
            ]


class FakeControl(Control):
    """The control table in a dict."""

    def __init__(
        self,
        phase: Phase = Phase.DUAL,
        reads: Reads = Reads.SQL,
        *,
        clock: Callable[[], float] | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.faults = faults or Faults()
        self.state = ControlState(phase, reads, 1, datetime.now(UTC))
        self.saved: dict[str, Any] = {}
        self._leases: dict[str, tuple[str, float]] = {}
        self._history: list[Transition] = []
        self._lock = threading.RLock()

    @override
    def read(self) -> ControlState:
        with self.faults.around("read_state"), self._lock:
            return self.state

    @override
    def change(
        self, *, expect: Phase, to: Phase, reads: Reads, actor: str, why: str, epoch: int | None = None
    ) -> ControlState:
        with self._lock, self.faults.around("change"):
            if self.state.phase is not expect or epoch not in (None, self.state.epoch):
                raise ConfigurationError(f"the phase is {self.state.phase}, not {expect}")
            if not may_change(expect, to, reads):
                raise ConfigurationError(f"{expect} → {to} is not allowed")
            now = datetime.now(UTC)
            self.state = ControlState(to, reads, self.state.epoch + 1, now)
            self._history.insert(0, Transition(now, actor, expect, to, why))
            return self.state

    @override
    def history(self, limit: int = 100) -> list[Transition]:
        with self._lock, self.faults.around("history"):
            return self._history[:limit]

    @override
    def save(self, name: str, value: object) -> None:
        # How far a job is, is for people to look at: losing it is contained, so no fault strikes it here.
        struck = self.faults.around("save") if not name.startswith(SAVED) else nullcontext()
        with self._lock, struck:
            if value is None:
                self.saved.pop(name, None)
            else:
                self.saved[name] = json.loads(json.dumps(value))  # a real table gives lists back for tuples

    @override
    def load(self, name: str) -> object:
        with self._lock, self.faults.around("load"):
            return self.saved.get(name)

    @override
    def values(self, prefix: str) -> dict[str, object]:
        with self._lock, self.faults.around("values"):
            return {
                name: value
                for name, value in self.saved.items()
                if name.startswith(prefix) and value is not None
            }

    @override
    def lock(self, name: str, owner: str, *, seconds: float) -> bool:
        with self._lock, self.faults.around("lock"):
            holder, until = self._leases.get(name, (owner, 0.0))
            if holder != owner and until > self.clock():
                return False
            self._leases[name] = (owner, self.clock() + seconds)
            return True

    @override
    def unlock(self, name: str, owner: str) -> None:
        with self._lock, self.faults.around("unlock"):
            if self._leases.get(name, ("", 0.0))[0] == owner:
                del self._leases[name]

    @override
    def held(self, name: str, owner: str) -> float:
        with self._lock, self.faults.around("held"):
            holder, until = self._leases.get(name, ("", 0.0))
            return max(0.0, until - self.clock()) if holder == owner else 0.0


class FakeMetrics(Metrics):
    """Keeps what was counted, by metric name and labels. Refuses labels that the catalogue does not declare."""

    def __init__(self) -> None:
        self.counters: Counter[tuple[str, ...]] = Counter()
        self.gauges: dict[tuple[str, ...], float] = {}
        self.seen: dict[tuple[str, ...], list[float]] = defaultdict(list)
        self._lock = threading.Lock()

    @override
    def add(self, metric: Metric, *labels: str, amount: float = 1.0) -> None:
        with self._lock:
            self.counters[_place(metric, labels)] += amount  # type: ignore[assignment]

    @override
    def set(self, metric: Metric, *labels: str, value: float) -> None:
        self.gauges[_place(metric, labels)] = value

    @override
    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        self.seen[_place(metric, labels)].append(value)

    def count(self, metric: Metric, *labels: str) -> float:
        return self.counters[_place(metric, labels)]


def _place(metric: Metric, labels: tuple[str, ...]) -> tuple[str, ...]:
    assert len(labels) == len(metric.labels), f"{metric.name} has labels {metric.labels}, not {labels}"
    return (metric.name, *labels)


def one_by_one(
    calls: Sequence[Callable[[], Observation]], under_way: Callable[[], AbstractContextManager[None]]
) -> list[Observation]:
    """What `PocketBase.together` does, with each call for one request."""
    answers = []
    for call in calls:
        with suppress(Exception), under_way():
            answers.append(answer := call())
            if answer.error is not None:
                raise answer.error
    return answers


def unavailable() -> Unavailable:
    return Unavailable("PocketBase is not there", status=503)


def lost() -> AnswerLost:
    return AnswerLost("PocketBase did not answer")


def refusal() -> Refused:
    return Refused("PocketBase says no", status=400)
