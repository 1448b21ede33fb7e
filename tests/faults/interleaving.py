"""One key, several writers, and every order of their steps: the real code on both stores, stepped by a stage.

What is between two steps is one thing that nobody can see half of: a SQL transaction, or a request to PocketBase.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import text
from typing_extensions import override

from dualwrite import Adapter
from dualwrite.applier import Applier, Job
from dualwrite.backfill import Backfill
from dualwrite.breaker import Breaker
from dualwrite.call import Call, acknowledged, announce, calling
from dualwrite.comparisons import Comparisons
from dualwrite.entity import Entity, Key, Row, Told
from dualwrite.kept import Keeper
from dualwrite.parts import Parts
from dualwrite.payments import Payments
from dualwrite.phase import ControlState, Phase, Reads
from dualwrite.pocketbase.changes import Change, Delete, Put, Update, key_of
from dualwrite.ports import Store
from dualwrite.relay import Relay
from dualwrite.sampler import Sampler
from dualwrite.settle import Settler
from dualwrite.shadow import Question
from dualwrite.timing import Timing
from dualwrite.transitional import Behind, transitional
from dualwrite.watch import PhaseWatch
from tests.fakes import FakeControl
from tests.faults.cells import CELL, ICells
from tests.faults.stage import Play, Stage, ask, step
from tests.telling import told, untold

LONG = Timing(start_within=60.0, give_up=60.0, lease=7200.0, lost_wait=3600.0)
"""No case lasts this long: a relay that takes what is younger, or leased, takes it from the living."""

STEPS = 9  # of a writer that has to repair once


class Stepped:
    """A store, each of whose calls is a step; those that can be are made for many plays together.

    With `only`, a store of one row: what a backfill sees of it.
    """

    exact = True

    def __init__(self, store: Store, only: Key | None = None) -> None:
        self._store = store
        self._only = only

    def read(self, entity: Entity, keys: Collection[Key]) -> dict[Key, Row]:
        found: dict[Key, Row] = ask(self._read, keys)
        return found

    def put(self, entity: Entity, rows: Sequence[Row]) -> None:
        ask(self._put, rows)

    def delete(self, entity: Entity, keys: Collection[Key]) -> None:
        ask(self._delete, keys)

    def scan(
        self, entity: Entity, *, after: Key | None = None, upto: Key | None = None, limit: int = 1000
    ) -> list[Row]:
        assert self._only is not None
        inside = (after is None or self._only > after) and (upto is None or self._only <= upto)
        return list(self.read(entity, [self._only]).values()) if inside and limit else []

    def count(self, entity: Entity) -> int:
        return 1

    def marks(self, entity: Entity, every: int) -> list[Key]:
        return []

    def tell(
        self, entity: Entity, *, after: Key | None = None, upto: Key | None = None, limit: int = 1000
    ) -> dict[Key, Told]:
        rows = self.scan(entity, after=after, upto=upto, limit=limit)
        return {entity.key_of(row): told(entity, row) for row in rows}

    def prepared(self, entity: Entity, rows: Mapping[Key, Told]) -> Callable[[], None]:
        return lambda: self.put(entity, [untold(entity, row) for row in rows.values()])

    def holds(self, *_: Any, **__: Any) -> bool:
        return False

    def defer_indexes(self, _: Entity) -> None:
        raise AssertionError("of so few rows none are")

    make_indexes = defer_indexes

    def seeing(self, only: Key) -> Stepped:
        """The same store as if it held nothing but one row."""
        narrow = copy(self)
        narrow._only = only
        return narrow

    def _read(self, asked: list[Collection[Key]]) -> list[dict[Key, Row]]:
        found = self._store.read(CELL, [key for keys in asked for key in keys])
        return [{key: found[key] for key in keys if key in found} for keys in asked]

    def _put(self, asked: list[Sequence[Row]]) -> list[None]:
        self._store.put(CELL, [row for rows in asked for row in rows])
        return [None] * len(asked)

    def _delete(self, asked: list[Collection[Key]]) -> list[None]:
        self._store.delete(CELL, [key for keys in asked for key in keys])
        return [None] * len(asked)


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


class CellsTogether(Adapter, ICells, contract=ICells):
    """`CellsPB`, whose requests are sent for many plays together."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def put(self, id: str, text: str | None) -> bool:
        self._apply(Put(CELL, {"id": id, "text": text}))
        return True

    def change(self, id: str, text: str | None) -> bool:
        return self._apply(Update(CELL, (id,), {"text": text}))

    def remove(self, id: str) -> bool:
        return self._apply(Delete(CELL, (id,)))

    def get(self, id: str) -> str | None:
        raise AssertionError("nothing is compared here")

    def _apply(self, change: Change) -> bool:
        """Whether there was such a record before."""
        announce(CELL, [key_of(change)])
        was_there, confirmed = ask(self._apply_all, change)
        for row in confirmed:
            acknowledged(CELL, key_of(change), row)
        return bool(was_there)

    def _apply_all(self, changes: list[Change]) -> list[tuple[bool, list[Row | None]]]:
        before = self._parts.pb_store.read(CELL, [key_of(change) for change in changes])
        done = [change for change in changes if not isinstance(change, Update) or key_of(change) in before]
        with calling(Call()) as call:
            self._parts.pocketbase.apply(done)
        found = {key: row for (_, key), row in call.acknowledged.items()}
        return [
            (key in before, [found[key]] if key in found else [])
            for key in (key_of(change) for change in changes)
        ]


class AlwaysDual(PhaseWatch):
    """Asks nobody."""

    def __init__(self) -> None:
        self.known = ControlState(Phase.DUAL, Reads.SQL, 1, datetime.now(UTC))
        self.fresh_until = float("inf")


class Inline(Behind):
    """Every write is applied at once, on the actor's own thread."""

    def __init__(self, parts: Parts, applier: Applier) -> None:
        self.watch = AlwaysDual()
        self.sampler = Sampler(0.0, parts.comparisons.count, metrics=parts.metrics)
        self.keeper = Keeper()
        self.metrics = parts.metrics
        self.freeze_wait = self.give_up = 0.0
        self._applier = applier

    @override
    def thawed(self) -> None:
        raise AssertionError("nothing is frozen here")

    @override
    def hold(self) -> float | None:
        return LONG.hold

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
    deaths: tuple[int | None, ...]  # of each write, of the backfill, of two relays
    has_backfill: bool
    has_relays: bool  # an obligation of somebody long dead is there, and they want it
    was_in_sql: bool
    was_in_pocketbase: bool

    @property
    def key(self) -> Key:
        return (f"case-{self.seed:06}",)

    @property
    def is_plain(self) -> bool:
        """Whether nothing happens but writes."""
        return not (self.has_backfill or self.has_relays) and all(death is None for death in self.deaths)

    @classmethod
    def drawn(cls, seed: int, writers: int, *, contested: bool = False) -> Case:
        """The case of that seed. One that is contested has relays and early deaths in any case."""
        random = Random(f"{seed} of {writers}")
        key = (f"case-{seed:06}",)
        writes = tuple(
            ("remove", key)
            if method == "remove"
            else (method, (*key, random.choice(("", f"by {number}", f"by {number}"))))
            for number, method in enumerate(random.choices(("put", "change", "remove"), (4, 2, 2), k=writers))
        )
        has_backfill = random.random() < 0.25
        has_deaths = random.random() < 0.4 or contested
        was_in_sql = random.random() < 0.7
        return cls(
            seed,
            writes,
            tuple(
                random.randrange(4 if contested else STEPS) if has_deaths and random.random() < 0.5 else None
                for _ in range(writers + 3)
            ),
            has_backfill,
            random.random() < 0.2 or contested,
            was_in_sql,
            was_in_sql and not (has_backfill and random.random() < 0.7),
        )


class Cast:
    """The real parts, stepped, and the scripts that cases play with them. `together`: see `CellsTogether`."""

    def __init__(self, parts: Parts, *, looks: bool, together: bool) -> None:
        self._journal = parts.journal
        self._source, self._target = Stepped(parts.sql_store), Stepped(parts.pb_store)
        sql, pocketbase = parts.adapters()
        applier = Applier(
            {"cells": CellsTogether(parts) if together else SteppedAdapter(pocketbase["cells"])},
            parts.entities,
            Settler(self._source, self._target, parts.journal, looks=looks, pay=self._pay),
            parts.journal,
            Payments(parts.journal),
            breaker=Breaker(),
            comparisons=Comparisons(parts.metrics),
            metrics=parts.metrics,
            timing=LONG,
        )
        self._cells = transitional("cells", ICells, sql["cells"], pocketbase["cells"], Inline(parts, applier))
        self._database = parts.database
        self._relays = [
            Relay(
                parts.journal,
                Settler(self._source, self._target, parts.journal, looks=looks),
                parts.entities,
                owner=owner,
                breaker=Breaker(),
                metrics=parts.metrics,
                timing=LONG,
            )
            for owner in ("one relay", "another relay")
        ]
        self._controls: dict[Key, FakeControl] = {}

    def play(self, case: Case) -> Play:
        """One case. What the dead owe is left to a relay, and a backfill that died to `finish`."""
        scripts = [
            (partial(getattr(self._cells, method), *arguments), death)
            for (method, arguments), death in zip(case.writes, case.deaths, strict=False)
        ]
        *_, of_backfill, of_one, of_other = case.deaths
        if case.has_backfill:
            scripts.append((partial(self._copy, case.key), of_backfill))
        if case.has_relays:
            self._owe_long_since(case.key)
            scripts += [(self._relays[0].once, of_one), (self._relays[1].once, of_other)]
        return Play(Random(case.seed), scripts)

    def finish(self, case: Case) -> None:
        """A backfill that died is run again, beside nobody."""
        if case.has_backfill and case.deaths[-3] is not None:
            self._copy(case.key)

    def _copy(self, key: Key) -> None:
        control = self._controls.setdefault(key, FakeControl())
        Backfill(
            self._source.seeing(key), self._target.seeing(key), self._journal, control, owner="backfill"
        ).run([CELL])

    def _owe_long_since(self, key: Key) -> None:
        self._journal.owe(CELL.name, [key], hold=0.0)

    def let_holds_run_out(self) -> None:
        """What writers and relays that died had held may be claimed."""
        with self._database.write() as connection:
            connection.execute(text("UPDATE dualwrite_obligation SET lease_until = NULL, not_before = NULL"))

    def _pay(self, seqs: Collection[int]) -> None:
        ask(self._pay_all, seqs)

    def _pay_all(self, asked: list[Collection[int]]) -> list[None]:
        self._journal.pay([seq for seqs in asked for seq in seqs])
        return [None] * len(asked)


def play_all(parts: Parts, cases: Sequence[Case], *, looks: bool = True, together: int = 1) -> None:
    """Play these cases, so many at a time, then finish what died and let a relay pay for the dead."""
    cast = Cast(parts, looks=looks, together=together > 1)
    with Stage(wide=together, most=6) as stage:
        stage.perform(map(cast.play, cases))
    for case in cases:
        cast.finish(case)
    cast.let_holds_run_out()
    parts.relay().drain(seconds=60)


def set_scene(parts: Parts, cases: Sequence[Case]) -> None:
    """What was there before any case begins. The phase must be `sql_only`."""

    def rows(found: Iterable[Case]) -> list[Row]:
        return [{"id": case.key[0], "text": "before"} for case in found]

    parts.sql_store.put(CELL, rows(case for case in cases if case.was_in_sql))
    parts.pb_store.put(CELL, rows(case for case in cases if case.was_in_pocketbase))
