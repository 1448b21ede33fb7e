"""The installed triggers without their fence: they note what is owed in `dual`, and refuse nothing in any phase."""

from __future__ import annotations

from sqlalchemy import Connection

from dualwrite.sql import Database
from dualwrite.sql.names import literal, quoted
from dualwrite.sql.translate import FENCE_MESSAGE, FENCE_SQLSTATE
from tests.faults.cells import CELL

_RAISE_SQLITE = f"RAISE(ABORT, {literal(FENCE_MESSAGE)})"
_RAISE_POSTGRESQL = f"RAISE EXCEPTION {literal(FENCE_MESSAGE)} USING ERRCODE = {literal(FENCE_SQLSTATE)}"


def remove_fence(database: Database) -> int:
    """Replace what refuses, wherever it is installed. Returns how many triggers or functions there were."""
    with database.write() as connection:
        return _on_sqlite(connection) if database.dialect == "sqlite" else _on_postgresql(connection)


def _on_sqlite(connection: Connection) -> int:
    query = f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = {literal(CELL.table)}"
    found = [row for row in connection.exec_driver_sql(query).all() if _RAISE_SQLITE in row[1]]
    for name, statement in found:
        connection.exec_driver_sql(f"DROP TRIGGER {quoted(name)}")
        connection.exec_driver_sql(statement.replace(_RAISE_SQLITE, "0"))
    return len(found)


def _on_postgresql(connection: Connection) -> int:
    query = f"SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'dualwrite_{CELL.table}'"
    found = [body for body in connection.exec_driver_sql(query).scalars() if _RAISE_POSTGRESQL in body]
    for body in found:
        connection.exec_driver_sql(body.replace(_RAISE_POSTGRESQL, "NULL").replace("%", "%%"))
    return len(found)
