"""Calls of repository methods, counted: by whoever makes them for a caller, and by whoever makes them behind one."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from dualwrite.metrics.catalogue import ERRORS, LATENCY
from dualwrite.metrics.interface import Metrics


class Counted:
    """A method of one backend, and where its calls are counted. Calling it counts; who calls `function` itself tells `took` the
    seconds, and `failed` the error."""

    __slots__ = ("_labels", "_metrics", "function", "took")

    def __init__(
        self, metrics: Metrics, repository: str, method: str, backend: str, function: Callable[..., Any]
    ) -> None:
        self._metrics = metrics
        self._labels = (repository, method, backend)
        self.function = function
        self.took: Callable[[float], None] = self._first

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        begin = perf_counter()
        try:
            return self.function(*args, **kwargs)
        except Exception as error:
            self.failed(error)
            raise
        finally:
            self.took(perf_counter() - begin)

    def failed(self, error: Exception) -> None:
        """Count an error."""
        self._metrics.add(ERRORS, *self._labels, type(error).__name__)

    def _first(self, seconds: float) -> None:
        # Looked up once, since callers wait for it, and at the first call: what nobody calls makes no series.
        self.took = self._metrics.observer(LATENCY, *self._labels)
        self.took(seconds)


def count_call(
    metrics: Metrics, repository: str, method: str, backend: str, *, seconds: float, error: Exception | None
) -> None:
    """Count a call that was made."""
    metrics.observe(LATENCY, repository, method, backend, value=seconds)
    if error is not None:
        metrics.add(ERRORS, repository, method, backend, type(error).__name__)
