"""Every metric, declared once. The Prometheus registry, the documentation and the dashboards' tests are derived from this."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Type(StrEnum):
    """Prometheus' metric types that are used here."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Origin(StrEnum):
    """Where a metric's figures come from. None comes from both: it would be there twice."""

    COUNTED = "processes"  # each process counts what it does
    STORED = "database"  # read from the control tables and the journal when it is asked for


Merge = Literal["livesum", "livemax"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. Label values are bounded: names from contracts and entities, outcomes and kinds from enums.

    `merge` says what a gauge of several workers comes to; a dead worker's is left out. `alerts` are the rules that look at it.
    """

    name: str
    type: Type
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""
    alerts: tuple[str, ...] = ()
    origin: Origin = Origin.COUNTED
    merge: Merge = "livesum"

    @property
    def sample(self) -> str:
        """The name that a query asks for; a histogram has three, which begin with it."""
        return f"{self.name}_total" if self.type is Type.COUNTER else self.name


# 0.1 ms to 30 s
BUCKETS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1),
    *(0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)

LATENCY = Metric(
    "dualwrite_call_seconds",
    Type.HISTOGRAM,
    "Time of a repository method on one backend, whether or not it failed; its count is the number of calls, without the reads that "
    "PocketBase was asked together with others",
    ("repository", "method", "backend"),
    "seconds",
    ("DualwriteCallsSlow",),
)
ERRORS = Metric(
    "dualwrite_call_errors",
    Type.COUNTER,
    "Calls of repository methods that raised, by the error's class",
    ("repository", "method", "backend", "error"),
    "calls",
    ("DualwriteCallErrors",),
)
COMPARISONS = Metric(
    "dualwrite_comparisons",
    Type.COUNTER,
    "Comparisons of both answers by outcome (equal, ignored, transient, lag, confirmed, failed); a confirmed mismatch has "
    "a kind (value, type, missing, extra, order, error)",
    ("repository", "method", "outcome", "kind"),
    "comparisons",
    ("DualwriteMismatch", "DualwriteComparisonsFail"),
)
SHADOW = Metric(
    "dualwrite_shadow",
    Type.COUNTER,
    "Work behind the caller by fate: queued, shed (the queue was full), late (a relay has it), skipped (PocketBase is given "
    "a rest), uncopied (what SQL was given or gave cannot be copied) or spared (drawn, and not compared since others wait). A read "
    "that was drawn is queued, shed, uncopied or spared",
    ("work", "fate"),
    "calls",
    ("DualwriteShedding",),
)
QUEUE = Metric(
    "dualwrite_queue_depth",
    Type.GAUGE,
    "Work that waits behind the callers of this process",
    ("work",),
    "calls",
)
SETTLED = Metric(
    "dualwrite_settled",
    Type.COUNTER,
    "Keys looked at, by who looked (writer, relay, backfill, verify) and result (equal, repaired, failed)",
    ("entity", "by", "result"),
    "keys",
    ("DualwriteSettlesFail",),
)
RELAYED = Metric(
    "dualwrite_relay_passed_timestamp_seconds",
    Type.GAUGE,
    "When a relay last went through the journal (Unix time)",
    (),
    "seconds",
    ("DualwriteRelaySilent",),
    merge="livemax",
)
BREAKER = Metric(
    "dualwrite_breaker_open",
    Type.GAUGE,
    "1 while PocketBase is given a rest",
    (),
    "boolean",
    ("DualwriteBreakerOpen",),
    merge="livemax",
)
REQUESTS = Metric(
    "dualwrite_pocketbase_request_seconds",
    Type.HISTOGRAM,
    "Round trips to PocketBase by route and status (0: no answer came)",
    ("route", "status"),
    "seconds",
    ("DualwritePocketBaseErrors",),
)
RETRIES = Metric(
    "dualwrite_pocketbase_retries",
    Type.COUNTER,
    "Requests to PocketBase sent again",
    ("route",),
    "requests",
)

UP = Metric(
    "dualwrite_up",
    Type.GAUGE,
    "1 where the database was read for this scrape; where it is 0, everything that comes from the database is absent",
    (),
    "boolean",
    ("DualwriteDatabaseUnread",),
    Origin.STORED,
)
BUILD = Metric(
    "dualwrite_build_info",
    Type.GAUGE,
    "1; the versions are in the labels",
    ("version", "python", "dialect", "hooks", "migration"),
    "",
    (),
    Origin.STORED,
)
PHASE = Metric(
    "dualwrite_phase",
    Type.GAUGE,
    "1 for the phase in force (sql_only, dual, frozen, pb_only), 0 for the others",
    ("phase",),
    "boolean",
    ("DualwriteFrozen",),
    Origin.STORED,
)
PHASE_SINCE = Metric(
    "dualwrite_phase_since_timestamp_seconds",
    Type.GAUGE,
    "When the phase in force began (Unix time)",
    (),
    "seconds",
    (),
    Origin.STORED,
)
OBLIGATIONS = Metric(
    "dualwrite_obligations",
    Type.GAUGE,
    "Open obligations",
    ("entity",),
    "obligations",
    (),
    Origin.STORED,
)
DUE = Metric(
    "dualwrite_obligations_due",
    Type.GAUGE,
    "Open obligations that nobody holds and a relay may take now",
    ("entity",),
    "obligations",
    ("DualwriteRelayMissing",),
    Origin.STORED,
)
OLDEST = Metric(
    "dualwrite_obligation_oldest_seconds",
    Type.GAUGE,
    "Age of the oldest open obligation",
    ("entity",),
    "seconds",
    ("DualwriteObligationsOld",),
    Origin.STORED,
)
STUCK = Metric(
    "dualwrite_stuck_keys",
    Type.GAUGE,
    "Keys that PocketBase refuses",
    ("entity",),
    "keys",
    ("DualwriteStuckKeys",),
    Origin.STORED,
)
COPIED = Metric(
    "dualwrite_backfill_complete",
    Type.GAUGE,
    "1 where the backfill of the entity is through",
    ("entity",),
    "boolean",
    (),
    Origin.STORED,
)
PROGRESS_ROWS = Metric(
    "dualwrite_progress_rows",
    Type.GAUGE,
    "Rows done by the last run of a job (backfill, verify, content; copy back and compare of a rollback)",
    ("job", "entity"),
    "rows",
    ("DualwriteJobStalled",),
    Origin.STORED,
)
PROGRESS_TOTAL = Metric(
    "dualwrite_progress_expected_rows",
    Type.GAUGE,
    "Rows there are to do; once a job is through, the rows it did",
    ("job", "entity"),
    "rows",
    ("DualwriteJobStalled",),
    Origin.STORED,
)
PROGRESS_RATE = Metric(
    "dualwrite_progress_rows_per_second",
    Type.GAUGE,
    "Rows a second since the job began; 0 where it is through or says nothing any more",
    ("job", "entity"),
    "rows/s",
    ("DualwriteJobStalled",),
    Origin.STORED,
)
PROGRESS_LEFT = Metric(
    "dualwrite_progress_left_seconds",
    Type.GAUGE,
    "Time left at that rate, 0 where the job is through; absent where there is no rate",
    ("job", "entity"),
    "seconds",
    (),
    Origin.STORED,
)
VERIFIED = Metric(
    "dualwrite_verified_timestamp_seconds",
    Type.GAUGE,
    "When the last full verify began (Unix time); absent where there was none",
    (),
    "seconds",
    ("DualwriteVerifyOld",),
    Origin.STORED,
)
DIFFERENCES = Metric(
    "dualwrite_verify_differences",
    Type.GAUGE,
    "Keys that the last full verify found to differ and did not repair",
    ("entity",),
    "keys",
    ("DualwriteVerifyDifferences",),
    Origin.STORED,
)
JUDGED = Metric(
    "dualwrite_judged_comparisons",
    Type.GAUGE,
    "Comparisons that prove something, over all processes, as the gate counts them; absent for a waived method",
    ("repository", "method"),
    "comparisons",
    (),
    Origin.STORED,
)
CONDITION = Metric(
    "dualwrite_gate_condition",
    Type.GAUGE,
    "1 where the condition of the switch holds or is waived",
    ("condition",),
    "boolean",
    ("DualwritePocketBaseUnfit",),
    Origin.STORED,
)
READY = Metric(
    "dualwrite_ready",
    Type.GAUGE,
    "1 where every condition of the switch holds or is waived",
    (),
    "boolean",
    ("DualwriteReadinessLost",),
    Origin.STORED,
)
WAIVERS = Metric(
    "dualwrite_waivers",
    Type.GAUGE,
    "Waivers that stand",
    (),
    "waivers",
    (),
    Origin.STORED,
)
SWITCHES = Metric(
    "dualwrite_switches",
    Type.COUNTER,
    "Cutovers and rollbacks by outcome (done, called_off)",
    ("course", "outcome"),
    "switches",
    ("DualwriteSwitchCalledOff",),
    Origin.STORED,
)
SWITCHED = Metric(
    "dualwrite_switched_timestamp_seconds",
    Type.GAUGE,
    "When the last cutover or rollback was done (Unix time); absent where there was none",
    ("course",),
    "seconds",
    (),
    Origin.STORED,
)
FREEZES = Metric(
    "dualwrite_freeze_seconds",
    Type.COUNTER,
    "Time for which writes were paused, the pause that goes on included",
    ("course",),
    "seconds",
    (),
    Origin.STORED,
)
FREEZE = Metric(
    "dualwrite_last_freeze_seconds",
    Type.GAUGE,
    "How long writes were paused by the last switch of that course, done or called off",
    ("course",),
    "seconds",
    (),
    Origin.STORED,
)

CATALOGUE: tuple[Metric, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Metric)
)
