"""What is asked of PocketBase: one query on one entity, or several finds that build on each other.

    page = Find(MESSAGE, Query(eq("channel_id", channel), sort=("-created_at",), limit=50))
    answered = Find(MESSAGE, among={"id": [page.values("reply_to_id")]})
    authors = Find(USER, among={"id": [answered.values("user_id")]})
    rows, answered_rows, author_rows = pocketbase.find(page, answered, authors)

With the hooks that is one request and one state of the database, however many rows there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from dualwrite.entity import Entity, Key, Kind, Row
from dualwrite.errors import Unrepresentable
from dualwrite.pocketbase.where import All, Where, all_of, in_

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


EVERY_ROW = Query()


@dataclass(frozen=True, slots=True, eq=False)
class Find:
    """The rows of a query, alone or with what other finds of the same request found before.

    Each column in `among` (text) must hold one of the values that those finds name; `given` must have found a row, or
    nothing is found here either. A find is itself and equal to no other.
    """

    entity: Entity
    query: Query = EVERY_ROW
    among: Mapping[str, Sequence[Values]] = field(default_factory=dict)
    given: Find | None = None

    def values(self, column: str, *, prefix: str = "") -> Values:
        """What a text column of the rows found here holds, for the `among` of a later find; wanted of the rows or not.

        Each has `prefix` before it. NULL is no value.
        """
        return Values(self, column, prefix)

    def after(self, found: Mapping[Find, Sequence[Row]]) -> Query | None:
        """The query by itself, once the finds before it are answered (whole rows); None where it finds nothing."""
        if self.given is not None and not found[self.given]:
            return None
        lists = {
            column: [text for each in of for text in each.held(found)] for column, of in self.among.items()
        }
        if not all(lists.values()):
            return None
        conditions = [in_(column, texts) for column, texts in lists.items()]
        where = all_of(*conditions, self.query.where) if conditions else self.query.where
        return replace(self.query, where=where)


@dataclass(frozen=True, slots=True)
class Values:
    """See `Find.values`."""

    of: Find
    column: str
    prefix: str

    def held(self, found: Mapping[Find, Sequence[Row]]) -> list[str]:
        """The values, once that find is answered."""
        return [f"{self.prefix}{row[self.column]}" for row in found[self.of] if row[self.column] is not None]


@dataclass(frozen=True, slots=True, eq=False)
class Get:
    """The rows with these keys, in any order."""

    entity: Entity
    keys: Sequence[Key]


Group: TypeAlias = Sequence[Find] | Get
"""What one caller asks for at once: finds that build on each other, or rows by their keys."""
Found: TypeAlias = list[list[Row]]
"""What came of a group: the rows of each find, or those with the keys as the only ones."""


def in_order(finds: Sequence[Find]) -> None:
    """Every find comes after those that it builds on, and only text meets text.

    Raises:
        ValueError: the program says otherwise.
    """
    for at, find in enumerate(finds):
        sources = [values for of in find.among.values() for values in of]
        needed = [values.of for values in sources] + ([find.given] if find.given else [])
        if any(each not in finds[:at] for each in needed):
            raise ValueError("a find builds on one that does not come before it")
        columns = [find.entity.column(name) for name in find.among]
        columns += [values.of.entity.column(values.column) for values in sources]
        if any(column.kind is not Kind.TEXT for column in columns):
            raise ValueError("a find takes values from a column, or for a column, that is no text")
