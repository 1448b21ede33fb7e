"""However long the journal grows, what is done all the time looks rows up and does not read them all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from dualwrite.sql import Database, SqlJournal
from dualwrite.sql.tally import Tally
from tests.sql.notes import Writer

MANY, TAIL = 20_000, 500
SCANS = ("SCAN dualwrite_obligation", "Seq Scan on dualwrite_obligation")
PARTIAL = "dualwrite_obligation_"


@pytest.fixture
def grown(dual: Database, writer: Writer) -> SqlJournal:
    """A long journal, folded, some of it stuck; the planner knows."""
    journal = SqlJournal(dual, tally=Tally(dual, fold_above=TAIL, fold_rows=MANY))
    series = (
        f"WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {MANY}) "
        "INSERT INTO dualwrite_obligation (entity, key) SELECT 'note', '[\"' || i || '\"]' FROM s"
    )
    writer(series)
    writer(
        "UPDATE dualwrite_obligation SET stuck = 1 WHERE seq % 4000 = 1"
        if writer.sqlite
        else "UPDATE dualwrite_obligation SET stuck = 1 WHERE mod(seq, 4000) = 1"
    )
    for _ in range(3):
        journal.fold()
    writer("ANALYZE")
    return journal


def read_plans(database: Database, work: Callable[[], Any]) -> list[tuple[str, str]]:
    """The plan of every statement on the journal that `work` makes, as the database explains it, and the statement."""
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: Any) -> None:
        if "dualwrite_obligation" in statement:
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    assert asked
    how = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
    plans = []
    with database.write() as connection:
        for statement, parameters in asked:
            rows = connection.exec_driver_sql(how + statement, parameters).all()
            plans.append(("\n".join(str(row[-1]) for row in rows), statement))
    return plans


def claim(journal: SqlJournal, limit: int = 100) -> list[int]:
    return [owed.seq for owed in journal.claim("me", limit=limit, lease_seconds=60)]


def owed(journal: SqlJournal) -> list[int]:
    return [one.seq for one in journal.owe("note", [("x",)], hold=5.0)]


WORK: dict[str, Callable[[SqlJournal], Callable[[], Any]]] = {
    "claim": lambda journal: lambda: claim(journal),
    "claim behind a long head": lambda journal: [claim(journal, 9_000)] and (lambda: claim(journal)),
    "a relay pays": lambda journal: lambda: journal.pay(claim(journal), owner="me"),
    "a writer pays": lambda journal: lambda: journal.pay(owed(journal)),
    "postpone": lambda journal: (
        lambda: journal.postpone(claim(journal), seconds=1, error="Invalid", owner="me")
    ),
    "state": lambda journal: journal.state,
    "stuck": lambda journal: journal.stuck,
    "waiting": lambda journal: journal.waiting,
    "fold": lambda journal: journal.fold,
    "open_for an entity": lambda journal: lambda: journal.open_for("note", ()),
    "open_for an entity that owes nothing": lambda journal: lambda: journal.open_for("reply", ()),
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_no_plan_reads_the_whole_journal(
    work: Callable[[SqlJournal], Callable[[], Any]], grown: SqlJournal, dual: Database
) -> None:
    for plan, statement in read_plans(dual, work(grown)):
        assert not walked(plan, statement), f"{plan}\n-- {statement}"


def walked(plan: str, statement: str) -> bool:
    """Whether the plan walks over all rows. The partial indexes hold what is seldom, and the first few open rows are found at
    once."""
    lines = [line for line in plan.splitlines() if any(scan in line for scan in SCANS)]
    lines = [line for line in lines if PARTIAL not in line.partition("INDEX")[2]]
    return bool(lines) and not re.search(
        r"WHERE paid = 0( AND stuck = 0)? ORDER BY seq( DESC)? LIMIT ", statement
    )


def test_what_a_claim_passes_over_is_bounded(grown: SqlJournal, dual: Database) -> None:
    claim(grown, 9_000)
    floors: list[Any] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: Any) -> None:
        if "ORDER BY seq LIMIT 100" in statement:
            values = parameters.values() if isinstance(parameters, dict) else parameters
            floors.extend(value for value in values if isinstance(value, int) and value > 9_000)

    event.listen(dual.engine, "before_cursor_execute", note)
    assert len(claim(grown)) == 100
    event.remove(dual.engine, "before_cursor_execute", note)
    assert floors, "the second claim begins behind the first"


def test_the_planner_knows_no_better(grown: SqlJournal, dual: Database) -> None:
    """The check itself: what does read all of it is found."""

    def count() -> None:
        with dual.read() as connection:
            connection.execute(text("SELECT count(*) FROM dualwrite_obligation WHERE error = 'x'"))

    assert all(walked(*plan) for plan in read_plans(dual, count))
