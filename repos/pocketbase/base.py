"""What every PocketBase adapter of this domain does: records of one collection, found, written and turned into models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, TypeVar

from pydantic import BaseModel

from dualwrite.adapter import Adapter
from dualwrite.dialect import Dialect
from dualwrite.entity import Entity, Row, Value
from dualwrite.errors import Missing, Refused
from dualwrite.pocketbase import Create, Delete, PocketBase, Update
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
        parts = [part for part in key if part is not None]
        if len(parts) == len(key):
            self.records.delete(tuple(parts))

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
