"""Counts and times what one worker did, and adds the workers up."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence

from dualwrite.rehearse.material import Latency, TrafficReport


class Tally:
    """The calls of one worker."""

    def __init__(self) -> None:
        self.writes = 0
        self.errors: Counter[str] = Counter()
        self.milliseconds: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))


def report(tallies: Sequence[Tally], *, seconds: float, doubtful: int) -> TrafficReport:
    """All workers as one."""
    times: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
    errors: Counter[str] = Counter()
    for tally in tallies:
        errors.update(tally.errors)
        for kind, measured in tally.milliseconds.items():
            times[kind].extend(measured)
    latency = {kind: _latency(measured) for kind, measured in sorted(times.items())}
    return TrafficReport(
        calls=sum(each.calls for each in latency.values()),
        writes=sum(tally.writes for tally in tallies),
        errors=dict(errors),
        latency=latency,
        overall=_latency(array("d", [each for measured in times.values() for each in measured])),
        seconds=seconds,
        doubtful=doubtful,
    )


def _latency(measured: array[float]) -> Latency:
    ordered = sorted(measured)
    return Latency(len(ordered), _quantile(ordered, 50), _quantile(ordered, 99))


def _quantile(ordered: Sequence[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0
