"""The mark by which one transaction passes the fence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from dualwrite.errors import Fenced
from dualwrite.sql.database import Database
from dualwrite.sql.names import LOCK_CLASS, lock_key, qualified

_SQLITE = text("UPDATE dualwrite_control SET passes = :passes")
_POSTGRESQL = text("SELECT set_config('dualwrite.passes_fence', :passes, true)")


_HOLD = text("SELECT pg_advisory_xact_lock_shared(:class, :key)")


def holding_phase(database: Database, connection: Connection) -> None:
    """From here to the end of this unit of work the phase does not change. On SQLite that is so from its beginning."""
    if database.dialect == "postgresql":
        connection.execute(_HOLD, {"class": LOCK_CLASS, "key": lock_key(database.schema)})


@contextmanager
def passing_fence(database: Database, connection: Connection, epoch: int) -> Iterator[None]:
    """What this connection writes inside is accepted in the phase of that epoch, whichever it is, and leaves no obligations
    outside `dual`. Raises `Fenced` where the phase has changed: a rollback that slept must not write into what came after it.

    On SQLite the mark is a column that no other connection ever sees set, since it is cleared before the commit; an
    error undoes it with the transaction or savepoint around it.
    """
    statement = _SQLITE if database.dialect == "sqlite" else _POSTGRESQL
    on, off = (1, 0) if database.dialect == "sqlite" else ("on", "")
    holding_phase(database, connection)
    found = connection.scalar(text(f"SELECT epoch FROM {qualified(database.schema, 'dualwrite_control')}"))
    if found != epoch:
        raise Fenced("the phase has changed, so nothing may be copied back any more")
    connection.execute(statement, {"passes": on})
    yield
    connection.execute(statement, {"passes": off})
