"""One thing a worker may do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """A call of some kind, with its weight among the others."""

    weight: int
    kind: str
    write: bool
    run: Callable[[], object]
