"""Where comparisons go: counted, logged without values, and kept for the report and the gate."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dualwrite.metrics import Metrics
from dualwrite.metrics.catalogue import COMPARISONS
from dualwrite.observation import Comparison, Outcome

log = logging.getLogger(__name__)
EXAMPLES = 100


@dataclass(slots=True)
class Tally:
    """Comparisons of one method, by outcome."""

    counts: dict[str, int] = field(default_factory=dict)
    last_mismatch: str | None = None


class Comparisons:
    """Counts per method, and the last confirmed mismatches in redacted form. Thread-safe."""

    def __init__(self, metrics: Metrics, *, secret: bytes | None = None) -> None:
        self._metrics = metrics
        self._secret = secret or secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._tallies: dict[tuple[str, str], Tally] = {}
        self._examples: deque[dict[str, Any]] = deque(maxlen=EXAMPLES)

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
            tally.last_mismatch = at
            described = [difference.described(self._secret) for difference in comparison.differences[:10]]
            self._examples.append(
                {"at": at, "repository": place[0], "method": place[1], "differences": described}
            )
        log.warning("%s.%s differs: %s", *place, [repr(d) for d in comparison.differences[:3]])

    def count(self, repository: str, method: str) -> int:
        """How often this method has been compared."""
        tally = self._tallies.get((repository, method))
        return sum(tally.counts.values()) if tally else 0

    def summary(self) -> list[dict[str, Any]]:
        """Per method: repository, method, counts by outcome, time of the last confirmed mismatch (ISO 8601 or None)."""
        with self._lock:
            return [
                {
                    "repository": place[0],
                    "method": place[1],
                    **tally.counts,
                    "last_mismatch": tally.last_mismatch,
                }
                for place, tally in sorted(self._tallies.items())
            ]

    def examples(self) -> list[dict[str, Any]]:
        """The last confirmed mismatches: types, sizes and keyed hashes, never values."""
        with self._lock:
            return list(self._examples)

    @property
    def confirmed(self) -> int:
        """How many confirmed mismatches there were."""
        with self._lock:
            return sum(tally.counts.get(Outcome.CONFIRMED, 0) for tally in self._tallies.values())
