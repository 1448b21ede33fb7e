"""A repository that has nothing to do with Open WebUI, on both stores."""

from typing import Protocol

from sqlalchemy import insert, select

from dualwrite import Adapter, Column, Entity, Migration, read, write

NOTE = Entity("note", table="note", collection="notes", key=("id",), columns=(Column("id"), Column("text")))


class INotes(Protocol):
    @write(refused=False)
    def add(self, id: str, text: str) -> bool: ...
    @read()
    def get(self, id: str) -> str | None: ...


class NotesSQL(Adapter, INotes, contract=INotes):
    def __init__(self, database):
        self.database, self.note = database, database.table(NOTE)

    def add(self, id, text):
        with self.database.write() as connection:
            connection.execute(insert(self.note).values(id=id, text=text))
        return True

    def get(self, id):
        with self.database.read() as connection:
            return connection.scalar(select(self.note.c.text).where(self.note.c.id == id))


class NotesPB(Adapter, INotes, contract=INotes):
    def __init__(self, pocketbase):
        self.notes = pocketbase.records(NOTE)

    def add(self, id, text):
        return bool(self.notes.create({"id": id, "text": text}))

    def get(self, id):
        note = self.notes.get((id,))
        return note["text"] if note else None


notes = Migration(
    "notes",
    contracts={"notes": INotes},
    entities=(NOTE,),
    sql=lambda database: {"notes": NotesSQL(database)},
    pocketbase=lambda pocketbase, dialect: {"notes": NotesPB(pocketbase)},
)
