"""Putting a migration's machinery in place, and saying what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dualwrite.errors import ConfigurationError, DualwriteError
from dualwrite.parts import Parts
from dualwrite.pocketbase import apply_schema, check_hooks, check_schema, check_server, install_hooks
from dualwrite.sql import check, check_tables, install


def initialise(parts: Parts, *, hooks_dir: Path | None = None, without_hooks: bool = False) -> Iterator[str]:
    """Create what is missing, on both sides, saying each step. Safe to repeat.

    Everything is checked before anything is changed: the database's schema, PocketBase's version and the credentials.

    Raises:
        ConfigurationError: what is not as it must be, and what to do.
    """
    migration, pocketbase = parts.migration, parts.pocketbase
    wrong = tables_wrong(parts)
    if wrong:
        raise ConfigurationError(wrong[0] if len(wrong) == 1 else f"{wrong[0]} (and {len(wrong) - 1} more)")
    version = check_server(pocketbase)
    if hooks_dir is not None:
        install_hooks(hooks_dir, pocketbase.prefix, migration.entities)
        yield f"hooks written to {hooks_dir}"
        pocketbase.forget_hooks()
    apply_schema(pocketbase, migration.entities, enable_batch=without_hooks)
    yield f"PocketBase{' ' + version if version else ''}: {len(migration.entities)} collections {pocketbase.prefix}*"
    missing = [] if without_hooks else check_hooks(pocketbase)
    if missing:
        raise ConfigurationError(
            f"{missing[0]}; pass --hooks-dir PATH (PocketBase reloads it by itself), or --without-hooks"
        )
    install(parts.database, migration.entities, migration.name)
    yield f"SQL: control tables and triggers on {len(migration.entities)} tables; phase {parts.control.read().phase}"


def tables_wrong(parts: Parts) -> list[str]:
    """How the SQL tables differ from what the migration was declared for."""
    migration = parts.migration
    return (
        migration.check(parts.database)
        if migration.check is not None
        else check_tables(parts.database, migration.entities)
    )


def problems(parts: Parts) -> list[str]:
    """What is wrong, one line each, SQL first."""
    found: list[str] = []
    try:
        found += tables_wrong(parts)
        found += check(parts.database, parts.migration.entities)
    except DualwriteError as error:
        found.append(str(error))
    try:
        check_server(parts.pocketbase)
        found += check_schema(parts.pocketbase, parts.migration.entities)
        found += check_hooks(parts.pocketbase)
    except DualwriteError as error:
        found.append(str(error))
    return found
