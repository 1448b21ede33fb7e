"""The five dashboards."""

from grafana.dashboards.backfill import BACKFILL
from grafana.dashboards.cutover import CUTOVER
from grafana.dashboards.latency import LATENCY
from grafana.dashboards.mismatches import MISMATCHES
from grafana.dashboards.overview import OVERVIEW

BOARDS = (OVERVIEW, MISMATCHES, LATENCY, BACKFILL, CUTOVER)

__all__ = ["BOARDS"]
