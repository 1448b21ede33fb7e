"""The two ways to a PocketBase, side by side: the hook routes (exact, fast) and the plain record API (anywhere)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dualwrite.entity import Entity, Key, Kind, Row
from dualwrite.errors import Unrepresentable
from dualwrite.pocketbase.changes import Change
from dualwrite.pocketbase.where import All, Where

EVERYTHING: Where = All(())


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows, in which order, which part of them. `sort` names columns, `-name` is descending; it is made total.

    `columns` is what is wanted of each row, by default all. NULL is least, as in SQLite, or greatest, as in PostgreSQL.
    """

    where: Where = EVERYTHING
    sort: tuple[str, ...] = ()
    limit: int | None = None
    offset: int = 0
    columns: tuple[str, ...] | None = None
    nulls_greatest: bool = False

    def projected(self, row: Row) -> Row:
        """Of a whole row, what is wanted."""
        return row if self.columns is None else {name: row[name] for name in self.columns}

    def order(self, entity: Entity) -> tuple[tuple[str, bool], ...]:
        """(column, descending) pairs that no two rows tie on: the key columns come last, ascending.

        Raises:
            Unrepresentable: a column is JSON.
        """
        asked = [(name.removeprefix("-"), name.startswith("-")) for name in self.sort]
        for name, _ in asked:
            if entity.column(name).kind is Kind.JSON:
                raise Unrepresentable(entity.name, (), name, "is JSON, which has no order")
        rest = [(name, False) for name in entity.key if name not in {name for name, _ in asked}]
        return tuple(asked + rest)


class Wire(Protocol):
    """What `Records`, `PocketBaseStore` and `PocketBase.apply` are made of. Rows in, rows out, in any number."""

    @property
    def exact(self) -> bool:
        """Whether JSON comes back byte for byte."""

    def read(self, entity: Entity, keys: Sequence[Key]) -> list[Row]:
        """The rows with these keys, in any order."""

    def find(self, entity: Entity, query: Query) -> list[Row]:
        """The rows of a query, in its order."""

    def count(self, entity: Entity, where: Where) -> int:
        """How many rows match."""

    def scan(self, entity: Entity, after: Key | None, upto: Key | None, limit: int) -> list[Row]:
        """At most `limit` rows with after < key <= upto, in key order; fewer only at the end of the range."""

    def put(self, entity: Entity, rows: Sequence[Row]) -> None:
        """Insert or replace."""

    def delete(self, entity: Entity, keys: Sequence[Key]) -> None:
        """Remove; what is not there is no error."""

    def apply(self, changes: Sequence[Change]) -> list[Row | None]:
        """All or none, in order. Answers with what each record holds afterwards, None for a deleted one."""
