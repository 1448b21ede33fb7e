"""What was acknowledged, and whether a store still holds it.

A worker owns the keys it writes, so the last writer of a key is known and needs no lock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from dualwrite.entity import Entity, Key, Kind, Row
from dualwrite.ports import Reader
from repos.entities import ENTITIES

_BY_NAME = {entity.name: entity for entity in ENTITIES}
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The last acknowledged state of one key: a digest over the columns that are known, or None once deleted."""

    columns: tuple[str, ...]
    digest: bytes | None


class Ledger:
    """The acknowledged writes of one worker."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Key], Acknowledged] = {}
        self.doubtful = 0

    def __iter__(self) -> Iterator[tuple[tuple[str, Key], Acknowledged]]:
        return iter(self._known.items())

    def put(self, entity: str, row: Mapping[str, object], *, without: tuple[str, ...] = ()) -> None:
        """This row was written; columns `without` hold what only the writer knows (its clock). JSON may be text or parsed."""
        declared = _BY_NAME[entity]
        columns = tuple(c.name for c in declared.columns if c.name in row and c.name not in without)
        digest = fingerprint(declared, columns, row)
        self._known[entity, declared.key_of(row)] = Acknowledged(columns, digest)

    def deleted(self, entity: str, key: Key) -> None:
        """The row is gone."""
        self._known[entity, key] = Acknowledged((), None)

    def doubt(self, entity: str, key: Key) -> None:
        """A write was sent and no answer came: nothing can be said of this key any more."""
        self.doubtful += 1
        self._known.pop((entity, key), None)


def fingerprint(entity: Entity, columns: Iterable[str], row: Mapping[str, object]) -> bytes:
    """A digest that is the same for a row and for the model made of it.

    A model has JSON null and SQL NULL as one None, and its JSON's spelling and key order are gone.
    """
    plain = [_plain(entity.column(name).kind, row[name]) for name in columns]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).digest()


def lost(acknowledged: Iterable[Ledger], store: Reader) -> list[tuple[str, Key]]:
    """Entity and key of every acknowledged write that the store does not hold; a deleted row that is there counts too."""
    keys: dict[str, dict[Key, Acknowledged]] = {}
    for ledger in acknowledged:
        for (entity, key), state in ledger:
            keys.setdefault(entity, {})[key] = state
    return [
        (name, key)
        for name, states in keys.items()
        for batch in _batches(states)
        for rows in [store.read(_BY_NAME[name], [key for key, _ in batch])]
        for key, state in batch
        if not _holds(_BY_NAME[name], rows.get(key), state)
    ]


def _batches(states: Mapping[Key, Acknowledged]) -> Iterator[list[tuple[Key, Acknowledged]]]:
    source = iter(states.items())
    while batch := list(islice(source, _BATCH)):
        yield batch


def _holds(entity: Entity, row: Row | None, state: Acknowledged) -> bool:
    if row is None or state.digest is None:
        return row is None and state.digest is None
    return fingerprint(entity, state.columns, row) == state.digest


def _plain(kind: Kind, value: object) -> object:
    return json.loads(value) if kind is Kind.JSON and isinstance(value, str) else value
