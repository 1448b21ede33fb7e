"""What the acceptance tests run over: the ports of one implementation, and the fakes. `conftest` lists all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from dualwrite.entity import Entity, Key, Row
from dualwrite.ports import Control, Journal, Reader, Writer
from tests.fakes import Clock, FakeControl, FakeJournal, FakeStore


@dataclass
class Stores:
    """One implementation of as many ports as it has; `None` where it has none.

    `seed` puts rows in place as any other program would. `wait` lets time pass on the implementation's own clock.
    `trigger` leaves an obligation as the database does for a writer.
    """

    reader: Reader | None = None
    writer: Writer | None = None
    journal: Journal | None = None
    control: Control | None = None
    seed: Callable[[Entity, Sequence[Row]], None] = lambda entity, rows: None
    wait: Callable[[float], None] = lambda seconds: None
    trigger: Callable[[Entity, Sequence[Key]], object] = lambda entity, keys: None


@contextmanager
def fakes(_: object) -> Iterator[Stores]:
    clock = Clock()
    store, journal, control = FakeStore(), FakeJournal(clock), FakeControl(clock=clock)
    yield Stores(
        reader=store,
        writer=store,
        journal=journal,
        control=control,
        seed=store.put,
        wait=clock.advance,
        trigger=lambda entity, keys: journal.trigger(entity.name, keys),
    )
