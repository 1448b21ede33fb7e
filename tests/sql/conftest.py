"""A small application's database with the triggers installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dualwrite.phase import Phase
from dualwrite.sql import Database, install
from tests.sql.notes import ENTITIES, Writer, create_tables, go


@pytest.fixture
def installed(database: Database) -> Database:
    """Tables and triggers; the phase is `sql_only`."""
    create_tables(database)
    install(database, ENTITIES, "notes")
    return database


@pytest.fixture
def dual(installed: Database) -> Database:
    """The same in phase `dual`."""
    go(installed, Phase.DUAL)
    return installed


@pytest.fixture
def writer(database_url: str) -> Iterator[Writer]:
    """A plain connection to the same database."""
    writer = Writer(database_url)
    yield writer
    writer.close()
