"""Open WebUI's material for `dualwrite rehearse`: what `Migration.rehearsal` is of this migration."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from typing_extensions import override

from dualwrite.errors import ConfigurationError
from dualwrite.ports import Reader
from dualwrite.rehearse.material import Progress, Rehearsal, Size
from repos.rehearsal import schema
from repos.rehearsal.questions import Question, questions
from repos.rehearsal.sample import generate
from repos.rehearsal.traffic import Traffic


class OpenWebUIRehearsal(Rehearsal):
    """A generated database of Open WebUI 0.6.36, and traffic on it. `Size.rows` counts chats."""

    @override
    def create(self, database: str, size: Size, *, progress: Progress | None = None) -> Mapping[str, int]:
        try:
            schema.create(database)
            return generate(
                database,
                users=size.users,
                chats=size.rows,
                seed=size.seed,
                progress=progress,
                chat_bytes=size.row_bytes,
                not_a_number=size.unrepresentable,
            )
        except sqlite3.OperationalError as error:
            raise ConfigurationError(
                f"{database} cannot be written ({error}): make room, or give another place"
            ) from error

    @override
    def questions(self, store: Reader, *, seed: int) -> Iterable[Question]:
        return questions(store, seed=seed)

    @override
    def traffic(self, folder: Path | None = None) -> Traffic:
        return Traffic(folder)
