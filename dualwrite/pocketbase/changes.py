"""What a transaction of `PocketBase.apply` may hold: frozen values, one per record touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from dualwrite.entity import Entity, Key, Row, Value


@dataclass(frozen=True, slots=True)
class Create:
    """A new record. `Conflict` if its key or a unique value is taken."""

    entity: Entity
    row: Row


@dataclass(frozen=True, slots=True)
class Update:
    """Some columns of a record. `Missing` if there is none; key columns cannot change."""

    entity: Entity
    key: Key
    changes: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Delete:
    """No record with this key afterwards; one that is not there is no error."""

    entity: Entity
    key: Key


@dataclass(frozen=True, slots=True)
class Put:
    """Exactly this row afterwards, whatever was there."""

    entity: Entity
    row: Row


Change: TypeAlias = Create | Update | Delete | Put


def key_of(change: Change) -> Key:
    """The key of the record that a change touches."""
    match change:
        case Create(entity, row) | Put(entity, row):
            return entity.key_of(row)
        case Update(_, key, _) | Delete(_, key):
            return key
