"""Calls of repository methods, counted: by whoever makes them for a caller, and by whoever makes them behind one."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from dualwrite.metrics.catalogue import ERRORS, LATENCY
from dualwrite.metrics.interface import Metrics


def timed(
    metrics: Metrics, repository: str, method: str, backend: str, function: Callable[..., Any]
) -> Callable[..., Any]:
    """`function`, counted. A caller waits for this, so it looks its histogram up once, at the first call: what nobody calls
    makes no series."""
    observe: Callable[[float], None] | None = None

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal observe
        begin = perf_counter()
        try:
            return function(*args, **kwargs)
        except Exception as error:
            metrics.add(ERRORS, repository, method, backend, type(error).__name__)
            raise
        finally:
            if observe is None:
                observe = metrics.observer(LATENCY, repository, method, backend)
            observe(perf_counter() - begin)

    return call


def count_call(
    metrics: Metrics, repository: str, method: str, backend: str, *, seconds: float, error: Exception | None
) -> None:
    """Count a call that was made."""
    metrics.observe(LATENCY, repository, method, backend, value=seconds)
    if error is not None:
        metrics.add(ERRORS, repository, method, backend, type(error).__name__)
