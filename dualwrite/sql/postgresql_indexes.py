"""Indexes for keyset scans, where PostgreSQL does not sort text bytewise by itself.

Without one, each page of a scan sorts the whole table.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from dualwrite.entity import Entity
from dualwrite.sql.database import Database
from dualwrite.sql.names import qualified, quoted
from dualwrite.sql.translate import translating

_INDEXES = text(
    """
    SELECT c.relname, i.indisvalid FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class t ON t.oid = i.indrelid
    WHERE n.nspname = :schema AND c.relname LIKE 'dualwrite\\_%\\_scan' AND t.relname NOT LIKE 'dualwrite\\_%'
    """
)


def put_indexes(database: Database, entities: Sequence[Entity], wait_seconds: float) -> None:
    """Build what is missing. CONCURRENTLY: writers go on meanwhile.

    Raises:
        Unavailable: a transaction older than the build did not end in time. What was begun is built anew the next time.
    """
    if not missing_indexes(database, entities):
        return
    with translating(), database.engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # its settings end with it
        connection.exec_driver_sql(f"SET lock_timeout = {round(wait_seconds * 1000)}")
        for entity in missing_indexes(database, entities):
            index = qualified(database.schema, _name(entity))
            # An invalid one, whose build was interrupted.
            connection.exec_driver_sql(f"DROP INDEX IF EXISTS {index}")
            keys = ", ".join(f'{quoted(key)} COLLATE "C"' for key in entity.key)
            table = qualified(database.schema, entity.table)
            connection.exec_driver_sql(
                f"CREATE INDEX CONCURRENTLY {quoted(_name(entity))} ON {table} ({keys})"
            )


def missing_indexes(database: Database, entities: Sequence[Entity]) -> list[Entity]:
    """The entities whose scans would sort."""
    if database.dialect == "sqlite" or database.binary_order:
        return []
    with database.read() as connection:
        rows = connection.execute(_INDEXES, {"schema": database.schema}).all()
    valid = {row.relname for row in rows if row.indisvalid}
    return [entity for entity in entities if _name(entity) not in valid]


def drop_indexes(connection: Connection, schema: str | None) -> None:
    """Remove every index of ours."""
    for row in connection.execute(_INDEXES, {"schema": schema}).all():
        connection.exec_driver_sql(f"DROP INDEX {qualified(schema, row.relname)}")


def _name(entity: Entity) -> str:
    return f"dualwrite_{entity.table}_scan"
