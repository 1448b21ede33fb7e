"""Write docs/metrics.md from the catalogue. A test holds the file against it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from dualwrite.metrics import CATALOGUE, Metric

TARGET = Path(__file__).parent.parent / "docs" / "metrics.md"
HEAD = """\
# Metrics

Made from `dualwrite/metrics/catalogue.py` by `python tools/metrics_table.py`. Labels are names from contracts and
entities, outcomes and kinds; no value of a row is ever one.

Half of them are counted by the processes that take part, each for itself: what a worker did is added up over all workers. The
other half is stored in the database, beside the migrated tables, and read at every scrape (once a second at most); it is the same
whichever process is asked, and is there when no other runs. Where the database cannot be read, `dualwrite_up` is 0 and all that
is stored is absent. A scrape never waits for longer than two seconds.

Several workers of one host share a folder, `PROMETHEUS_MULTIPROC_DIR`, named in the environment that starts them. Whoever is
scraped adds up what is there; a worker that ended leaves what it counted, and its gauges go. The folder holds a few files for each
worker that lives.

Latency buckets go from 0.1 ms to 30 s. The number of calls is the count of `dualwrite_call_seconds`.

The alerts are in `grafana/prometheus/alerts.yml`; what they and the dashboards are for is in [Grafana](grafana.md).

| name | type | labels | unit | from | meaning | alert |
|---|---|---|---|---|---|---|
"""


def page() -> str:
    """The page's text."""
    return HEAD + "".join(f"{_row(metric)}\n" for metric in CATALOGUE)


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    alerts = ", ".join(f"`{alert}`" for alert in metric.alerts)
    cells = (f"`{metric.sample}`", metric.type, labels, metric.unit, metric.origin, metric.help, alerts)
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    TARGET.write_text(page())
