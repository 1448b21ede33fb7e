"""The benchmarks by name, with their goals."""

from __future__ import annotations

from functools import partial

from tests.benchmarks.asking import pb_client
from tests.benchmarks.calls import proxy_overhead
from tests.benchmarks.comparisons import compare_equal, compare_leaf
from tests.benchmarks.figures import Bench, Better, Goal
from tests.benchmarks.methods import pb_methods
from tests.benchmarks.ranges import backfill, verify
from tests.benchmarks.reading import read_dual
from tests.benchmarks.scaling import scale
from tests.benchmarks.starting import start
from tests.benchmarks.writing import write_dual, write_postgres, write_sqlite


def _copied(rows: str, over_batch: float) -> tuple[Goal, ...]:
    return (
        Goal(
            "over batch",
            f"{rows} a second from SQL to settled, over /api/batch alone",
            over_batch,
            better=Better.HIGHER,
        ),
        Goal("over bare", "over the bare hook route", 0.6, better=Better.HIGHER),
    )


def _verified(
    rows: str, *, over_list: float | None = None, over_core: float | None = None
) -> tuple[Goal, ...]:
    """With what has been shown to be possible, where that is less."""
    return (
        Goal(
            "over list",
            f"{rows} a second, equal, over reading all through the list API",
            4.0,
            better=Better.HIGHER,
            possible=over_list,
        ),
        Goal(
            "over core",
            "over reading SQL alone with SQLAlchemy Core",
            0.5,
            better=Better.HIGHER,
            possible=over_core,
        ),
    )


SUITE: tuple[Bench, ...] = (
    Bench(
        "proxy_overhead",
        proxy_overhead,
        (
            Goal("added", "one call through the transitional repository beyond the direct one", 1.0, "µs"),
            Goal("of laboratory", "the same, of what laboratory's conduct adds", 0.12),
        ),
    ),
    Bench(
        "write_sqlite",
        write_sqlite,
        (Goal("owed", "insert and commit with its obligation, over without", 1.08),),
    ),
    Bench(
        "write_postgres",
        write_postgres,
        (Goal("owed", "insert and commit with its obligation, over without", 1.08, possible=1.5),),
    ),
    Bench(
        "write_dual",
        write_dual,
        (
            Goal("50 a second", "a caller's write in dual over sql_only, p50", 1.10),
            Goal("200 a second", "the same", 1.15),
            Goal("full speed", "the same", 1.5),
            Goal("shed", "writes that did not fit into the queue", 0, "writes"),
        ),
    ),
    Bench(
        "read_dual",
        read_dual,
        (
            Goal("50 a second: p50", "a caller's read in dual, every one compared, over sql_only", 1.10),
            Goal("50 a second: p99", "the same", 1.25),
            Goal("200 a second: p50", "the same", 1.10),
            Goal("200 a second: p99", "the same", 1.25),
            Goal("full speed: p50", "rows of a user", 1.20),
            Goal("full speed: p99", "the same", 1.5),
            Goal("full speed, 30 KB: p50", "chats", 1.5),
            Goal("full speed, 30 KB: p99", "the same", 2.6),
            Goal("full speed, 10 %: p50", "rows of a user, a tenth compared", 1.10),
            Goal("full speed, 10 %: p99", "the same", 1.5),
        ),
    ),
    Bench("pb_client", pb_client, (Goal("client CPU", "get by id, over bare http.client", 2.0),)),
    Bench("compare_equal", compare_equal, (Goal("over ==", "a chat of 300 KB, equal", 1.3, possible=2.8),)),
    Bench(
        "compare_leaf",
        compare_leaf,
        (Goal("of DeepDiff", "a chat of 300 KB, one leaf differs and is named", 1 / 50),),
    ),
    Bench("backfill_small", partial(backfill, "small"), _copied("users", 12.0)),
    Bench("backfill_chats", partial(backfill, "chats"), _copied("chats of 30 KB", 2.2)),
    Bench("verify_small", partial(verify, "small"), _verified("users")),
    Bench(
        "verify_chats", partial(verify, "chats"), _verified("chats of 30 KB", over_list=2.1, over_core=0.14)
    ),
    Bench(
        "scale",
        scale,
        (
            Goal("backfill", "time per row at a million over ten thousand short chats", 1.3),
            Goal("verify", "the same", 1.3),
            Goal("lists", "the same, of rows that are listed", 1.3),
            Goal("relay", "the same, of 100,000 obligations over ten thousand", 1.3),
            *(
                Goal(f"{job}: memory", "peak at a million over ten thousand short chats", 32.0, "MB")
                for job in ("backfill", "verify", "lists", "relay")
            ),
            Goal("backfill, 30 KB", "time per row at ten thousand over one thousand chats", 1.3),
            Goal("verify, 30 KB", "the same", 1.3),
            Goal("backfill, 30 KB: memory", "peak at ten thousand over one thousand chats", 32.0, "MB"),
            Goal("verify, 30 KB: memory", "the same", 32.0, "MB"),
        ),
    ),
    Bench(
        "pb_methods",
        pb_methods,
        (
            Goal(
                "median",
                "PocketBase over SQLite, per method, 100,000 chats of 1,000 users: the median method",
                3.0,
            ),
            Goal("most", "the slowest", 10.0),
        ),
    ),
    Bench(
        "start",
        start,
        (
            Goal("import", "python -c 'import repos'", 0.3, "s"),
            Goal("help", "dualwrite --help", 0.5, "s"),
        ),
    ),
)
