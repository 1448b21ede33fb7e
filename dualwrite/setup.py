"""Putting a migration's machinery in place, and saying what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from dualwrite.errors import ConfigurationError, DualwriteError
from dualwrite.migration import Migration
from dualwrite.parts import Parts
from dualwrite.pocketbase import apply_schema, health, install_hooks, refuse_foreign
from dualwrite.sql import Database, check, check_tables, install


def initialise(
    parts: Parts, *, hooks_dir: Path | None = None, without_hooks: bool = False, reload_seconds: float = 10.0
) -> Iterator[str]:
    """Create what is missing, on both sides, saying each step. Safe to repeat. PocketBase has `reload_seconds` to load hooks
    that are new in `hooks_dir`.

    Everything is checked before anything is changed: the database's schema, PocketBase's version, the credentials, whose the
    collections are, and the hooks where they are not to be put in place.

    Raises:
        ConfigurationError: what is not as it must be, and what to do.
    """
    migration, pocketbase = parts.migration, parts.pocketbase
    check_database(migration, parts.database)
    reached = health(pocketbase, migration.entities).problem
    if reached is not None:
        raise ConfigurationError(reached)
    refuse_foreign(pocketbase, migration.entities)
    if hooks_dir is not None:
        _put_hooks(parts, hooks_dir)
        yield f"hooks written to {hooks_dir}"
    if not without_hooks:
        _await_hooks(parts, hooks_dir, reload_seconds if hooks_dir is not None else 0.0)
    apply_schema(pocketbase, migration.entities, enable_batch=without_hooks)
    holding = sum(entity.content is not None for entity in migration.entities)
    yield f"PocketBase: {len(migration.entities) + holding} collections {pocketbase.prefix}*"
    install(parts.database, migration.entities, migration.name)
    yield f"SQL: control tables and triggers on {len(migration.entities)} tables; phase {parts.control.read().phase}"


def _put_hooks(parts: Parts, hooks_dir: Path) -> None:
    try:
        install_hooks(hooks_dir, parts.migration.entities, parts.pocketbase.prefix)
    except OSError as error:
        raise ConfigurationError(
            f"the hook files cannot be written to {hooks_dir} ({error.strerror}): mend that, or pass another --hooks-dir"
        ) from error


def _await_hooks(parts: Parts, hooks_dir: Path | None, seconds: float) -> None:
    """PocketBase watches its hooks folder and restarts itself when a file changes."""
    deadline = time.monotonic() + seconds
    while True:
        parts.pocketbase.refresh()
        found = health(parts.pocketbase, parts.migration.entities)
        if found.problem is None and found.hooks is None:
            return
        if time.monotonic() >= deadline:
            mend = (
                f"it has not loaded those in {hooks_dir}: if that is its hooks folder, restart it and run init again"
                if hooks_dir is not None
                else "pass --hooks-dir PATH, its pb_hooks folder, or --without-hooks"
            )
            where = parts.pocketbase.session.where
            raise ConfigurationError(f"PocketBase at {where}: {found.hooks or found.problem}: {mend}")
        time.sleep(0.1)


def check_database(migration: Migration, database: Database) -> None:
    """Raises `ConfigurationError` where the SQL tables are not what the migration was declared for."""
    if migration.check is not None:
        try:
            migration.check(database)
        except ConfigurationError as error:
            raise ConfigurationError(f"{database.where}: {error}") from error
        return
    found = check_tables(database, migration.entities)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise ConfigurationError(
            f"{database.where}: this is not a database of {migration.title}: {found[0]}{more}"
        )


def problems(parts: Parts) -> list[str]:
    """What is wrong, one line each, SQL first."""
    found: list[str] = []
    try:
        check_database(parts.migration, parts.database)
        found += check(parts.database, parts.migration.entities)
    except DualwriteError as error:
        found.append(str(error))
    reached = health(parts.pocketbase, parts.migration.entities)
    return found + [problem for problem in (reached.problem, *reached.schema, reached.hooks) if problem]
