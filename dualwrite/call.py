"""What one call of a repository method carries with it, out of sight of its signature.

The stamp goes in; the obligations that SQL's triggers wrote and the records that PocketBase acknowledged come out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from dualwrite.entity import Entity, Key, Row
from dualwrite.ports import Obligation
from dualwrite.stamp import Stamp


class Call:
    """One call on one adapter.

    `hold` asks the SQL unit of work for the obligations it writes: for so many seconds nobody else may claim them. None, as
    for every writer that knows nothing of us, leaves them to the first relay that comes. `obligations` is filled by that
    unit of work just before it commits, `acknowledged` by the PocketBase records after
    the server's answer: the row as it was written, or None for a deletion. Either stays empty where the other store works.
    `deadline` (of `time.monotonic`) is when its last request to PocketBase must have ended: after that somebody else may
    hold the obligations. `owe` is asked before PocketBase is written, so that a key SQL did not touch gets its obligation first.
    """

    __slots__ = ("acknowledged", "deadline", "hold", "obligations", "owe", "stamp")

    def __init__(
        self, stamp: Stamp | None = None, *, hold: float | None = None, deadline: float | None = None
    ) -> None:
        self.stamp = stamp or Stamp()
        self.hold = hold
        self.deadline = deadline
        self.obligations: list[Obligation] = []
        self.acknowledged: dict[tuple[str, Key], Row | None] = {}
        self.owe: Callable[[Entity, list[Key]], None] | None = None


_current: ContextVar[Call | None] = ContextVar("dualwrite_call", default=None)


def current_call() -> Call | None:
    """The call that runs now in this thread, or None."""
    return _current.get()


def current_stamp() -> Stamp:
    """The stamp of the call that runs now; a new one outside any call."""
    call = _current.get()
    return call.stamp if call else Stamp()


@contextmanager
def calling(call: Call) -> Iterator[Call]:
    """Adapter methods called inside belong to this call."""
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


_owed: ContextVar[bool] = ContextVar("dualwrite_owed", default=False)


@contextmanager
def owed() -> Iterator[None]:
    """For whatever is written to PocketBase inside, a debt is on disk: an answer that is lost is left to whoever pays it."""
    token = _owed.set(True)
    try:
        yield
    finally:
        _owed.reset(token)


def is_owed() -> bool:
    """Whether a debt stands behind what is written now. Then a write whose answer was lost must neither be sent again nor
    taken for done because the record looks like it: the lost request may still land, after everything was settled."""
    return _owed.get()


def announce(entity: Entity, keys: list[Key]) -> None:
    """PocketBase is about to be written under these keys: the debt must be on disk before the request leaves."""
    call = _current.get()
    if call is not None and call.owe is not None:
        call.owe(entity, keys)


def acknowledged(entity: Entity, key: Key, row: Row | None) -> None:
    """PocketBase has confirmed that this is what it holds now."""
    call = _current.get()
    if call is not None:
        call.acknowledged[entity.name, key] = row
