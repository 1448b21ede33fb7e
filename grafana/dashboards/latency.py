"""Latency and load: SQL against PocketBase, and what the callers pay."""

from grafana.panel import (
    ANY,
    INSTANCE,
    METHOD,
    SECONDS,
    UNASKED,
    UNCALLED,
    UNCOMPARED,
    Board,
    Look,
    Panel,
    Query,
    Row,
    counted_rate,
    quantile,
    steps,
)

BY = "repository, method, backend"
SQL, PB = f'{METHOD}, backend="sql"', f'{METHOD}, backend="pocketbase"'


def mean(matchers: str) -> str:
    """Mean time of each method on one backend."""
    by = "repository, method"
    return (
        f"({counted_rate('dualwrite_call_seconds_sum', by, matchers)} / "
        f"{counted_rate('dualwrite_call_seconds_count', by, matchers)})"
    )


BOTH = Panel(
    "SQL and PocketBase: median and p99",
    "Time of a call on each store, over all methods chosen. In `dual` callers wait for SQL alone.",
    Look.LINES,
    "s",
    (
        Query(quantile(0.5, "dualwrite_call_seconds", "backend", METHOD), "{{backend}} p50"),
        Query(quantile(0.99, "dualwrite_call_seconds", "backend", METHOD), "{{backend}} p99"),
    ),
    SECONDS,
    UNCALLED,
    width=12,
    height=8,
)
RATIO = Panel(
    "PocketBase's time over SQL's",
    "Mean time on PocketBase divided by that on SQL, the methods with the greatest ratio. What callers will feel after the switch.",
    Look.LINES,
    "suffix: x",
    (Query(f"topk(10, {mean(PB)} / {mean(SQL)})", "{{repository}}.{{method}}"),),
    steps((None, "green"), (3, "yellow"), (10, "red")),
    "No method was called on both stores",
    width=12,
    height=8,
    drills=("repository", "method"),
)
SLOWEST_SQL = Panel(
    "Slowest on SQL (p99)",
    "The methods that callers wait for longest.",
    Look.LINES,
    "s",
    (
        Query(
            f"topk(10, {quantile(0.99, 'dualwrite_call_seconds', 'repository, method', SQL)})",
            "{{repository}}.{{method}}",
        ),
    ),
    SECONDS,
    UNCALLED,
    width=12,
    height=8,
    drills=("repository", "method"),
)
SLOWEST_PB = Panel(
    "Slowest on PocketBase (p99)",
    "The methods that callers would wait for longest after the switch.",
    Look.LINES,
    "s",
    (
        Query(
            f"topk(10, {quantile(0.99, 'dualwrite_call_seconds', 'repository, method', PB)})",
            "{{repository}}.{{method}}",
        ),
    ),
    SECONDS,
    UNASKED,
    width=12,
    height=8,
    drills=("repository", "method"),
)
LOAD = Panel(
    "Calls by repository and store",
    "Calls a second. In `dual` PocketBase sees every write and the sampled reads.",
    Look.LINES,
    "reqps",
    (
        Query(
            counted_rate("dualwrite_call_seconds_count", "repository, backend", METHOD),
            "{{repository}} on {{backend}}",
        ),
    ),
    ANY,
    UNCALLED,
)
ERRORS = Panel(
    "Errors",
    "Calls that raised, by class of error. Conflict and Missing are answers that callers ask for; Unavailable and AnswerLost are not.",
    Look.LINES,
    "cps",
    (
        Query(
            counted_rate("dualwrite_call_errors_total", "backend, error", METHOD), "{{error}} on {{backend}}"
        ),
    ),
    steps((None, "green"), (1, "red")),
    "No call failed",
)
FATE = Panel(
    "Work behind the callers",
    "queued: done behind the caller. shed: the queue was full. late: it waited too long, a relay has it. skipped: PocketBase rests. "
    "uncopied: it cannot be copied. spared: drawn, and not compared since others wait. A shed write is still owed; a shed read is a comparison less.",
    Look.BARS,
    "cps",
    (Query(counted_rate("dualwrite_shadow_total", "work, fate", INSTANCE), "{{work}} {{fate}}"),),
    ANY,
    "Nothing was handed on: is the phase dual?",
)
SHED = Panel(
    "Share of shed work",
    "Reads and writes that found the queue full, among those offered. Above a few percent, PocketBase or this process is too slow for "
    "the sample rate.",
    Look.LINES,
    "percentunit",
    (
        Query(
            f'sum by (work) (rate(dualwrite_shadow_total{{{INSTANCE}, fate="shed"}}[$__rate_interval])) / '
            f'sum by (work) (rate(dualwrite_shadow_total{{{INSTANCE}, fate=~"queued|shed"}}[$__rate_interval])) or '
            f"0 * sum by (work) (dualwrite_shadow_total{{{INSTANCE}}})",
            "{{work}}",
        ),
    ),
    steps((None, "green"), (0.01, "yellow"), (0.05, "red")),
    "Nothing was handed on: is the phase dual?",
)
QUEUE = Panel(
    "Queue",
    "Work that waits behind the callers. It is bounded (`DUALWRITE_QUEUE_SIZE`, 1000); at the bound it sheds.",
    Look.LINES,
    "short",
    (Query(f"sum by (work) (dualwrite_queue_depth{{{INSTANCE}}})", "{{work}}"),),
    steps((None, "green"), (500, "yellow"), (1000, "red")),
    "Nothing was handed on: is the phase dual?",
)
SAMPLED = Panel(
    "Share of reads that are compared",
    "Reads handed on to be compared, among all reads that SQL answered and writes aside. The sample rate, and more for methods seldom "
    "compared.",
    Look.LINES,
    "percentunit",
    (
        Query(
            f'sum (rate(dualwrite_shadow_total{{{INSTANCE}, work="read", fate=~"queued|shed|uncopied"}}[$__rate_interval])) / '
            f'(sum (rate(dualwrite_call_seconds_count{{{INSTANCE}, backend="sql"}}[$__rate_interval])) - '
            f'(sum (rate(dualwrite_shadow_total{{{INSTANCE}, work="write"}}[$__rate_interval])) or vector(0)))',
            "compared",
        ),
    ),
    steps((None, "yellow"), (0.01, "green")),
    UNCOMPARED,
)
TRIPS = Panel(
    "PocketBase: round trips",
    "Requests a second by route.",
    Look.LINES,
    "reqps",
    (Query(counted_rate("dualwrite_pocketbase_request_seconds_count", "route", INSTANCE), "{{route}}"),),
    ANY,
    UNASKED,
    width=6,
)
TRIP_TIME = Panel(
    "PocketBase: time of a round trip (p99)",
    "By route. Large bodies are allowed more time.",
    Look.LINES,
    "s",
    (Query(quantile(0.99, "dualwrite_pocketbase_request_seconds", "route", INSTANCE), "{{route}}"),),
    SECONDS,
    UNASKED,
    width=6,
)
STATUS = Panel(
    "PocketBase: answers by status",
    "0 means that no answer came. 400 and 404 are answers that the adapters ask for.",
    Look.BARS,
    "reqps",
    (Query(counted_rate("dualwrite_pocketbase_request_seconds_count", "status", INSTANCE), "{{status}}"),),
    ANY,
    UNASKED,
    width=6,
)
RETRIES = Panel(
    "PocketBase: requests sent again",
    "Requests whose first try failed in a way that may be tried again.",
    Look.LINES,
    "reqps",
    (Query(counted_rate("dualwrite_pocketbase_retries_total", "route", INSTANCE), "{{route}}"),),
    steps((None, "green"), (1, "yellow"), (10, "red")),
    "No request was sent again",
    width=6,
)

LATENCY = Board(
    "latency",
    "Dualwrite: latency and load",
    "What a call costs on each store, what callers will feel after the switch, and whether the work behind them keeps up.",
    (
        Row("Per method", (BOTH, RATIO, SLOWEST_SQL, SLOWEST_PB)),
        Row("Load", (LOAD, ERRORS, FATE, SHED, QUEUE, SAMPLED)),
        Row("PocketBase", (TRIPS, TRIP_TIME, STATUS, RETRIES)),
    ),
)
