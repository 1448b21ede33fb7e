"""Cutover: what stands in the way, and what the switches took."""

from grafana.dashboards.shared import PHASES, READY
from grafana.panel import (
    ANY,
    INSTANCE,
    METHOD,
    NONE_IS_GOOD,
    ONE_IS_GOOD,
    UNREAD,
    YES_NO,
    Board,
    Look,
    Panel,
    Query,
    Row,
    increase,
    or_zero,
    steps,
    stored,
)

CONFIRMED = f'{METHOD}, outcome="confirmed"'

PHASE_AGE = Panel(
    "In this phase for",
    "Time since the last change of phase.",
    Look.STAT,
    "s",
    (Query(f"time() - {stored('dualwrite_phase_since_timestamp_seconds')}", "since"),),
    ANY,
    UNREAD,
    width=6,
    height=5,
)
WAIVERS = Panel(
    "Waivers",
    "Conditions or methods that somebody has decided not to ask for. `dualwrite status` says who, when and why.",
    Look.STAT,
    "short",
    (Query(stored("dualwrite_waivers"), "waivers"),),
    steps((None, "green"), (1, "yellow")),
    UNREAD,
    width=6,
    height=5,
)
SWITCHES = Panel(
    "Switches",
    "Cutovers and rollbacks since the control tables were made.",
    Look.STAT,
    "short",
    (Query(stored("dualwrite_switches_total", "course, outcome"), "{{course}} {{outcome}}"),),
    ANY,
    UNREAD,
    width=6,
    height=5,
)
CONDITIONS = Panel(
    "Conditions of the gate",
    "phase: it is dual. backfill: complete. obligations: none open. stuck: no key that PocketBase refuses. verified: within the hour. "
    "differences: none found. comparisons: every method often enough. mismatches: none lately. pocketbase: healthy, with the expected "
    "schema and hooks.",
    Look.STATES,
    "none",
    (Query(stored("dualwrite_gate_condition", "condition"), "{{condition}}"),),
    ONE_IS_GOOD,
    UNREAD,
    width=16,
    height=10,
    words=YES_NO,
)
BLOCKS = Panel(
    "What stands in the way now",
    "The conditions that do not hold and that nobody waived.",
    Look.TABLE,
    "none",
    (Query(f"{stored('dualwrite_gate_condition', 'condition')} == 0", "{{condition}}"),),
    ONE_IS_GOOD,
    "Nothing: every condition holds",
    width=8,
    height=10,
    words=YES_NO,
)
SHORT = Panel(
    "Methods compared too seldom",
    "The gate asks for 20 comparisons of each that prove something.",
    Look.TABLE,
    "short",
    (
        Query(
            f"{stored('dualwrite_judged_comparisons', 'repository, method')} < 20",
            "{{repository}}.{{method}}",
        ),
    ),
    steps((None, "red"), (1, "yellow"), (20, "green")),
    "None: every method was compared often enough, or is waived",
    width=12,
    height=9,
)
RECENT = Panel(
    "Confirmed mismatches within the hour",
    "One is enough to stand in the way.",
    Look.TABLE,
    "short",
    (
        Query(
            or_zero(
                increase("dualwrite_comparisons_total", "repository, method, kind", CONFIRMED, "1h"),
                "dualwrite_comparisons_total",
                "repository, method, kind",
                METHOD,
            ),
            "{{repository}}.{{method}}: {{kind}}",
        ),
    ),
    NONE_IS_GOOD,
    "None was confirmed",
    width=12,
    height=9,
    drills=("repository", "method"),
    decimals=0,
)
FREEZE = Panel(
    "Last pause of writes",
    "How long writes were paused by the last switch of each course. A cutover takes about a second, a rollback 6.5 s and one comparison.",
    Look.STAT,
    "s",
    (Query(stored("dualwrite_last_freeze_seconds", "course"), "{{course}}"),),
    steps((None, "green"), (10, "yellow"), (30, "red")),
    "No switch has run",
    width=6,
)
FROZEN = Panel(
    "Writes paused",
    "Time for which writes have been paused, in all. Steps are switches.",
    Look.LINES,
    "s",
    (Query(stored("dualwrite_freeze_seconds_total", "course"), "{{course}}"),),
    ANY,
    UNREAD,
    width=6,
)
LAST = Panel(
    "Since the last switch",
    "Time since a cutover or a rollback was done.",
    Look.STAT,
    "s",
    (Query(f"time() - {stored('dualwrite_switched_timestamp_seconds', 'course')}", "{{course}}"),),
    ANY,
    "No switch was done",
    width=12,
    height=5,
)
VERSIONS = Panel(
    "Versions",
    "What is scraped. All processes of a migration should show the same.",
    Look.TABLE,
    "none",
    (
        Query(
            f"count by (version, python, dialect, hooks, migration) (dualwrite_build_info{{{INSTANCE}}})",
            "{{version}}",
        ),
    ),
    ANY,
    UNREAD,
    width=12,
    height=5,
)

CUTOVER = Board(
    "cutover",
    "Dualwrite: cutover",
    "Whether the switch may happen, what stands in its way, how long writes were paused, and when it went which way.",
    (
        Row("Gate", (READY, PHASE_AGE, WAIVERS, SWITCHES, CONDITIONS, BLOCKS)),
        Row("Evidence", (SHORT, RECENT)),
        Row("Switches", (FREEZE, FROZEN, PHASES, LAST, VERSIONS)),
    ),
    last="now-1h",
)
