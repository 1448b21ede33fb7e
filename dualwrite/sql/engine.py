"""Engines: one place that knows URLs, drivers and connection settings of both dialects."""

from __future__ import annotations

import importlib.util
import re
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from dualwrite.errors import ConfigurationError

BUSY_SECONDS = 15.0  # how long SQLite waits for another writer
CONNECT_SECONDS = 10
IDLE_SECONDS = 5.0  # a pooled connection unused for longer is tried before it is given out
BEGIN_OPTION = "dualwrite_begin"
_POSTGRES = re.compile(r"\Apostgres://")
_PLACE = ("host", "port")  # of a URL's query: where the server is; the others may hold secrets
MEND = "mend DUALWRITE_SQL_URL (or DATABASE_URL), or --sql"


def build_engine(address: SecretStr, *, read_only: bool, owned: bool) -> Engine:
    """An engine for a URL; nothing is connected yet.

    Raises:
        ConfigurationError: the URL cannot be read, the driver is not installed, the SQLite file is not there.
    """
    url = _parse(address)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, _path(address.get_secret_value(), url), read_only=read_only, owned=owned)
    return _postgresql(url, read_only=read_only)


def _parse(address: SecretStr) -> URL:
    try:
        url = make_url(_POSTGRES.sub("postgresql://", address.get_secret_value()))
    except (ArgumentError, ValueError):
        # The text is left out: what cannot be parsed may hold a password anywhere.
        raise ConfigurationError(
            "the SQL URL cannot be read: write sqlite:////path/to/file or postgresql://user:password@host/name"
        ) from None
    _check_backend(url)
    if isinstance(given := url.query.get("password"), str):
        # libpq takes it there as well, where nothing hides it.
        url = url.set(password=url.password or given).difference_update_query(["password"])
    return url


def _path(address: str, url: URL) -> Path:
    """SQLAlchemy 2.1 decodes `%20` in a path and 2.0 does not; the file that is there decides."""
    written = Path(address.partition(":///")[2].partition("?")[0])
    return written if written.is_file() else Path((url.database or "").removeprefix("file:"))


def _sqlite(url: URL, path: Path, *, read_only: bool, owned: bool) -> Engine:
    _check_driver(url)
    if not url.database or url.database == ":memory:":
        raise ConfigurationError("an SQLite database must be a file, since several processes share it")
    if not path.is_file() and not (owned and path.parent.is_dir()):
        raise ConfigurationError(f"there is no SQLite database at {path}: {MEND}")
    mode = "ro" if read_only else "rwc" if owned else "rw"
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        # No implicit BEGIN: which kind of transaction begins, and when, is decided in `_begin`.
        return sqlite3.connect(
            uri, uri=True, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None
        )

    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        creator=connect,
        pool_size=8,
        max_overflow=24,
        hide_parameters=True,
    )
    event.listen(engine, "begin", _begin)
    return engine


def derived_engine(engine: Engine) -> Engine:
    """An engine on the pool and the dialect of somebody else's, who closes it. What we listen to and set on ours is not seen
    on theirs: their statements go on as before.

    Raises:
        ConfigurationError: the database is neither SQLite in a file nor PostgreSQL with a driver we know.
    """
    url = engine.url
    _check_backend(url)
    if url.get_backend_name() == "sqlite" and (not url.database or url.database == ":memory:"):
        raise ConfigurationError("an SQLite database must be a file, since several processes share it")
    _check_driver(url)
    derived = engine.execution_options()
    derived.hide_parameters = True
    if derived.dialect.name == "sqlite":
        # Their connections begin transactions by themselves, at the first write; one that has been begun they leave alone.
        event.listen(derived, "begin", _begin)
    return derived


def _check_backend(url: URL) -> None:
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigurationError(
            f"{url.get_backend_name()} is not supported: the SQL side is SQLite or PostgreSQL"
        )


def _check_driver(url: URL) -> None:
    if url.get_backend_name() == "sqlite" and url.get_driver_name() != "pysqlite":
        raise ConfigurationError(f"{url.drivername} is not supported: use sqlite:////path/to/file")
    if url.get_backend_name() == "postgresql" and url.get_driver_name() not in ("psycopg", "psycopg2"):
        raise ConfigurationError(f"the driver {url.get_driver_name()} is not supported: psycopg or psycopg2")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(BEGIN_OPTION, "BEGIN"))


def _postgresql(url: URL, *, read_only: bool) -> Engine:
    if url.drivername == "postgresql":
        found = [name for name in ("psycopg", "psycopg2") if importlib.util.find_spec(name)]
        if not found:
            raise ConfigurationError("no PostgreSQL driver is installed: pip install 'psycopg[binary]'")
        url = url.set(drivername=f"postgresql+{found[0]}")
    _check_driver(url)
    arguments = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    try:
        engine = create_engine(url, connect_args=arguments, hide_parameters=True)
    except (NoSuchModuleError, ImportError):
        raise ConfigurationError(f"the driver {url.get_driver_name()} is not installed") from None
    if read_only:
        event.listen(engine, "connect", _make_read_only)
    event.listen(engine, "checkin", _remember_idle)
    event.listen(engine, "checkout", _try_idle(engine))
    return engine


def _make_read_only(connection: Any, _: ConnectionPoolEntry) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    connection.commit()


def _remember_idle(_: Any, entry: ConnectionPoolEntry) -> None:
    entry.info["idle_since"] = time.monotonic()


def _try_idle(engine: Engine) -> Any:
    """A server that restarted must not cost a caller an error, nor every checkout a round trip (`pool_pre_ping`)."""

    def checkout(connection: Any, entry: ConnectionPoolEntry, _: Any) -> None:
        if time.monotonic() - entry.info.get("idle_since", float("inf")) < IDLE_SECONDS:
            return
        if "idle_since" not in entry.info:
            return
        try:
            engine.dialect.do_ping(connection)
        except (engine.dialect.loaded_dbapi.Error, SQLAlchemyError) as error:
            raise DisconnectionError from error

    return checkout


def describe(engine: Engine) -> str:
    """Where the database is, without the password, nor anything else but where."""
    if engine.dialect.name == "sqlite":
        return str(engine.url.database)
    place = {name: value for name, value in engine.url.query.items() if name in _PLACE}
    return engine.url.set(drivername="postgresql", query=place).render_as_string(hide_password=True)


def has_password(address: SecretStr) -> bool:
    """Whether a URL holds a password. Raises `ConfigurationError` where it cannot be read."""
    url = _parse(address)
    return bool(url.password) or any("password" in name for name in url.query)
