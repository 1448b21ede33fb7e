"""A consistent copy of a live SQLite file."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from urllib.parse import quote

from dualwrite.errors import ConfigurationError
from dualwrite.sql.engine import BUSY_SECONDS

_PAGES = 4096  # of a copying step: between steps writers of the source may commit


def copy_sqlite(source: str | Path, target: str | Path) -> None:
    """Copy a database that may be in use, with what its WAL holds; the source is opened read-only.

    Raises:
        ConfigurationError: the source is not there or no database, the target exists, or the disk has no room for it.
    """
    source, target = Path(source), Path(target)
    if not source.is_file():
        raise ConfigurationError(f"there is no SQLite database at {source}")
    if target.exists():
        raise ConfigurationError(f"{target} exists already")
    wal = source.with_name(source.name + "-wal")
    needed = source.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
    try:
        free = shutil.disk_usage(target.parent).free
    except OSError as error:
        raise ConfigurationError(f"{target.parent} cannot be written to: {error.strerror}") from error
    if free < needed:
        raise ConfigurationError(
            f"{target.parent} has {free / 1e6:.1f} MB free, the copy of {source} needs {needed / 1e6:.1f} MB: make room, or "
            "choose another folder"
        )
    try:
        _copy(source, target)
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise ConfigurationError(f"{source} cannot be copied to {target.parent}: {error}") from error


def _copy(source: Path, target: Path) -> None:
    reader = sqlite3.connect(f"file:{quote(str(source.absolute()))}?mode=ro", uri=True, timeout=BUSY_SECONDS)
    try:
        writer = sqlite3.connect(target)
        try:
            reader.backup(writer, pages=_PAGES)
        finally:
            writer.close()
    finally:
        reader.close()
