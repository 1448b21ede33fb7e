"""What every PocketBase adapter of this domain does: records of one collection, found, written and turned into models."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import ClassVar, TypeVar

from pydantic import BaseModel

from dualwrite.adapter import Adapter
from dualwrite.dialect import Dialect
from dualwrite.entity import Entity, Row, Value
from dualwrite.errors import Missing, Refused
from dualwrite.pocketbase import Create, Delete, PocketBase, Update, Where, eq, in_
from repos.rules.dialect import require_row
from repos.rules.rows import to_model, to_row

Model = TypeVar("Model", bound=BaseModel)


class PocketBaseAdapter(Adapter):
    """Records of one entity in PocketBase.

    `dialect` is that of the database the records came from. It decides what is refused and how LIKE compares, so that
    callers meet the answers they are used to.
    """

    entity: ClassVar[Entity]

    def __init__(self, pocketbase: PocketBase, *, dialect: Dialect = "sqlite") -> None:
        self.pocketbase = pocketbase
        self.dialect: Dialect = dialect
        self.records = pocketbase.records(self.entity)

    def get(self, *key: str | None) -> Row | None:
        """The row with this key. None in a key equals nothing, as in SQL, and costs no request."""
        parts = [part for part in key if part is not None]
        return self.records.get(tuple(parts)) if len(parts) == len(key) else None

    def get_many(self, ids: Collection[str], *, columns: Sequence[str] | None = None) -> list[Row]:
        """Those of the rows that there are, or some columns of them, by id. None asked for is no request."""
        return self.records.find(in_("id", ids), columns=columns) if ids else []

    def part(self, id: str | None, *columns: str) -> Row | None:
        """Some columns of the row with this id. None equals nothing and costs no request."""
        return None if id is None else self.records.first(eq("id", id), columns=columns)

    def insert(self, model: Model) -> Model:
        """Writes a new record and answers with what it holds. Raises `Refused`."""
        row = to_row(self.entity, model)
        require_row(self.dialect, self.entity, row)
        self.records.create(row)
        return to_model(type(model), self.entity, row)

    def update(self, key: tuple[str | None, ...], changes: Mapping[str, Value]) -> Row | None:
        """Writes some columns of a record and answers with what it holds; None if it is not there. Raises `Refused`."""
        require_row(self.dialect, self.entity, changes)
        parts = [part for part in key if part is not None]
        return self.records.update(tuple(parts), changes) if len(parts) == len(key) else None

    def delete(self, *key: str | None) -> None:
        """Deletes one record; one that is not there is no error."""
        for change in self.deletion(*key):
            self.records.delete(change.key)

    def deletion(self, *key: str | None) -> list[Delete]:
        """The change that deletes one record; none for a key that no record has."""
        parts = [part for part in key if part is not None]
        return [Delete(self.entity, tuple(parts))] if len(parts) == len(key) else []

    def deletions(self, where: Where | None = None) -> list[Delete]:
        """What deletes the records of a condition, or all there are. Their keys are all that is read."""
        rows = self.records.find(where, columns=self.entity.key)
        return [Delete(self.entity, self.entity.key_of(row)) for row in rows]

    def apply(self, changes: Iterable[Create | Update | Delete]) -> None:
        """Several changes in one transaction; none at all is no request.

        Raises:
            Refused: also where a record to update was deleted after it was read.
        """
        todo = list(changes)
        for change in todo:
            if isinstance(change, Create):
                require_row(self.dialect, change.entity, change.row)
            elif isinstance(change, Update):
                require_row(self.dialect, change.entity, change.changes)
        if todo:
            try:
                self.pocketbase.apply(todo)
            except Missing as error:
                raise Refused(f"{self.entity.name}: a record is gone since it was read") from error
