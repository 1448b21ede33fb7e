"""Notes on two real stores, with a PocketBase adapter that can be told to be wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pydantic import BaseModel
from sqlalchemy import delete, insert, select, update
from typing_extensions import override

from dualwrite.adapter import Adapter
from dualwrite.contract import Order, read, write
from dualwrite.dialect import Dialect
from dualwrite.entity import Column, Entity
from dualwrite.migration import Migration
from dualwrite.pocketbase import PocketBase
from dualwrite.sql import Database

NOTE = Entity("note", table="note", collection="notes", key=("id",), columns=(Column("id"), Column("text")))
TABLE = "CREATE TABLE note (id TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL)"


class Note(BaseModel):
    id: str
    text: Any


class INotes(Protocol):
    @write()
    def add(self, id: str, text: str) -> bool: ...
    @write(refused=False)
    def edit(self, id: str, text: str) -> bool: ...
    @write(refused=False)
    def remove(self, id: str) -> bool: ...
    @read()
    def get(self, id: str) -> Note | None: ...
    @read()
    def all(self) -> list[Note]: ...
    @read(order=Order.ANY)
    def pile(self) -> list[Note]: ...


class NotesSQL(Adapter, INotes, contract=INotes):
    def __init__(self, database: Database) -> None:
        self.database, self.note = database, database.table(NOTE)

    @override
    def add(self, id: str, text: str) -> bool:
        with self.database.write() as connection:
            connection.execute(insert(self.note).values(id=id, text=text))
        return True

    @override
    def edit(self, id: str, text: str) -> bool:
        with self.database.write() as connection:
            changed = connection.execute(update(self.note).where(self.note.c.id == id).values(text=text))
        return changed.rowcount == 1

    @override
    def remove(self, id: str) -> bool:
        with self.database.write() as connection:
            return connection.execute(delete(self.note).where(self.note.c.id == id)).rowcount == 1

    @override
    def get(self, id: str) -> Note | None:
        return next((note for note in self.all() if note.id == id), None)

    @override
    def all(self) -> list[Note]:
        with self.database.read() as connection:
            rows = connection.execute(select(self.note).order_by(self.note.c.id)).all()
        return [Note(id=row.id, text=row.text) for row in rows]

    @override
    def pile(self) -> list[Note]:
        return self.all()


Wrong = Callable[[list[Note]], list[Note]]


class NotesPB(Adapter, INotes, contract=INotes):
    """`wrong` is what becomes of an answer of `all`; `pile` gives what it gives the other way round."""

    def __init__(self, pocketbase: PocketBase, wrong: Wrong) -> None:
        self.notes, self.wrong = pocketbase.records(NOTE), wrong

    @override
    def add(self, id: str, text: str) -> bool:
        return bool(self.notes.create({"id": id, "text": text}))

    @override
    def edit(self, id: str, text: str) -> bool:
        return self.notes.update((id,), {"text": text}) is not None

    @override
    def remove(self, id: str) -> bool:
        return self.notes.delete((id,))

    @override
    def get(self, id: str) -> Note | None:
        row = self.notes.get((id,))
        return Note(id=row["id"], text=row["text"]) if row else None

    @override
    def all(self) -> list[Note]:
        return self.wrong(self._all())

    @override
    def pile(self) -> list[Note]:
        return self._all()[::-1]

    def _all(self) -> list[Note]:
        rows = sorted(self.notes.find(), key=lambda row: str(row["id"]))
        return [Note(id=row["id"], text=row["text"]) for row in rows]


def right(notes: list[Note]) -> list[Note]:
    """Not wrong at all."""
    return notes


def migration(wrong: Wrong = right) -> Migration:
    """The domain, with such an adapter."""

    def sql(database: Database) -> Mapping[str, Any]:
        return {"notes": NotesSQL(database)}

    def pocketbase(server: PocketBase, dialect: Dialect) -> Mapping[str, Any]:
        return {"notes": NotesPB(server, wrong)}

    return Migration("notes", contracts={"notes": INotes}, entities=(NOTE,), sql=sql, pocketbase=pocketbase)
