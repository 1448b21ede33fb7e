"""One key, several writers, and every order of their steps: the real code on both stores, stepped by a stage.

What is between two steps is one thing that nobody can see half of: a SQL transaction, or a request to PocketBase.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from typing_extensions import override

from dualwrite.applier import Applier, Job
from dualwrite.backfill import Backfill
from dualwrite.breaker import Breaker
from dualwrite.comparisons import Comparisons
from dualwrite.entity import Entity, Key, Row
from dualwrite.parts import Parts
from dualwrite.phase import ControlState, Phase, Reads
from dualwrite.relay import Relay
from dualwrite.settle import Settler
from dualwrite.shadow import Question, Sampler
from dualwrite.timing import Timing
from dualwrite.transitional import Behind, transitional
from tests.fakes import FakeControl
from tests.fault.cells import CELL, ICells
from tests.fault.stage import Stage, step

LONG = Timing(grace=3600.0, start_within=60.0, give_up=60.0, lease=600.0)
"""No case lasts this long: whatever a relay takes here before the end, it takes from the living."""

STEPS = 9  # of a writer that has to repair once


class SteppedReader:
    """SQL, as a look reads it. With `only`, a table of one row for a backfill."""

    exact = True

    def __init__(self, parts: Parts, only: Key | None = None) -> None:
        self._store = parts.sql_store
        self._only = only

    def read(self, entity: Entity, keys: Collection[Key]) -> dict[Key, Row]:
        step()
        return self._store.read(entity, keys)

    def scan(
        self, entity: Entity, *, after: Key | None = None, upto: Key | None = None, limit: int = 1000
    ) -> list[Row]:
        step()
        assert self._only is not None
        inside = (after is None or self._only > after) and (upto is None or self._only <= upto)
        return list(self._store.read(entity, [self._only]).values()) if inside and limit else []

    def count(self, entity: Entity) -> int:
        return 1


class SteppedWriter:
    """PocketBase, as a look writes it. With `only`, a collection of one record for a backfill."""

    exact = True

    def __init__(self, parts: Parts, only: Key | None = None) -> None:
        self._store = parts.pb_store
        self._only = only

    def put(self, entity: Entity, rows: Sequence[Row]) -> None:
        step()
        self._store.put(entity, rows)

    def delete(self, entity: Entity, keys: Collection[Key]) -> None:
        step()
        self._store.delete(entity, keys)

    def read(self, entity: Entity, keys: Collection[Key]) -> dict[Key, Row]:
        step()
        return self._store.read(entity, keys)

    def scan(
        self, entity: Entity, *, after: Key | None = None, upto: Key | None = None, limit: int = 1000
    ) -> list[Row]:
        step()
        assert self._only is not None
        inside = (after is None or self._only > after) and (upto is None or self._only <= upto)
        return list(self._store.read(entity, [self._only]).values()) if inside and limit else []

    def count(self, entity: Entity) -> int:
        return 1


class SteppedAdapter:
    """An adapter each of whose calls is a step."""

    def __init__(self, adapter: ICells) -> None:
        self._adapter = adapter

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(self._adapter, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            step()
            return function(*args, **kwargs)

        return call


class Inline(Behind):
    """Every write is applied at once, on the actor's own thread."""

    def __init__(self, parts: Parts, applier: Applier) -> None:
        self.sampler = Sampler(0.0, parts.comparisons)
        self.metrics = parts.metrics
        self.freeze_wait = 0.0
        self._applier = applier
        self._state = ControlState(Phase.DUAL, Reads.SQL, 1, datetime.now(UTC))

    @override
    def state(self) -> ControlState:
        return self._state

    @override
    def thawed(self) -> ControlState:
        raise AssertionError("nothing is frozen here")

    @override
    def apply(self, job: Job) -> None:
        self._applier.apply(job)

    @override
    def ask(self, question: Question) -> None:
        raise AssertionError("nothing is compared here")


@dataclass(frozen=True)
class Case:
    """What happens to one key, drawn from its seed: who takes part, who dies after how many steps, what was there before."""

    seed: int
    writes: tuple[tuple[str, tuple[str, ...]], ...]
    deaths: tuple[int | None, ...]  # of each write, then of the backfill
    has_backfill: bool
    has_relay: bool
    was_in_sql: bool
    was_in_pocketbase: bool

    @property
    def key(self) -> Key:
        return (f"case-{self.seed:06}",)

    @classmethod
    def drawn(cls, seed: int, writers: int) -> Case:
        random = Random(f"{seed} of {writers}")
        (id,) = key = (f"case-{seed:06}",)
        writes = tuple(
            ("remove", key)
            if method == "remove"
            else (method, (id, random.choice(("", f"by {number}", f"by {number}"))))
            for number, method in enumerate(random.choices(("put", "change", "remove"), (4, 2, 2), k=writers))
        )
        has_backfill = random.random() < 0.25
        has_deaths = random.random() < 0.4
        was_in_sql = random.random() < 0.7
        return cls(
            seed,
            writes,
            tuple(
                random.randrange(STEPS) if has_deaths and random.random() < 0.5 else None
                for _ in range(writers + 1)
            ),
            has_backfill,
            random.random() < 0.2,
            was_in_sql,
            was_in_sql and not (has_backfill and random.random() < 0.7),
        )


class Cast:
    """The real parts, stepped, and the stage that plays cases with them."""

    def __init__(self, parts: Parts, *, looks: bool) -> None:
        self._parts = parts
        self._looks = looks
        sql, pocketbase = parts.migration.sql(parts.database), parts.migration.pocketbase(parts.pocketbase)
        journal = parts.journal

        def pay(seqs: Collection[int]) -> None:
            step()
            journal.pay(seqs)

        settler = Settler(
            SteppedReader(parts),
            SteppedWriter(parts),
            journal,
            looks=looks,
            pay=pay,
        )
        applier = Applier(
            {name: SteppedAdapter(adapter) for name, adapter in pocketbase.items()},
            parts.entities,
            settler,
            journal,
            breaker=Breaker(),
            comparisons=Comparisons(parts.metrics),
            metrics=parts.metrics,
            timing=LONG,
        )
        self._cells = transitional("cells", ICells, sql["cells"], pocketbase["cells"], Inline(parts, applier))
        self._relay = Relay(
            journal,
            Settler(SteppedReader(parts), SteppedWriter(parts), journal, looks=looks),
            parts.entities,
            owner="relay",
            breaker=Breaker(),
            metrics=parts.metrics,
            timing=LONG,
        )

    def play(self, stage: Stage, case: Case) -> None:
        """Run one case to its end. What the dead owe is left to a relay."""
        scripts = [
            (self._write(*write), death) for write, death in zip(case.writes, case.deaths, strict=False)
        ]
        control = FakeControl()
        if case.has_backfill:
            scripts.append((lambda: self._copy(case.key, control), case.deaths[-1]))
        if case.has_relay:
            scripts.append((self._relay_once, None))
        stage.play(Random(case.seed), scripts)
        if case.has_backfill:
            self._copy(case.key, control)  # nobody runs beside it; a backfill that died is run again

    def _write(self, method: str, arguments: tuple[str, ...]) -> Callable[[], None]:
        function = getattr(self._cells, method)
        return lambda: function(*arguments)

    def _copy(self, key: Key, control: FakeControl) -> None:
        source, target = SteppedReader(self._parts, key), SteppedWriter(self._parts, key)
        Backfill(source, target, self._parts.journal, control, owner="backfill").run([CELL])

    def _relay_once(self) -> None:
        self._relay.once()


def play_all(parts: Parts, cases: Iterable[Case], *, looks: bool = True) -> None:
    """Play these cases one after the other, then let a relay pay for the dead."""
    cast = Cast(parts, looks=looks)
    with ExitStack() as stack:
        stage = stack.enter_context(Stage(5))
        for case in cases:
            cast.play(stage, case)
    parts.relay().drain(seconds=60, grace=0.0)


def set_scene(parts: Parts, cases: Sequence[Case]) -> None:
    """What was there before any case begins. The phase must be `sql_only`."""

    def rows(found: Iterable[Case]) -> list[Row]:
        return [{"id": case.key[0], "text": "before"} for case in found]

    parts.sql_store.put(CELL, rows(case for case in cases if case.was_in_sql))
    parts.pb_store.put(CELL, rows(case for case in cases if case.was_in_pocketbase))
