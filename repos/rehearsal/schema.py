"""Makes the tables of Open WebUI 0.6.36 in an empty database, without Open WebUI."""

from __future__ import annotations

from collections.abc import Iterator

from dualwrite.errors import ConfigurationError
from repos.entities import SCHEMA_HEAD
from repos.rehearsal.connection import Connection, Dialect, connected, quoted
from repos.rehearsal.tables import TABLES, Table, TableColumn


def create(database: str) -> None:
    """Make the nine tables, their indexes, and `alembic_version` at the head of 0.6.36.

    Tables that are there, but hold no row, stay as they are: a fresh database of Open WebUI's own can be filled, and
    Open WebUI then starts on it. On ours it does not: its oldest migrations keep a history that nothing else needs.

    Raises:
        ConfigurationError: a table holds rows, or only some of the nine are there.
    """
    with connected(database) as connection:
        there = [table.name for table in TABLES if table.name in _existing(connection)]
        for name in there:
            if connection.rows(f"SELECT 1 FROM {quoted(name)} LIMIT 1"):  # noqa: S608 — names come from `tables`
                raise ConfigurationError(f"the database is not empty: there are rows in the table {name}")
        if len(there) == len(TABLES):
            return
        if there:
            raise ConfigurationError(f"the database holds some of Open WebUI's tables, {there[0]} for one")
        for statement in statements(connection.dialect):
            connection.execute(statement)
        connection.execute("INSERT INTO alembic_version (version_num) VALUES (?)", (SCHEMA_HEAD,))
        connection.commit()


def statements(dialect: Dialect) -> Iterator[str]:
    """The DDL, in an order that can be run."""
    yield (
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    for table in TABLES:
        parts = [_column(column, dialect) for column in table.columns]
        if table.primary:
            name = f"CONSTRAINT {table.primary_name} " if table.primary_name else ""
            parts.append(f"{name}PRIMARY KEY {_list(table.primary)}")
        if dialect is Dialect.SQLITE:
            # PostgreSQL folds these into the primary key's index; SQLite keeps a second automatic index.
            parts += [f"UNIQUE {_list((column,))}" for column in table.unique]
        yield f"CREATE TABLE {quoted(table.name)} ({', '.join(parts)})"
        yield from _indexes(table)


def _column(column: TableColumn, dialect: Dialect) -> str:
    kind = column.sqlite if dialect is Dialect.SQLITE else column.postgresql
    default = column.default[0 if dialect is Dialect.SQLITE else 1] if column.default else None
    words = [quoted(column.name), kind]
    if default is not None:
        words.append(f"DEFAULT {default}")
    if column.required:
        words.append("NOT NULL")
    return " ".join(words)


def _indexes(table: Table) -> Iterator[str]:
    for name, columns, unique in table.indexes:
        kind = "UNIQUE INDEX" if unique else "INDEX"
        yield f"CREATE {kind} {quoted(name)} ON {quoted(table.name)} {_list(columns)}"


def _list(names: tuple[str, ...]) -> str:
    return "(" + ", ".join(quoted(name) for name in names) + ")"


def _existing(connection: Connection) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if connection.dialect is Dialect.SQLITE
        else "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
    )
    return {row[0] for row in connection.rows(query)}
