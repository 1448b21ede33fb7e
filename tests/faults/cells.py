"""What the fault tests write: one kind of row with every kind of write, on both stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dualwrite import Adapter, Column, Entity, Migration, read, write
from dualwrite.dialect import Dialect
from dualwrite.pocketbase import PocketBase
from dualwrite.sql import Database

CELL = Entity(
    "cell",
    table="cell",
    collection="cells",
    key=("id",),
    columns=(Column("id"), Column("text", nullable=True)),
)
CREATE_TABLE = "CREATE TABLE cell (id TEXT PRIMARY KEY NOT NULL, text TEXT)"
PREFIX = "cells_"


class ICells(Protocol):
    @write(refused=False)
    def put(self, id: str, text: str | None) -> bool: ...
    @write(refused=False)
    def change(self, id: str, text: str | None) -> bool: ...
    @write(refused=False)
    def remove(self, id: str) -> bool: ...
    @read()
    def get(self, id: str) -> str | None: ...


class CellsSQL(Adapter, ICells, contract=ICells):
    def __init__(self, database: Database) -> None:
        self.database, self.cell = database, database.table(CELL)
        self._insert = sqlite.insert if database.dialect == "sqlite" else postgresql.insert

    def put(self, id: str, text: str | None) -> bool:
        with self.database.write() as connection:
            row = self._insert(self.cell).values(id=id, text=text)
            connection.execute(row.on_conflict_do_update(index_elements=["id"], set_={"text": text}))
        return True

    def change(self, id: str, text: str | None) -> bool:
        with self.database.write() as connection:
            changed = connection.execute(update(self.cell).where(self.cell.c.id == id).values(text=text))
        return changed.rowcount == 1

    def remove(self, id: str) -> bool:
        with self.database.write() as connection:
            removed = connection.execute(delete(self.cell).where(self.cell.c.id == id))
        return removed.rowcount == 1

    def get(self, id: str) -> str | None:
        with self.database.read() as connection:
            return connection.scalar(select(self.cell.c.text).where(self.cell.c.id == id))


class CellsPB(Adapter, ICells, contract=ICells):
    def __init__(self, pocketbase: PocketBase) -> None:
        self.cells = pocketbase.records(CELL)

    def put(self, id: str, text: str | None) -> bool:
        self.cells.put({"id": id, "text": text})
        return True

    def change(self, id: str, text: str | None) -> bool:
        return self.cells.update((id,), {"text": text}) is not None

    def remove(self, id: str) -> bool:
        return self.cells.delete((id,))

    def get(self, id: str) -> str | None:
        cell = self.cells.get((id,))
        return None if cell is None else str(cell["text"]) if cell["text"] is not None else None


def _sql(database: Database) -> Mapping[str, ICells]:
    return {"cells": CellsSQL(database)}


def _pocketbase(pocketbase: PocketBase, dialect: Dialect) -> Mapping[str, ICells]:
    return {"cells": CellsPB(pocketbase)}


cells = Migration("cells", contracts={"cells": ICells}, entities=(CELL,), sql=_sql, pocketbase=_pocketbase)
