"""Every metric, declared once. The Prometheus registry, the documentation and the dashboards' tests are derived from this."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """Prometheus' metric types that are used here."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. Label values are bounded: names from contracts and entities, outcomes and kinds from enums."""

    name: str
    type: Type
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""


# 0.1 ms to 30 s
BUCKETS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1),
    *(0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)

CALLS = Metric(
    "dualwrite_calls",
    Type.COUNTER,
    "Calls of repository methods by backend and outcome (ok, or the error's class)",
    ("repository", "method", "backend", "outcome"),
)
LATENCY = Metric(
    "dualwrite_call_seconds",
    Type.HISTOGRAM,
    "Time of a repository method on one backend",
    ("repository", "method", "backend"),
    "seconds",
)
COMPARISONS = Metric(
    "dualwrite_comparisons",
    Type.COUNTER,
    "Comparisons of both answers by outcome; a confirmed mismatch has a kind",
    ("repository", "method", "outcome", "kind"),
)
SHADOW = Metric(
    "dualwrite_shadow",
    Type.COUNTER,
    "Shadow work by fate: queued, shed (the queue was full), late (a relay has it), skipped (PocketBase is down) or "
    "uncopied (what SQL was given or gave cannot be copied)",
    ("work", "fate"),
)
QUEUE = Metric("dualwrite_queue_depth", Type.GAUGE, "Work waiting behind the caller", ("work",))
OBLIGATIONS = Metric("dualwrite_obligations", Type.GAUGE, "Open obligations", ("entity",))
OLDEST = Metric(
    "dualwrite_obligation_oldest_seconds",
    Type.GAUGE,
    "Age of the oldest open obligation",
    ("entity",),
    "seconds",
)
STUCK = Metric("dualwrite_stuck_keys", Type.GAUGE, "Keys that PocketBase refuses", ("entity",))
SETTLED = Metric(
    "dualwrite_settled",
    Type.COUNTER,
    "Keys looked at, by who looked (writer, relay, backfill, verify) and result (equal, repaired, failed)",
    ("by", "result"),
)
BREAKER = Metric("dualwrite_breaker_open", Type.GAUGE, "1 while PocketBase is given a rest")
PROGRESS_ROWS = Metric(
    "dualwrite_progress_rows", Type.GAUGE, "Rows done by a backfill or verify", ("job", "entity")
)
PROGRESS_TOTAL = Metric(
    "dualwrite_progress_expected_rows", Type.GAUGE, "Rows there are to do", ("job", "entity")
)
DIFFERENCES = Metric(
    "dualwrite_verify_differences", Type.GAUGE, "Keys that differed in the last verify", ("entity",)
)
REQUESTS = Metric(
    "dualwrite_pocketbase_request_seconds",
    Type.HISTOGRAM,
    "Requests to PocketBase by route and status",
    ("route", "status"),
    "seconds",
)
RETRIES = Metric(
    "dualwrite_pocketbase_retries", Type.COUNTER, "Requests to PocketBase sent again", ("route",)
)
PHASE = Metric("dualwrite_phase", Type.GAUGE, "1 for the phase in force", ("phase",))

CATALOGUE: tuple[Metric, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Metric)
)
