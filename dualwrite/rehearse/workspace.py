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
    def acknowledged(self) -> Path:
        """What the traffic's callers were told, a line per write."""
        return self.folder / "acknowledged.jsonl"

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
                return True
            if not state["finished"]:
                raise ConfigurationError(
                    f"{self.folder} holds an unfinished rehearsal of {state['source']}: give another --work, or remove it"
                )
            self._clear()
        elif self.folder.exists() and any(self.folder.iterdir()):
            raise ConfigurationError(f"{self.folder} is not empty and not a rehearsal: give another --work")
        self.database.parent.mkdir(parents=True, exist_ok=True)
        self.mark(source, finished=False)
        return False

    def mark(self, source: str, *, finished: bool) -> None:
        """Write down whether the rehearsal is over."""
        write_whole(self.folder / MARKER, json.dumps({"source": source, "finished": finished}))

    def _clear(self) -> None:
        for part in (self.database.parent, self.pocketbase, self.report):
            shutil.rmtree(part, ignore_errors=True)
        self.acknowledged.unlink(missing_ok=True)
