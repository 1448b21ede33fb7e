"""Options that many commands share. Secrets are never options: process lists would show them."""

from __future__ import annotations

import getpass
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import typer
from pydantic import SecretStr

from dualwrite.control_tables import ControlTables
from dualwrite.errors import ConfigurationError
from dualwrite.executors import hands_of
from dualwrite.hands import Hands
from dualwrite.helper.messages import Setup
from dualwrite.migration import Migration, installed
from dualwrite.parts import Parts
from dualwrite.pocketbase import obstacle
from dualwrite.settings import Settings

Sql = Annotated[
    str | None,
    typer.Option("--sql", metavar="URL", help="SQL database [env: DUALWRITE_SQL_URL, DATABASE_URL]"),
]
Pb = Annotated[str | None, typer.Option("--pb", metavar="URL", help="PocketBase [env: DUALWRITE_PB_URL]")]
Name = Annotated[
    str | None, typer.Option("--migration", metavar="NAME", help="needed only where several are installed")
]
Json = Annotated[bool, typer.Option("--json", help="one JSON document on standard output, for scripts")]
Only = Annotated[
    list[str] | None, typer.Option("--entity", metavar="NAME", help="only this entity; may be repeated")
]
Executor = Annotated[
    str | None,
    typer.Option(
        "--executor",
        metavar="NAME",
        help="who works: threads:N, processes:N or dask://host:port; this thread by default",
    ),
]

Deadline = Annotated[
    float,
    typer.Option(
        min=1, help="longest pause of writes in seconds, then it is called off; callers' writes wait for 60"
    ),
]


@contextmanager
def opened(sql: str | None, pb: str | None, name: str | None) -> Iterator[Parts]:
    """The parts of the migration that these options and the environment name."""
    parts = Parts.open(migration_of(name), Settings.load(sql_url=_for_all_to_see(sql), pb_url=pb))
    try:
        yield parts
    finally:
        parts.close()


@contextmanager
def hands_for(executor: str | None, parts: Parts) -> Iterator[Hands]:
    """Who `--executor` names, for these parts."""
    level = logging.getLogger("dualwrite").getEffectiveLevel()
    with closing(
        hands_of(executor, Setup(parts.migration, parts.settings, parts.timing, parts.looks, level))
    ) as hands:
        yield hands


@contextmanager
def opened_tables(sql: str | None, name: str | None) -> Iterator[ControlTables]:
    """The control tables alone, for a command that asks PocketBase nothing."""
    tables = ControlTables.of(migration_of(name), Settings.load(sql_url=_for_all_to_see(sql)))
    try:
        yield tables
    finally:
        tables.close()


def _for_all_to_see(url: str | None) -> str | None:
    """A URL from the command line. Raises `ConfigurationError` where it holds a password: every process list shows it."""
    from dualwrite.sql import has_password

    if url is not None and has_password(SecretStr(url)):
        raise ConfigurationError(
            "--sql holds a password, and process lists show it to everybody on this machine: give that URL as DUALWRITE_SQL_URL"
        )
    return url


def need_pocketbase(parts: Parts) -> None:
    """Raises `ConfigurationError` where no PocketBase that lets us in answers: better now than after ten minutes of patience."""
    problem = obstacle(parts.pocketbase.session)
    if problem is not None:
        raise ConfigurationError(problem)


def person() -> str:
    """Who gives this command, as the history and the waivers keep it: user, host and process."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}:{os.getpid()}"


def migration_of(name: str | None) -> Migration:
    """The migration of that name."""
    return installed(name)
