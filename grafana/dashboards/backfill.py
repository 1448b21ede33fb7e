"""Backfill and verify: how far, how fast, what differs."""

from grafana.panel import (
    ANY,
    INSTANCE,
    NONE_IS_GOOD,
    ONE_IS_GOOD,
    UNREAD,
    YES_NO,
    Board,
    Look,
    Panel,
    Query,
    Row,
    counted_rate,
    steps,
    stored,
)

JOB = "job, entity"

COMPLETE = Panel(
    "Backfill complete",
    "Whether every row of the entity has been copied once. From then on dual writes keep it.",
    Look.STAT,
    "none",
    (Query(stored("dualwrite_backfill_complete", "entity"), "{{entity}}"),),
    ONE_IS_GOOD,
    UNREAD,
    width=12,
    words=YES_NO,
)
DONE = Panel(
    "Done",
    "Rows done among the rows there are, of the last run of every job.",
    Look.GAUGES,
    "percentunit",
    (
        Query(
            f"{stored('dualwrite_progress_rows', JOB)} / ({stored('dualwrite_progress_expected_rows', JOB)} > 0)",
            "{{job}} {{entity}}",
            now=True,
        ),
    ),
    steps((None, "yellow"), (1, "green")),
    "No job has run",
    width=12,
)
ROWS = Panel(
    "Rows",
    "Rows done over time. A line that stands still below the rows there are is a job that was ended: run it again, it goes on.",
    Look.LINES,
    "short",
    (Query(stored("dualwrite_progress_rows", JOB), "{{job}} {{entity}}"),),
    ANY,
    "No job has run",
    width=12,
    height=8,
)
RATE = Panel(
    "Rows a second",
    "Since the job began. 0 where it is through or says nothing any more.",
    Look.LINES,
    "rowsps",
    (Query(stored("dualwrite_progress_rows_per_second", JOB), "{{job}} {{entity}}"),),
    ANY,
    "No job has run",
    width=6,
    height=8,
)
LEFT = Panel(
    "Time left",
    "At that rate, for the entity that the job is at.",
    Look.LINES,
    "s",
    (Query(stored("dualwrite_progress_left_seconds", JOB), "{{job}} {{entity}}"),),
    steps((None, "green"), (3600, "yellow"), (86400, "red")),
    "No job is at work",
    width=6,
    height=8,
)
VERIFIED = Panel(
    "Since the last full verify",
    "The gate asks for one within the hour by default.",
    Look.STAT,
    "s",
    (Query(f"time() - {stored('dualwrite_verified_timestamp_seconds')}", "since"),),
    steps((None, "green"), (3600, "yellow"), (86400, "red")),
    "No full verify has run",
)
DIFFER = Panel(
    "Keys that differed",
    "What the last full verify found and did not repair. `dualwrite verify` names key and column, `--repair` writes SQL's row over it.",
    Look.GAUGES,
    "short",
    (Query(stored("dualwrite_verify_differences", "entity"), "{{entity}}", now=True),),
    NONE_IS_GOOD,
    "No full verify has run",
)
SETTLED = Panel(
    "Keys looked at",
    "By who looked: the writer itself, a relay, the backfill, a verify that repairs.",
    Look.LINES,
    "cps",
    (Query(counted_rate("dualwrite_settled_total", "by", INSTANCE), "{{by}}"),),
    ANY,
    "Nobody looked",
)
RESULTS = Panel(
    "What the looks found",
    "equal: as it was written. repaired: SQL's row had to be written over it. failed: PocketBase did not take it, so it is still owed.",
    Look.BARS,
    "cps",
    (Query(counted_rate("dualwrite_settled_total", "entity, result", INSTANCE), "{{entity}} {{result}}"),),
    ANY,
    "Nobody looked",
    width=12,
)
DUE = Panel(
    "Obligations that nobody holds",
    "Of the open ones, those that a relay may take now. More than none for minutes means that no relay runs.",
    Look.LINES,
    "short",
    (Query(stored("dualwrite_obligations_due", "entity"), "{{entity}}"),),
    steps((None, "green"), (1, "yellow"), (1000, "red")),
    UNREAD,
    width=12,
)

BACKFILL = Board(
    "backfill",
    "Dualwrite: backfill and verify",
    "How far the copying and comparing of rows is, how fast it goes, how long it will take, and what it has found.",
    (
        Row("Progress", (COMPLETE, DONE, ROWS, RATE, LEFT)),
        Row("Findings", (VERIFIED, DIFFER, SETTLED, RESULTS, DUE)),
    ),
)
