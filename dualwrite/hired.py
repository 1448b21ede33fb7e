"""What runs in a worker process: parts of its own, opened once, and a piece of work at a time on them."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from functools import lru_cache
from multiprocessing import parent_process
from typing import Any

from dualwrite.hands import Bench, Work
from dualwrite.helper.figures import Collected, Figures
from dualwrite.helper.messages import Setup
from dualwrite.parts import Parts

_opening = threading.Lock()


def begin() -> None:
    """First of all in a worker process of a pool: it neither takes Ctrl-C for itself nor outlives who started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def do(setup: bytes, work: Work[Any]) -> tuple[Any, Figures]:
    """What comes of the work, and what was counted meanwhile."""
    with _opening:
        parts, figures = _opened(setup)
    bench = Bench(parts.sql_store, parts.pb_store, parts.journal, parts.control, figures)
    return work.do(bench), figures.take()


@lru_cache(maxsize=2)
def _opened(setup: bytes) -> tuple[Parts, Collected]:
    """They stay open for as long as the process lives: a login takes PocketBase as long as a thousand rows."""
    found: Setup = pickle.loads(setup)  # noqa: S301 - from the process that this one works for
    figures = Collected()
    parts = Parts.open(
        found.migration, found.settings, metrics=figures, timing=found.timing, looks=found.looks
    )
    return parts, figures
