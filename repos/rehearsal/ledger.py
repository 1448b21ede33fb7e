"""What was acknowledged, and whether a store still holds it.

A worker owns the keys it writes, so the last writer of a key is known and needs no lock.

With a folder the ledger outlives its process. Its file only grows, a line at a time, each handed to the kernel before the
worker goes on: an intent before a write is sent, and what came of it once that is known. An intent that nothing follows
is a write whose answer never came.

| line                             | what it says                                             |
|----------------------------------|----------------------------------------------------------|
| `[entity, key]`                  | a write of this key is about to be sent                  |
| `[entity, key, 0]`               | it wrote nothing: what was known before still holds      |
| `[entity, key, columns, digest]` | acknowledged: these columns; deleted where digest is null |
| `[entity, key, 1]`               | sent, and no answer came                                 |
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import TypeAlias

from dualwrite.entity import Entity, Key, Kind, Row
from dualwrite.ports import Reader
from repos.entities import ENTITIES

_BY_NAME = {entity.name: entity for entity in ENTITIES}
_BATCH = 500

Place: TypeAlias = tuple[str, Key]
"""Entity and key."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The last acknowledged state of one key: a digest over the columns that are known, or None once deleted."""

    columns: tuple[str, ...]
    digest: bytes | None


class Ledger:
    """The acknowledged writes of one worker. `file` is a descriptor opened for appending."""

    def __init__(self, file: int | None = None) -> None:
        self._known: dict[Place, Acknowledged] = {}
        self._sent: set[Place] = set()
        self._file = file
        self.doubtful = 0

    @classmethod
    def beside(cls, folder: Path | None) -> Ledger:
        """An empty ledger that is kept in a new file of this folder, or in memory alone."""
        if folder is None:
            return cls()
        folder.mkdir(parents=True, exist_ok=True)
        for number in count():
            try:
                # Unbuffered: what was written is the kernel's, and a killed process loses none of it.
                return cls(
                    os.open(folder / f"{number:06}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL)
                )
            except FileExistsError:
                continue
        raise AssertionError("there is always another number")

    @classmethod
    def load(cls, path: Path) -> Ledger:
        """What an earlier process was told. Of a write it was killed in nothing can be said."""
        ledger = cls()
        for line in path.read_bytes().split(b"\n")[:-1]:  # the last has no end: empty, or cut off by the kill
            entity, key, *said = json.loads(line)
            ledger._follow(entity, tuple(key), said)
        for entity, key in list(ledger._sent):
            ledger.doubt(entity, key)
        return ledger

    def _follow(self, entity: str, key: Key, said: Sequence[object]) -> None:
        match said:
            case []:
                self.intend(entity, key)
            case [0]:
                self.withdraw(entity, key)
            case [1]:
                self.doubt(entity, key)
            case [list(columns), digest]:
                held = bytes.fromhex(str(digest)) if digest is not None else None
                self._acknowledge(entity, key, Acknowledged(tuple(columns), held))
            case _:
                raise ValueError("a line of a ledger that is none")

    def close(self) -> None:
        """Close the file; what is in it stays."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def __iter__(self) -> Iterator[tuple[Place, Acknowledged]]:
        return iter(self._known.items())

    def intend(self, entity: str, key: Key) -> None:
        """A write of this key is about to be sent."""
        self._sent.add((entity, key))
        self._note(entity, key)

    def withdraw(self, entity: str, key: Key) -> None:
        """What was intended wrote nothing. No error where it was acknowledged meanwhile."""
        if (entity, key) in self._sent:
            self._sent.remove((entity, key))
            self._note(entity, key, 0)

    def put(self, entity: str, row: Mapping[str, object]) -> None:
        """This row was written; columns that it has not hold what only the writer knows (its clock). JSON may be text or
        parsed."""
        declared = _BY_NAME[entity]
        columns = tuple(column.name for column in declared.columns if column.name in row)
        digest = fingerprint(declared, columns, row)
        self._acknowledge(entity, declared.key_of(row), Acknowledged(columns, digest))

    def deleted(self, entity: str, key: Key) -> None:
        """The row is gone."""
        self._acknowledge(entity, key, Acknowledged((), None))

    def doubt(self, entity: str, key: Key) -> None:
        """A write was sent and no answer came: nothing can be said of this key any more."""
        self.doubtful += 1
        self._sent.discard((entity, key))
        self._known.pop((entity, key), None)
        self._note(entity, key, 1)

    def _acknowledge(self, entity: str, key: Key, state: Acknowledged) -> None:
        self._sent.discard((entity, key))
        self._known[entity, key] = state
        self._note(entity, key, state.columns, state.digest.hex() if state.digest else None)

    def _note(self, entity: str, key: Key, *said: object) -> None:
        if self._file is not None:
            os.write(self._file, json.dumps([entity, key, *said]).encode() + b"\n")


def fingerprint(entity: Entity, columns: Iterable[str], row: Mapping[str, object]) -> bytes:
    """A digest that is the same for a row and for the model made of it.

    A model has JSON null and SQL NULL as one None, and its JSON's spelling and key order are gone.
    """
    plain = [_plain(entity.column(name).kind, row[name]) for name in columns]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).digest()


def lost(acknowledged: Iterable[Ledger], store: Reader) -> list[Place]:
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
    if kind is Kind.DATE and value is not None:
        return str(value)
    return json.loads(value) if kind is Kind.JSON and isinstance(value, str) else value
