"""A process that is scraped once: the notes that the environment names, in the folder that it names."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from dualwrite import Settings
from dualwrite.metrics.exposition import exposition, text
from dualwrite.metrics.prometheus import PrometheusMetrics
from dualwrite.parts import Parts
from tests.metrics.domain import migration


def main() -> None:
    """Print the text."""
    metrics = PrometheusMetrics(CollectorRegistry())
    parts = Parts.open(migration(), Settings.load(), metrics=metrics)
    print(text(exposition(parts)))
    parts.close()


if __name__ == "__main__":
    main()
