"""Putting a migration's machinery in place, and saying what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dualwrite.errors import ConfigurationError, DualwriteError
from dualwrite.parts import Parts
from dualwrite.pocketbase import apply_schema, check_hooks, check_schema, check_server, install_hooks
from dualwrite.sql import check, install


def initialise(parts: Parts, *, hooks_dir: Path | None = None, without_hooks: bool = False) -> Iterator[str]:
    """Create what is missing, on both sides, saying each step. Safe to repeat.

    Everything is checked before anything is changed: the database's schema, PocketBase's version and the credentials.

    Raises:
        ConfigurationError: what is not as it must be, and what to do.
    """
    migration, pocketbase = parts.migration, parts.pocketbase
    migration.check(parts.database)
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
    install(parts.database, migration.entities)
    yield f"SQL: control tables and triggers on {len(migration.entities)} tables; phase {parts.control.read().phase}"


def problems(parts: Parts) -> list[str]:
    """What is wrong, one line each, SQL first."""
    found: list[str] = []
    try:
        parts.migration.check(parts.database)
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
