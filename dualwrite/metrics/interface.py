"""What the core asks of a metrics system, and the one that does nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from typing_extensions import override

from dualwrite.metrics.catalogue import Metric


class Metrics(Protocol):
    """`labels` are given in the order in which the catalogue declares them. No call may raise or block."""

    def add(self, metric: Metric, *labels: str, amount: float = 1.0) -> None:
        """A counter goes up."""

    def set(self, metric: Metric, *labels: str, value: float) -> None:
        """A gauge stands at this value."""

    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        """A histogram saw this value."""

    def observer(self, metric: Metric, *labels: str) -> Callable[[float], None]:
        """`observe` for labels that stay the same: looked up once, for what callers wait for. It may be seen only after
        `publish`."""
        return lambda value: self.observe(metric, *labels, value=value)

    def publish(self) -> None:
        """Let others see what observers saw. Called about once a second, and at the end."""
        return


class NoMetrics(Metrics):
    """Counts nothing."""

    @override
    def add(self, metric: Metric, *labels: str, amount: float = 1.0) -> None:
        pass

    @override
    def set(self, metric: Metric, *labels: str, value: float) -> None:
        pass

    @override
    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        pass

    @override
    def observer(self, metric: Metric, *labels: str) -> Callable[[float], None]:
        return _unseen


def _unseen(value: float) -> None:
    pass


class BothMetrics(Metrics):
    """Tells two."""

    def __init__(self, one: Metrics, other: Metrics) -> None:
        self._two = (one, other)

    @override
    def add(self, metric: Metric, *labels: str, amount: float = 1.0) -> None:
        for each in self._two:
            each.add(metric, *labels, amount=amount)

    @override
    def set(self, metric: Metric, *labels: str, value: float) -> None:
        for each in self._two:
            each.set(metric, *labels, value=value)

    @override
    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        for each in self._two:
            each.observe(metric, *labels, value=value)

    @override
    def publish(self) -> None:
        for each in self._two:
            each.publish()
