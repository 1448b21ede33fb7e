"""One thing a worker may do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dualwrite.entity import Key
from dualwrite.errors import Fenced, Frozen, Refused, Unavailable
from repos.rehearsal.ledger import Ledger

# Nothing was written, by the word of whoever raised it. `ValueError` is pydantic's for a form it refuses.
_NOT_WRITTEN = (Refused, Fenced, Unavailable, Frozen, ValueError)


@dataclass(frozen=True, slots=True)
class Action:
    """A call of some kind, with its weight among the others."""

    weight: int
    kind: str
    write: bool
    run: Callable[[], object]


@contextmanager
def writing(ledger: Ledger, entity: str, *keys: Key) -> Iterator[None]:
    """A repository's write on these keys, and what the ledger is told of its answer.

    An error that leaves open what was done makes the keys doubtful; a key of which the ledger is told nothing was not written.
    """
    for key in keys:
        ledger.intend(entity, key)
    try:
        yield
    except BaseException as error:
        for key in keys:
            (ledger.withdraw if isinstance(error, _NOT_WRITTEN) else ledger.doubt)(entity, key)
        raise
    for key in keys:
        ledger.withdraw(entity, key)
