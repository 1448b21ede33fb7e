"""Migration overview: one screen that a manager understands."""

from grafana.dashboards.shared import PHASES, READY
from grafana.panel import (
    ANY,
    FEW_IS_GOOD,
    INSTANCE,
    METHOD,
    NONE_IS_GOOD,
    UNCALLED,
    UNCOMPARED,
    UNREAD,
    YES_NO,
    Board,
    Look,
    Panel,
    Query,
    Row,
    counted_rate,
    increase,
    steps,
    stored,
)

CONFIRMED = f'{METHOD}, outcome="confirmed"'
PROVING = f'{METHOD}, outcome=~"equal|ignored|transient|confirmed"'

RECENT = "$__rate_interval"

PHASE = Panel(
    "Phase",
    "Which store is written and which answers. sql_only: PocketBase is not asked. dual: both are written, SQL answers. frozen: "
    "writes are paused, for seconds. pb_only: PocketBase alone.",
    Look.STAT,
    "none",
    (Query(f"{stored('dualwrite_phase', 'phase')} == 1", "{{phase}}"),),
    ANY,
    "No process answers: is one scraped?",
    width=6,
    height=5,
    words={"1": "in force"},
)
MISMATCHED = Panel(
    "Confirmed mismatches",
    "Answers of PocketBase that differ from SQL's and that nothing explains, in the time shown. Must be none. Mismatches says in "
    "which method.",
    Look.STAT,
    "short",
    (
        Query(
            f"sum ({increase('dualwrite_comparisons_total', 'outcome', CONFIRMED)}) or vector(0)",
            "mismatches",
        ),
    ),
    NONE_IS_GOOD,
    UNCOMPARED,
    width=6,
    height=5,
    decimals=0,
)
OWED = Panel(
    "Open obligations",
    "Rows that somebody owes a look. Some are normal while writes go on; they pile up while PocketBase is away and must go by "
    "themselves when it returns.",
    Look.STAT,
    "short",
    (Query(f"sum ({stored('dualwrite_obligations', 'entity')})", "open"),),
    FEW_IS_GOOD,
    UNREAD,
    width=6,
    height=5,
)
RATE = Panel(
    "Mismatch rate",
    "Confirmed mismatches among the comparisons that prove something (lag and failures do not). The line must lie at 0.",
    Look.LINES,
    "percentunit",
    (
        Query(
            f"sum ({increase('dualwrite_comparisons_total', 'outcome', CONFIRMED, RECENT)}) / "
            f"sum ({increase('dualwrite_comparisons_total', 'outcome', PROVING, RECENT)}) "
            f"or 0 * sum (dualwrite_comparisons_total{{{METHOD}}})",
            "mismatch rate",
        ),
    ),
    steps((None, "green"), (0.0001, "red")),
    UNCOMPARED,
    width=12,
)
OBLIGATIONS = Panel(
    "Obligations by entity",
    "Open obligations. A line that stays high, or grows while PocketBase is well, is work that nobody does: see the relay.",
    Look.LINES,
    "short",
    (Query(stored("dualwrite_obligations", "entity"), "{{entity}}"),),
    FEW_IS_GOOD,
    UNREAD,
)
AGE = Panel(
    "Oldest obligation",
    "How long the oldest debt has waited. After an outage it falls to nothing; above five minutes somebody should look.",
    Look.LINES,
    "s",
    (Query(stored("dualwrite_obligation_oldest_seconds", "entity"), "{{entity}}"),),
    steps((None, "green"), (60, "yellow"), (300, "red")),
    UNREAD,
)
STUCK = Panel(
    "Stuck keys",
    "Rows that PocketBase refuses. Each stands in the way of the switch; `dualwrite status` names them.",
    Look.GAUGES,
    "short",
    (Query(stored("dualwrite_stuck_keys", "entity"), "{{entity}}", now=True),),
    NONE_IS_GOOD,
    UNREAD,
)
POCKETBASE = Panel(
    "PocketBase rests",
    "Yes while the breaker gives PocketBase a rest because it did not answer. Callers feel nothing of it; what they write is owed.",
    Look.STATES,
    "none",
    (Query(f"max by (instance) (dualwrite_breaker_open{{{INSTANCE}}})", "{{instance}}"),),
    NONE_IS_GOOD,
    "No process counts",
    words=YES_NO,
)
RELAY = Panel(
    "Relay: since its last pass",
    "Time since a relay last went through the journal. Seconds are normal; without a relay, what dead processes owe stays unpaid.",
    Look.STAT,
    "s",
    (Query(f"time() - max (dualwrite_relay_passed_timestamp_seconds{{{INSTANCE}}})", "since"),),
    steps((None, "green"), (10, "yellow"), (60, "red")),
    "No relay has run",
)
CALLS = Panel(
    "Calls",
    "Calls of repository methods a second, by the store that was asked.",
    Look.LINES,
    "reqps",
    (Query(counted_rate("dualwrite_call_seconds_count", "backend", METHOD), "{{backend}}"),),
    ANY,
    UNCALLED,
)

OVERVIEW = Board(
    "overview",
    "Dualwrite: migration overview",
    "Where the migration stands: the phase, whether it is ready to switch, whether both stores agree, and what is still owed.",
    (
        Row("Now", (PHASE, READY, MISMATCHED, OWED)),
        Row("Over time", (PHASES, RATE, OBLIGATIONS, AGE, STUCK)),
        Row("At work", (POCKETBASE, RELAY, CALLS)),
    ),
)
