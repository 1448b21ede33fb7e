"""What a person sees: progress bars on standard error, results on standard output, JSON where it was asked for."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from dualwrite.progress import Progress

_PIPED_WIDTH = 160  # of a table that nobody's terminal limits
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
err = Console(stderr=True, soft_wrap=True, highlight=False)


class _Lines(logging.Handler):
    """A log record as one line beside the progress bars."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        err.print(f"dualwrite: {record.getMessage()}", markup=False)


def log_to_terminal() -> None:
    """Warnings of ours go to standard error; that a request was tried again is no news."""
    logging.basicConfig(level=logging.WARNING, handlers=[_Lines()])
    logging.getLogger("stamina").setLevel(logging.ERROR)


class _Rate(ProgressColumn):
    """Rows a second."""

    @override
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} rows/s" if speed else "- rows/s", style="cyan")


class Shown(Progress):
    """Progress bars with rate and time left; plain lines where there is no terminal."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    @override
    def begin(self, job: str, entity: str, total: int, done: int = 0) -> None:
        self._task = self._bars.add_task(f"{job} {entity}", total=max(total, done), completed=done)

    @override
    def advance(self, rows: float) -> None:
        if self._task is not None:
            self._bars.advance(self._task, rows)

    @override
    def end(self) -> None:
        if self._task is None:
            return
        task = self._bars.tasks[self._bars.task_ids.index(self._task)]
        self._bars.update(self._task, total=task.completed)
        if not self._bars.console.is_terminal:
            self._bars.console.print(f"{task.description}: {task.completed:,.0f} rows", highlight=False)
        self._task = None

    @override
    def note(self, text: str) -> None:
        self._bars.console.print(escape(text))


@contextmanager
def progress_bars() -> Iterator[Shown]:
    """Bars while the block runs."""
    bars = Bars(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        disable=not err.is_terminal and not os.environ.get("DUALWRITE_BARS"),
    )
    with bars:
        yield Shown(bars)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; numbers to the right."""
    rows = [list(row) for row in rows]
    table = Table(title=title, title_justify="left", title_style="bold")
    for number, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[number], int | float) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else escape(str(cell)) for cell in row))
    out.print(table)
