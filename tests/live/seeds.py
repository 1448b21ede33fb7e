"""A wrong answer of each kind, for the PocketBase adapter of a stage to give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dualwrite.compare import Kind
from tests.metrics.domain import Note, Wrong, right
from tests.metrics.stage import SECRET, Stage, copy, staged, verify


def _first(change: Callable[[Note], Note]) -> Wrong:
    return lambda notes: [change(notes[0]), *notes[1:]]


def _broken(notes: list[Note]) -> list[Note]:
    raise ZeroDivisionError(SECRET)


WRONG: dict[Kind, Wrong] = {
    Kind.VALUE: _first(lambda note: Note(id=note.id, text=note.text + SECRET)),
    Kind.TYPE: _first(lambda note: Note(id=note.id, text=7)),
    Kind.MISSING: lambda notes: notes[:-1],
    Kind.EXTRA: lambda notes: [*notes, Note(id="zzz", text=SECRET)],
    Kind.ORDER: lambda notes: notes[::-1],
    Kind.ERROR: _broken,
}


@dataclass
class Seeded:
    """A migration in `dual`, copied and verified, whose adapter is as wrong as it is told to be."""

    stage: Stage
    wrong: list[Wrong]

    def ask(self, wrong: Wrong) -> None:
        """Every read method once, `all` of PocketBase answering so; what came of it is kept."""
        notes = self.stage.runtime.repositories["notes"]
        self.wrong[0] = wrong
        try:
            for read in (notes.all, notes.pile, lambda: notes.get("old0")):
                read()
            assert self.stage.runtime.drain(10.0)
        finally:
            self.wrong[0] = right


@contextmanager
def seeded(folder: Path) -> Iterator[Seeded]:
    """Open for the block."""
    wrong: list[Wrong] = [right]
    with staged(folder, lambda notes: wrong[0](notes)) as stage:
        copy(stage)
        verify(stage)
        yield Seeded(stage, wrong)
