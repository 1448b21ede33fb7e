"""Panels that stand on more than one dashboard."""

from grafana.panel import ONE_IS_GOOD, UNREAD, YES_NO, Look, Panel, Query, steps, stored

READY = Panel(
    "Ready to switch",
    "Yes where every condition of the switch holds or is waived. The Cutover dashboard names those that do not, and `dualwrite cutover --dry-run` each with its figure.",
    Look.STAT,
    "none",
    (Query(stored("dualwrite_ready"), "ready"),),
    ONE_IS_GOOD,
    UNREAD,
    width=6,
    height=5,
    words=YES_NO,
)
PHASES = Panel(
    "Phase over time",
    "The phase in force. Purple marks are switches, orange ones pauses of writes.",
    Look.STATES,
    "none",
    (Query(f"{stored('dualwrite_phase', 'phase')}", "{{phase}}"),),
    steps((None, "transparent"), (1, "blue")),
    "No process answers: is one scraped?",
    width=12,
    words={"0": "", "1": "in force"},
)
