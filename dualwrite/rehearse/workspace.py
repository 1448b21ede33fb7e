"""The folder of a rehearsal: a copy of the database, a PocketBase, what traffic was told, and the report.

A rehearsal that was killed goes on in the same folder; a finished one is begun anew.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from dualwrite.errors import ConfigurationError
from dualwrite.files import write_whole

MARKER = "rehearsal.json"


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
    def report(self) -> Path:
        """The report's folder."""
        return self.folder / "report"

    def enter(self, source: str) -> bool:
        """Claim the folder; returns whether an unfinished rehearsal of the same source is to go on.

        Raises:
            ConfigurationError: the folder holds something that is not ours, or a rehearsal of another source.
        """
        marker = self.folder / MARKER
        if marker.exists():
            state = json.loads(marker.read_text())
            if not state["finished"] and state["source"] == source:
                self._write(source, finished=False, runs=state["runs"] + 1)
                return True
            if not state["finished"]:
                raise ConfigurationError(
                    f"{self.folder} holds an unfinished rehearsal of {state['source']}: give another --work, or remove it"
                )
            self._clear()
        elif self.folder.exists() and any(self.folder.iterdir()):
            raise ConfigurationError(f"{self.folder} is not empty and not a rehearsal: give another --work")
        self.database.parent.mkdir(parents=True, exist_ok=True)
        self._write(source, finished=False, runs=0)
        return False

    def runs(self) -> int:
        """How often the rehearsal was taken up again."""
        return int(json.loads((self.folder / MARKER).read_text())["runs"])

    def finish(self, source: str) -> None:
        """The rehearsal is over: the next one in this folder begins anew."""
        self._write(source, finished=True, runs=0)

    def _write(self, source: str, *, finished: bool, runs: int) -> None:
        state = {"source": source, "finished": finished, "runs": runs}
        write_whole(self.folder / MARKER, json.dumps(state))

    def _clear(self) -> None:
        for part in (self.database.parent, self.pocketbase, self.report):
            shutil.rmtree(part, ignore_errors=True)
