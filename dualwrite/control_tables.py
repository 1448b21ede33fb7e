"""What SQL alone keeps of a migration: the phase and how it got there, the journal, evidence and decisions."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from typing import Self

from dualwrite.migration import Migration
from dualwrite.settings import Settings
from dualwrite.sql import Database, SqlControl, SqlJournal


def owner_name() -> str:
    """Who holds a lease: host, process and something no other process has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass
class ControlTables:
    """The control tables of a migration, for whoever asks nothing of PocketBase and need not know where it is."""

    migration: Migration
    owner: str
    database: Database
    control: SqlControl
    journal: SqlJournal

    @classmethod
    def of(cls, migration: Migration, settings: Settings) -> Self:
        """Opened. Raises `ConfigurationError` where there is no such database; whether the tables are there shows in use."""
        database = Database.open(settings.need_sql_url(), schema=settings.sql_schema)
        return cls(migration, owner_name(), database, SqlControl(database), SqlJournal(database))

    def close(self) -> None:
        """Close the database."""
        self.database.close()
