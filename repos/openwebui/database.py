"""The database that Open WebUI itself uses: its engine, so that its pool settings hold for both, and its schema."""

from __future__ import annotations

import importlib

from pydantic import SecretStr

from dualwrite.dialect import Dialect
from dualwrite.errors import ConfigurationError
from dualwrite.sql import Database
from repos.openwebui.places import PACKAGE


def database_url() -> SecretStr:
    """As Open WebUI's own settings give it. Raises `ConfigurationError` where it is encrypted, and so not SQLite to anybody else."""
    url = SecretStr(importlib.import_module(f"{PACKAGE}.env").DATABASE_URL)
    if url.get_secret_value().startswith("sqlite+sqlcipher"):
        raise ConfigurationError(
            "DATABASE_URL: an encrypted database (sqlite+sqlcipher) is not supported: "
            "the triggers and the copy must read it; decrypt it first"
        )
    return url


def database_dialect() -> Dialect:
    """Of that database."""
    return "sqlite" if database_url().get_secret_value().startswith("sqlite") else "postgresql"


def open_database() -> Database:
    """On Open WebUI's own connections. It has migrated its tables when this returns.

    Raises:
        ConfigurationError: the database cannot be opened.
    """
    importlib.import_module(f"{PACKAGE}.config")  # migrates on import
    module = importlib.import_module(f"{PACKAGE}.internal.db")
    schema = importlib.import_module(f"{PACKAGE}.env").DATABASE_SCHEMA
    return Database.sharing(module.engine, schema=schema or None)
