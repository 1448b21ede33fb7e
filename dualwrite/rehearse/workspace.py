"""The folder of a rehearsal: a copy of the database, a PocketBase, what traffic was told, and the report.

A rehearsal that was killed goes on in the same folder; a finished one is begun anew.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dualwrite.errors import ConfigurationError
from dualwrite.files import private_folder, write_whole
from dualwrite.lock import FolderLock

MARKER = "rehearsal.json"
LOCK = "rehearsal.lock"


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths inside the folder."""

    folder: Path

    @property
    def database(self) -> Path:
        """The SQLite file that is worked on."""
        return self.folder / "sql" / "copy.db"

    @property
    def sql_url(self) -> str:
        """Its SQLAlchemy URL."""
        return f"sqlite:///{self.database}"

    @property
    def pocketbase(self) -> Path:
        """PocketBase's data, hooks and log."""
        return self.folder / "pocketbase"

    @property
    def told(self) -> Path:
        """What was acknowledged to the traffic, of every run."""
        return self.folder / "told"

    @property
    def report(self) -> Path:
        """The report's folder."""
        return self.folder / "report"

    @contextmanager
    def entered(self, source: str) -> Iterator[bool]:
        """The folder is ours for the block; gives whether an unfinished rehearsal of the same source is to go on.

        Raises:
            ConfigurationError: the folder holds something that is not ours, or a rehearsal of another source; another
                process rehearses there; it cannot be written to.
        """
        try:
            lock = self._claim()
        except OSError as error:
            raise ConfigurationError(
                f"the folder {self.folder} cannot be written to ({error.strerror}): give another --work"
            ) from error
        try:
            yield self._enter(source)
        finally:
            lock.release()

    def _claim(self) -> FolderLock:
        marked = (self.folder / MARKER).exists()
        if self.folder.exists() and not self.folder.is_dir():
            raise ConfigurationError(f"{self.folder} is not a folder: give another --work")
        if not marked and self.folder.exists() and any(each.name != LOCK for each in self.folder.iterdir()):
            raise ConfigurationError(f"{self.folder} is not empty and not a rehearsal: give another --work")
        private_folder(self.folder)
        lock = FolderLock(self.folder / LOCK)
        if not lock.take():
            raise ConfigurationError(
                f"another rehearsal is at work in {self.folder}: wait for its end, or give another --work"
            )
        return lock

    def _enter(self, source: str) -> bool:
        state = self._state()
        if state is not None and not state["finished"]:
            if state["source"] != source:
                raise ConfigurationError(
                    f"{self.folder} holds an unfinished rehearsal of {state['source']}: give another --work, or remove it"
                )
            self._write(source, finished=False, runs=state["runs"] + 1)
            return True
        if state is not None:
            self._clear()
        for part in (self.database.parent, self.pocketbase, self.told):
            private_folder(part)
        self._write(source, finished=False, runs=0)
        return False

    def _state(self) -> dict[str, Any] | None:
        marker = self.folder / MARKER
        if not marker.exists():
            return None
        try:
            state: dict[str, Any] = json.loads(marker.read_text(encoding="utf-8"))
            return {name: state[name] for name in ("source", "finished", "runs")}
        except (ValueError, KeyError, TypeError):
            raise ConfigurationError(f"{marker} is not a rehearsal's: give another --work") from None

    def runs(self) -> int:
        """How often the rehearsal was taken up again."""
        state = self._state()
        return int(state["runs"]) if state else 0

    def finish(self, source: str) -> None:
        """The rehearsal is over: the next one in this folder begins anew."""
        self._write(source, finished=True, runs=0)

    def _write(self, source: str, *, finished: bool, runs: int) -> None:
        state = {"source": source, "finished": finished, "runs": runs}
        write_whole(self.folder / MARKER, json.dumps(state))

    def _clear(self) -> None:
        for part in (self.database.parent, self.pocketbase, self.told, self.report):
            shutil.rmtree(part, ignore_errors=True)
