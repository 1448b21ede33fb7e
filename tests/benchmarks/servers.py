"""Servers that are not there: one whose port is closed, one that accepts and says nothing. Databases for benchmarks."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dualwrite.parts import Parts
from dualwrite.pocketbase import EmbeddedPocketBase
from tests.faults.databases import PostgresServer
from tests.fixtures.faults import World, create_table

DIALECTS = ("sqlite", "postgresql")


@contextmanager
def closed() -> Iterator[str]:
    """The URL of a port that refuses every connection, and that nobody else is given meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@contextmanager
def silent() -> Iterator[str]:
    """The URL of a server that accepts every connection, reads nothing and says nothing."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:

        def accept() -> None:
            while True:
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in kept:
                connection.close()


@contextmanager
def prepared(url: str, server: EmbeddedPocketBase) -> Iterator[tuple[World, Parts]]:
    """Both stores of `cells`, in `sql_only`, and the parts of a process."""
    world = World(url, server)
    try:
        yield world, world.prepare()
    finally:
        world.close()


class Databases:
    """A context manager: gives empty databases of one dialect, with the table of `cells`. `fsync` is for PostgreSQL."""

    def __init__(self, dialect: str, folder: Path, *, fsync: bool = False) -> None:
        self._folder = folder
        self._fsync = fsync
        self._dialect = dialect
        self._stack = ExitStack()
        self._server: PostgresServer | None = None
        self._made = 0

    def __enter__(self) -> Databases:
        if self._dialect == "postgresql":
            self._server = self._stack.enter_context(PostgresServer(fsync=self._fsync))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def make(self) -> str:
        """The URL of one more. SQLite has a rollback journal, as Open WebUI has it by default."""
        self._made += 1
        url = self._server.create() if self._server else f"sqlite:///{self._folder}/{self._made}.db"
        create_table(url, wal=False) if self._server is None else create_table(url)
        return url
