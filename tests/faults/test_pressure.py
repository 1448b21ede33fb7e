"""An outage under load, scaled down: memory, queues, threads and the caller's latency stay what they were, and all is caught up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.hour import hour, show
from tests.benchmarks.servers import DIALECTS

WRITES, MINUTE, KEYS = 12_000, 2_000, 1_500
MOST_GROWTH = 20.0  # megabytes
MOST_SLOWER = 1.5  # as the machine has other work; the docs have what was measured


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_outage_grows_the_journal_and_nothing_else(dialect: str, tmp_path: Path) -> None:
    done = hour(dialect, tmp_path, WRITES, minute=MINUTE, keys=KEYS, measured=2)
    show(done)
    first, last = done.minutes[0], done.minutes[-1]
    assert done.owed >= WRITES - KEYS, "no write was forgotten"
    assert done.keys <= KEYS + 1
    assert done.growth < MOST_GROWTH
    assert max(one.deepest for one in done.minutes) <= 1_001
    assert {one.threads for one in done.minutes} == {first.threads}
    assert last.p50 / last.twin_p50 < MOST_SLOWER * max(1.0, first.p50 / first.twin_p50)
    assert done.rss_peak - first.rss < 4 * MOST_GROWTH, "catching up is bounded too"
    assert done.caught_up < 120
