"""Which schema of Open WebUI a database has."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table, Text, inspect, select

from dualwrite.sql import Database


def schema_head(database: Database) -> str | None:
    """Its Alembic revision; None where Open WebUI has never been."""
    versions = Table(
        "alembic_version", MetaData(), Column("version_num", Text, primary_key=True), schema=database.schema
    )
    with database.read() as connection:
        if not inspect(connection).has_table(versions.name, schema=database.schema):
            return None
        return connection.scalar(select(versions.c.version_num).limit(1))
