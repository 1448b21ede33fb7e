"""A deployment of Open WebUI with all that belongs to it, and its way through the phases, each command as an operator gives it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import create_engine, text

from dualwrite.errors import ConfigurationError
from dualwrite.pocketbase import EmbeddedPocketBase, find_binary
from repos.entities import ENTITIES, PREFIX
from tests.cli.command import Ended, run
from tests.e2e.application import UNTOUCHED, WIRED, Application, environment, interpreter
from tests.e2e.standin import StandIn
from tests.fixtures.absent import absent

Command = tuple[str, ...]

WAIVED: Command = ("--waive", "comparisons", "--reason", "a scenario is no traffic")

JOURNEY: Mapping[str, tuple[Command, ...]] = {
    "sql_only": (("init",),),
    "dual": (("phase", "dual"), ("backfill",)),
    "pb_only": (("verify",), ("cutover", *WAIVED)),
}
"""The commands that lead into each phase from the one before it, while nobody has any data."""


TABLES = tuple(entity.table for entity in ENTITIES)
_COMMAND_SECONDS = 300.0


def make_schema(database_url: str, folder: Path) -> None:
    """Open WebUI's own migrations on an empty database."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [interpreter(), "-W", "ignore", "-c", "import open_webui.models.users, open_webui.config"],
        env=environment(folder, database_url, "http://127.0.0.1:1/v1"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def copied(template: Path, folder: Path) -> str:
    """The URL of a copy of this SQLite file, which nobody has open, in this folder."""
    for suffix in ("", "-wal"):
        if (file := template.with_name(template.name + suffix)).exists():
            shutil.copy(file, folder / file.name)
    return f"sqlite:///{folder / template.name}"


class Deployment:
    """Open WebUI, its stand-in for models and, where it is wired, a PocketBase. A context manager: all of it runs inside."""

    def __init__(
        self, folder: Path, database_url: str, *, wired: bool, more: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.database_url = database_url
        self.wired = wired
        self._more = dict(more or {})
        self._stack = ExitStack()
        self.server: EmbeddedPocketBase | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            models = stack.enter_context(StandIn())
            if self.wired:
                self.server = stack.enter_context(_pocketbase())
                self.lead(*JOURNEY["sql_only"])
            self.application = stack.enter_context(
                Application(
                    self.folder,
                    database_url=self.database_url,
                    models_url=models.url,
                    program=WIRED if self.wired else UNTOUCHED,
                    settings=self.settings | self._more,
                )
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """Where the application answers."""
        return self.application.url

    @property
    def settings(self) -> dict[str, str]:
        """What our side of the deployment must know; nothing where it is untouched."""
        if self.server is None:
            return {}
        return {
            "DUALWRITE_PB_URL": self.server.url,
            "DUALWRITE_PB_IDENTITY": self.server.identity,
            "DUALWRITE_PB_PASSWORD": self.server.password,
        }

    def dualwrite(self, *words: str) -> Ended:
        """The command line, to its end."""
        settings = self.settings | {"DUALWRITE_SQL_URL": self.database_url}
        return run(*words, settings=settings, timeout=_COMMAND_SECONDS)

    def lead(self, *commands: Command) -> None:
        """Give these commands one after another; each must succeed."""
        for words in commands:
            ended = self.dualwrite(*words)
            assert ended.status == 0, f"dualwrite {' '.join(words)}: {ended.out}{ended.err}"

    def status(self) -> Any:
        """What `dualwrite status --json` says."""
        ended = self.dualwrite("status", "--json")
        assert ended.status == 0, ended.err
        return ended.document

    def go(self, phase: str) -> None:
        """From `sql_only`, where it began, into this phase."""
        phases: Sequence[str] = list(JOURNEY)
        for passed in phases[1 : phases.index(phase) + 1]:
            self.lead(*JOURNEY[passed])


def _pocketbase() -> EmbeddedPocketBase:
    try:
        find_binary()
    except ConfigurationError as error:
        absent("PocketBase", str(error))
    return EmbeddedPocketBase(hooks=(ENTITIES, PREFIX))


def move_tables_away(database_url: str) -> None:
    """Rename the nine tables in SQL, so that whoever still asks them finds nothing."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f'ALTER TABLE "{table}" RENAME TO "{table}_moved_away"'))
    engine.dispose()
