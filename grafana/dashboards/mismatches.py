"""Mismatches: which method, what kind, since when."""

from grafana.panel import (
    INSTANCE,
    METHOD,
    NONE_IS_GOOD,
    UNCOMPARED,
    UNCONFIRMED,
    Board,
    Look,
    Panel,
    Query,
    Row,
    counted_rate,
    increase,
    or_zero,
    steps,
    stored,
)

CONFIRMED = f'{METHOD}, outcome="confirmed"'
PROVING = f'{METHOD}, outcome=~"equal|ignored|transient|confirmed"'
RECENT = "$__rate_interval"
FEW_PERCENT = steps((None, "green"), (0.01, "yellow"), (0.2, "red"))


def mismatches(by: str, window: str = "$__range") -> str:
    """Confirmed ones in the window; what was compared without any shows 0."""
    found = increase("dualwrite_comparisons_total", by, CONFIRMED, window)
    return or_zero(found, "dualwrite_comparisons_total", by, METHOD)


BY_METHOD = Panel(
    "Mismatches by method and kind",
    "Confirmed mismatches in the time shown. One is enough to stand in the way of the switch. `dualwrite status` and the report "
    "show where in the answer they are.",
    Look.TABLE,
    "short",
    (
        Query(
            mismatches("repository, method, kind"),
            "{{repository}}.{{method}}: {{kind}}",
        ),
    ),
    NONE_IS_GOOD,
    UNCONFIRMED,
    width=12,
    height=9,
    drills=("repository", "method"),
    decimals=0,
)
HEAT = Panel(
    "Mismatches over time",
    "Each row is a method; the redder, the more mismatches in that interval. A burst that ended may be a release; a steady row is a "
    "wrong adapter.",
    Look.HEAT,
    "short",
    (
        Query(
            mismatches("repository, method", RECENT),
            "{{repository}}.{{method}}",
        ),
    ),
    steps((None, "transparent"), (0.01, "yellow"), (5, "orange"), (20, "red")),
    UNCONFIRMED,
    width=12,
    height=9,
    drills=("repository", "method"),
)
BY_KIND = Panel(
    "By kind",
    "value: both have it, otherwise. type: as another type. missing: only SQL has it. extra: only PocketBase has it. order: the same, "
    "in another order. error: one raised, or both did differently.",
    Look.BARS,
    "short",
    (
        Query(
            mismatches("kind", RECENT),
            "{{kind}}",
        ),
    ),
    NONE_IS_GOOD,
    UNCONFIRMED,
)
BY_REPOSITORY = Panel(
    "By repository",
    "Confirmed mismatches in the time shown.",
    Look.GAUGES,
    "short",
    (
        Query(
            mismatches("repository"),
            "{{repository}}",
            now=True,
        ),
    ),
    NONE_IS_GOOD,
    UNCONFIRMED,
    drills=("repository",),
    decimals=0,
)
RATE = Panel(
    "Mismatch rate by method",
    "Confirmed mismatches among the comparisons of a method that prove something.",
    Look.LINES,
    "percentunit",
    (
        Query(
            f"({mismatches('repository, method', RECENT)}) / "
            f"({increase('dualwrite_comparisons_total', 'repository, method', PROVING, RECENT)} > 0)",
            "{{repository}}.{{method}}",
        ),
    ),
    steps((None, "green"), (0.0001, "red")),
    UNCONFIRMED,
    drills=("repository", "method"),
)
OUTCOMES = Panel(
    "Comparisons by outcome",
    "equal: the same. ignored: another order, where order is not promised. transient: equal when asked again. lag: an obligation explains "
    "it. failed: PocketBase did not answer. confirmed: nothing explains it.",
    Look.BARS,
    "cps",
    (Query(counted_rate("dualwrite_comparisons_total", "outcome", METHOD), "{{outcome}}"),),
    steps((None, "blue")),
    UNCOMPARED,
    width=12,
)
UNPROVEN = Panel(
    "Share that proves nothing",
    "Comparisons that came to lag or failed. High while PocketBase is behind or away; where it stays high, mismatches cannot be seen.",
    Look.LINES,
    "percentunit",
    (
        Query(
            f'sum (rate(dualwrite_comparisons_total{{{METHOD}, outcome=~"lag|failed"}}[$__rate_interval])) / '
            f"sum (rate(dualwrite_comparisons_total{{{METHOD}}}[$__rate_interval])) or "
            f"0 * sum (dualwrite_comparisons_total{{{METHOD}}})",
            "lag or failed",
        ),
    ),
    FEW_PERCENT,
    UNCOMPARED,
    width=12,
)
SELDOM = Panel(
    "Methods compared least",
    "How often each method was compared in a way that proves something, over all processes, as the gate counts it: 20 are asked for. "
    "`dualwrite probe` asks the reads that traffic does not reach.",
    Look.TABLE,
    "short",
    (
        Query(
            f"bottomk(25, {stored('dualwrite_judged_comparisons', 'repository, method', METHOD)})",
            "{{repository}}.{{method}}",
        ),
    ),
    steps((None, "red"), (1, "yellow"), (20, "green")),
    "The database was not read, or every method is waived",
    width=12,
    height=9,
)
ROWS = Panel(
    "Keys that the last verify found to differ",
    "Rows, not answers: what differs between the stores and no obligation explains. `dualwrite verify` names key and column.",
    Look.GAUGES,
    "short",
    (Query(stored("dualwrite_verify_differences", "entity", INSTANCE), "{{entity}}", now=True),),
    NONE_IS_GOOD,
    "No full verify has run",
    width=12,
    height=9,
)

MISMATCHES = Board(
    "mismatches",
    "Dualwrite: mismatches",
    "Where the stores disagree: in which repository and method, of what kind, and whether it goes on.",
    (
        Row("Confirmed", (BY_METHOD, HEAT, BY_KIND, BY_REPOSITORY, RATE)),
        Row("What was compared", (OUTCOMES, UNPROVEN, SELDOM, ROWS)),
    ),
)
