"""The domain of the unit tests: notes, on both sides over whatever stores they are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel
from typing_extensions import override

from dualwrite.adapter import Adapter
from dualwrite.call import acknowledged, announce, current_call, current_stamp
from dualwrite.contract import Order, read, write
from dualwrite.entity import Column, Entity, Key, Kind, Row
from dualwrite.errors import Conflict
from tests.fakes import FakeJournal, FakeStore

NOTES = Entity(
    name="notes",
    table="note",
    collection="notes",
    key=("id",),
    columns=(
        Column("id"),
        Column("text"),
        Column("pinned", Kind.BOOLEAN),
        Column("meta", Kind.JSON, nullable=True),
        Column("updated_at", Kind.BIGINT),
    ),
)


def note(id: str, text: str = "", *, meta: str | None = None, at: int = 0) -> Row:
    """A row of NOTES."""
    return {"id": id, "text": text, "pinned": False, "meta": meta, "updated_at": at}


class Note(BaseModel):
    id: str
    text: str
    updated_at: int


class INotes(Protocol):
    @write(refused=None)
    def add(self, text: str) -> Note | None: ...

    @write(refused=[])
    def edit(self, id: str, text: str, tags: list[str] | None = None) -> list[Note]: ...

    @write()
    def remove(self, id: str) -> bool: ...

    @read()
    def get(self, id: str) -> Note | None: ...

    @read(order=Order.ANY)
    def all(self) -> list[Note]: ...


@dataclass
class _Notes:
    """What both adapters share: the methods, over whatever `_rows`, `_put` and `_delete` are."""

    store: FakeStore
    failing: Exception | None = field(default=None, kw_only=True)
    asked: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list, kw_only=True)

    def _put(self, row: Row) -> None:
        raise NotImplementedError

    def _delete(self, key: Key) -> None:
        raise NotImplementedError

    def _begin(self, method: str, *arguments: Any) -> Mapping[Key, Row]:
        self.asked.append((method, arguments))
        if self.failing is not None:
            raise self.failing
        return self.store.rows[NOTES.name]

    def add(self, text: str) -> Note | None:
        self._begin("add", text)
        stamp = current_stamp()
        row = note(stamp.id("note"), text, at=stamp.time_ns)
        if text == "taken":
            raise Conflict("notes: the text is taken")
        self._put(row)
        return _model(row)

    def edit(self, id: str, text: str, tags: list[str] | None = None) -> list[Note]:
        words = [text, *(tags or ())]
        rows = self._begin("edit", id, *words)
        if (id,) not in rows:
            return []
        row = {**rows[id,], "text": " ".join(words), "updated_at": current_stamp().time_ns}
        self._put(row)
        return [_model(row)]

    def remove(self, id: str) -> bool:
        rows = self._begin("remove", id)
        there = (id,) in rows
        self._delete((id,))
        return there

    def get(self, id: str) -> Note | None:
        row = self._begin("get", id).get((id,))
        return _model(row) if row else None

    def all(self) -> list[Note]:
        return [_model(row) for row in self._begin("all").values()]


def _model(row: Row) -> Note:
    return Note.model_validate({"id": row["id"], "text": row["text"], "updated_at": row["updated_at"]})


class NotesSQL(_Notes, Adapter, contract=INotes):
    """Writes a row and its obligation in one go, as a transaction with triggers does; `fence` refuses before either."""

    def __init__(
        self, store: FakeStore, journal: FakeJournal, *, fence: Callable[[], None] | None = None
    ) -> None:
        super().__init__(store)
        self._journal = journal
        self._fence = fence or (lambda: None)

    @override
    def _put(self, row: Row) -> None:
        self._fence()
        self._owe(NOTES.key_of(row))
        self.store.rows[NOTES.name][NOTES.key_of(row)] = dict(row)

    @override
    def _delete(self, key: Key) -> None:
        self._fence()
        self._owe(key)
        self.store.rows[NOTES.name].pop(key, None)

    def _owe(self, key: Key) -> None:
        call = current_call()
        hold = call.hold or 0.0 if call is not None else 0.0
        owed = self._journal.trigger(NOTES.name, [key], hold=hold)
        if call is not None and call.hold is not None:
            call.obligations.extend(owed)


class NotesPocketBase(_Notes, Adapter, contract=INotes):
    """Announces a key before it is written and acknowledges it afterwards, as the real records do."""

    @override
    def _put(self, row: Row) -> None:
        announce(NOTES, [NOTES.key_of(row)])
        self.store.put(NOTES, [row])
        acknowledged(NOTES, NOTES.key_of(row), row)

    @override
    def _delete(self, key: Key) -> None:
        announce(NOTES, [key])
        self.store.delete(NOTES, [key])
        acknowledged(NOTES, key, None)
