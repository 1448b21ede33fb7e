"""An entity: one kind of row that is kept in both stores, declared once.

Triggers, control queries, collections, codecs, backfill and verify are all derived from these declarations.

A *row* is the form both stores agree on: a dict from SQL column name to `str`, `int`, `bool` or `None`. JSON
columns hold their JSON text, dates are ISO 8601 text. A *key* is the tuple of the key columns' text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

Value: TypeAlias = str | int | bool | None
Row: TypeAlias = dict[str, Value]
Key: TypeAlias = tuple[str, ...]
Told: TypeAlias = tuple[str | None, ...]
"""A row as both stores tell it in SQL: see `dualwrite.digest`. First a JSON array of what PocketBase keeps of its plain columns, None
where the codec would not take them; then the text of each document, None for NULL."""

RECORD_ID_LENGTH = 36
RECORD_ID_PATTERN = "^[0-9a-fx-]+$"
_MEMBER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Kind(StrEnum):
    """What a column holds, as both SQL dialects and PocketBase must agree on."""

    TEXT = "text"
    INTEGER = "integer"  # within ±2**53: a PocketBase number, which is a float64
    BIGINT = "bigint"  # any 64-bit integer: text that sorts as the number does
    BOOLEAN = "boolean"
    JSON = "json"  # kept as its text, byte for byte
    DATE = "date"  # ISO 8601 text


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `field` is its name in PocketBase; SQL's `id` is called `key`, since PocketBase's `id` is its own."""

    name: str
    kind: Kind = Kind.TEXT
    nullable: bool = False

    @property
    def field(self) -> str:
        return "key" if self.name == "id" else self.name


@dataclass(frozen=True, slots=True)
class Index:
    """An index on the PocketBase collection. A unique one leaves NULL alone, as SQL does."""

    columns: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that belong to a row. They are no column: PocketBase keeps them beside the record, and SQL knows only where they
    are now, in the column `path`. A file may have up to `largest` bytes."""

    path: str
    largest: int = 4 * 1024**3


@dataclass(frozen=True)
class Relation:
    """Rows of another entity that a JSON column names: `member` of its object is a list, and a text in it means the row of `to`
    whose column `named` is that text and whose columns `same` are as this row's.

    PocketBase shows it as the view `collection` (without the prefix), with a relation field to either side, named after the
    entities. The list itself stays the truth: it may name rows that are gone, and nothing is written twice.
    """

    collection: str
    column: str
    member: str
    to: Entity
    named: str
    same: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entity:
    """One kind of row: its SQL table, its PocketBase collection (without the prefix), its key and its columns.

    `key` names one or more TEXT columns that are never NULL; both stores are scanned in its binary order. An entity with
    `content` can hold a file for each row.
    """

    name: str
    table: str
    collection: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...] = ()
    content: Content | None = None
    relations: tuple[Relation, ...] = ()

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError(f"entity {self.name}: a column is declared twice")
        for name in self.key:
            if name not in names:
                raise ValueError(f"entity {self.name}: key column {name} is not declared")
            if self.column(name).kind is not Kind.TEXT or self.column(name).nullable:
                raise ValueError(f"entity {self.name}: key column {name} must be TEXT and not nullable")
        for index in self.indexes:
            for name in index.columns:
                self.column(name)
        if self.content is not None and self.column(self.content.path).kind is not Kind.TEXT:
            raise ValueError(f"entity {self.name}: the content's path {self.content.path} must be TEXT")
        for relation in self.relations:
            self._check(relation)

    def _check(self, relation: Relation) -> None:
        where = f"entity {self.name}: relation {relation.collection}"
        if self.column(relation.column).kind is not Kind.JSON or not _MEMBER.fullmatch(relation.member):
            raise ValueError(f"{where} must name a JSON column and a member of its object")
        if relation.to.name == self.name:
            raise ValueError(f"{where} must be to another entity")
        compared = [
            relation.to.column(relation.named),
            *(side.column(name) for name in relation.same for side in (self, relation.to)),
        ]
        if any(column.kind is not Kind.TEXT or column.nullable for column in compared):
            raise ValueError(f"{where}: what it compares must be TEXT and not nullable")

    @cached_property
    def plain(self) -> tuple[Column, ...]:
        """The columns that hold no JSON."""
        return tuple(column for column in self.columns if column.kind is not Kind.JSON)

    @cached_property
    def documents(self) -> tuple[Column, ...]:
        """The columns that hold JSON."""
        return tuple(column for column in self.columns if column.kind is Kind.JSON)

    @cached_property
    def in_record(self) -> tuple[Column, ...]:
        """The columns in the order of a record's values: plain ones before documents."""
        return (*self.plain, *self.documents)

    @cached_property
    def _by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column:
        """The column of that SQL name; `KeyError` if there is none."""
        return self._by_name[name]

    def key_of(self, row: Mapping[str, object]) -> Key:
        """The key of a row."""
        return tuple(str(row[name]) for name in self.key)

    def record_id(self, key: Key) -> str:
        """The PocketBase id of the row with this key: 36 characters, the same on every machine.

        A lower-case UUID is its own id. Everything else (ids with `/` or `:`, composite keys) becomes `x` and 35
        hex digits of SHA-256, since PocketBase forbids many characters in ids and folds their case.
        """
        if len(key) == 1 and _UUID.fullmatch(key[0]):
            return key[0]
        return "x" + hashlib.sha256(key_text(key).encode()).hexdigest()[: RECORD_ID_LENGTH - 1]


_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))
"""Made once, which takes longer than a key."""


def key_text(key: Key) -> str:
    """A key as one line of text, the same on every machine: a JSON array."""
    return _ENCODER.encode(list(key))


def parse_key(text: str) -> Key:
    """The key that `key_text`, or a trigger, wrote."""
    return tuple(str(part) for part in json.loads(text))
