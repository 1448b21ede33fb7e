"""Where comparisons go: counted, logged without values, and kept for the report and the gate."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dualwrite.metrics import Metrics
from dualwrite.metrics.catalogue import COMPARISONS
from dualwrite.observation import Comparison, Outcome
from dualwrite.ports import Control

log = logging.getLogger(__name__)
EXAMPLES = 100
SAVED = "comparisons:"
EXAMPLES_SAVED = "examples:"
MOST_KEYS = 5


@dataclass(slots=True)
class Tally:
    """Comparisons of one method, by outcome."""

    counts: dict[str, int] = field(default_factory=dict)
    first_mismatch: str | None = None
    last_mismatch: str | None = None


class Comparisons:
    """Counts per method, and the last confirmed mismatches in redacted form. Thread-safe."""

    def __init__(self, metrics: Metrics, *, secret: bytes | None = None) -> None:
        self._metrics = metrics
        self._secret = secret or secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._tallies: dict[tuple[str, str], Tally] = {}
        self._examples: deque[dict[str, Any]] = deque(maxlen=EXAMPLES)
        self._unsaved: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}

    def add(self, comparison: Comparison) -> None:
        """Count one comparison; a confirmed mismatch is logged by path and kind."""
        place = (comparison.repository, comparison.method)
        self._metrics.add(COMPARISONS, *place, comparison.outcome.value, comparison.kind)
        with self._lock:
            tally = self._tallies.setdefault(place, Tally())
            tally.counts[comparison.outcome] = tally.counts.get(comparison.outcome, 0) + 1
            if comparison.outcome is not Outcome.CONFIRMED:
                return
            at = datetime.now(UTC).isoformat(timespec="seconds")
            tally.first_mismatch = tally.first_mismatch or at
            tally.last_mismatch = at
            described = [difference.described(self._secret) for difference in comparison.differences[:10]]
            example = {
                "at": at,
                "repository": place[0],
                "method": place[1],
                "keys": [list(key) for key in comparison.keys[:MOST_KEYS]],
                "differences": described,
            }
            self._examples.append(example)
            self._unsaved.setdefault(place, {})[comparison.kind] = example
        log.warning("%s.%s differs: %s", *place, [repr(d) for d in comparison.differences[:3]])

    @property
    def total(self) -> int:
        """How many comparisons there were."""
        with self._lock:
            return sum(sum(tally.counts.values()) for tally in self._tallies.values())

    def totals(self) -> Counter[str]:
        """How many came to which outcome, over all methods."""
        with self._lock:
            return sum((Counter(tally.counts) for tally in self._tallies.values()), Counter[str]())

    def count(self, repository: str, method: str) -> int:
        """How often this method has been compared."""
        tally = self._tallies.get((repository, method))
        return sum(tally.counts.values()) if tally else 0

    def summary(self) -> list[dict[str, Any]]:
        """Per method: repository, method, counts by outcome, times of the first and the last confirmed mismatch (ISO 8601
        or None)."""
        with self._lock:
            return [
                {
                    "repository": place[0],
                    "method": place[1],
                    **{str(outcome): count for outcome, count in tally.counts.items()},
                    "first_mismatch": tally.first_mismatch,
                    "last_mismatch": tally.last_mismatch,
                }
                for place, tally in sorted(self._tallies.items())
            ]

    def examples(self) -> list[dict[str, Any]]:
        """The last confirmed mismatches: types, sizes and keyed hashes, never values."""
        with self._lock:
            return list(self._examples)

    def save(self, control: Control, owner: str) -> None:
        """Keep the counts beside those of other processes, where the gate finds them; and the last example of each kind of
        mismatch of each method: so there is a bound to them, however many processes there were.

        Of two processes that keep an example of one method at once, one may lose it: nothing is decided by examples.
        """
        control.save(f"{SAVED}{owner}", self.summary())
        with self._lock:
            unsaved, self._unsaved = self._unsaved, {}
        for place, by_kind in unsaved.items():
            name = f"{EXAMPLES_SAVED}{'.'.join(place)}"
            before = control.load(name)
            control.save(name, {**(before if isinstance(before, dict) else {}), **by_kind})


def load_comparisons(control: Control) -> list[dict[str, Any]]:
    """The summaries of every process that ever saved one, added up per method."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for summary in control.values(SAVED).values():
        for one in summary if isinstance(summary, list) else []:
            place = (one["repository"], one["method"])
            found[place] = _added(found[place], one) if place in found else one
    return [found[place] for place in sorted(found)]


def load_examples(control: Control) -> list[dict[str, Any]]:
    """The last confirmed mismatch of each kind of each method, whichever process saw it; oldest first."""
    kept = [
        by_kind.values() for by_kind in control.values(EXAMPLES_SAVED).values() if isinstance(by_kind, dict)
    ]
    return sorted((example for examples in kept for example in examples), key=lambda example: example["at"])


def forget_comparisons(control: Control) -> None:
    """What was compared before proves nothing any more."""
    for name in (*control.values(SAVED), *control.values(EXAMPLES_SAVED)):
        control.save(name, None)


def _added(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    joined = {**one, **other}
    for outcome in Outcome:
        if count := one.get(outcome.value, 0) + other.get(outcome.value, 0):
            joined[outcome.value] = count
    for name, choose in (("first_mismatch", min), ("last_mismatch", max)):
        joined[name] = choose((at for at in (one[name], other[name]) if at), default=None)
    return joined
