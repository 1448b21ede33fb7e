"""`status` and `phase`: where the migration stands, and moving it by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from dualwrite.cli.cutover import waiver_document
from dualwrite.cli.options import Json, Name, Sql, opened_tables, person
from dualwrite.cli.output import out, print_json, print_table
from dualwrite.comparisons import load_comparisons
from dualwrite.control_tables import ControlTables
from dualwrite.decisions import decisions
from dualwrite.errors import ConfigurationError
from dualwrite.gate import forget_evidence
from dualwrite.observation import Outcome
from dualwrite.phase import Phase, Reads
from dualwrite.places import load_copying
from dualwrite.switch import bring_back, origin_of_freeze
from dualwrite.waivers import load_waivers


def status(sql: Sql = None, migration: Name = None, as_json: Json = False) -> None:
    """The phase and how it got there, the journal, the backfill, the last verify."""
    with opened_tables(sql, migration) as tables:
        found = _status(tables)
    if as_json:
        print_json(found)
        return
    out.print(f"phase [bold]{found['phase']}[/bold], reads from {found['reads']}, since {found['since']}")
    journal = found["journal"]
    print_table(
        "Journal",
        ("entity", "open obligations", "oldest, s", "stuck keys"),
        [(row["entity"], row["open"], round(row["oldest_seconds"], 1), row["stuck"]) for row in journal],
    )
    for row in found["stuck"]:
        out.print(
            f"  stuck: {row['entity']} {row['key']} ({row['error']}, {row['attempts']} tries)", markup=False
        )
    print_table(
        "Backfill",
        ("entity", "rows", "complete"),
        [(b["entity"], b["rows"], b["done"]) for b in found["backfill"]],
    )
    print_table(
        "Comparisons",
        ("repository", "method", *(outcome.value for outcome in Outcome), "last mismatch"),
        [
            (c["repository"], c["method"], *(c.get(o.value, 0) for o in Outcome), c["last_mismatch"] or "")
            for c in found["comparisons"]
        ],
    )
    verify = found["verify"]
    out.print(
        f"last verify: {verify['at']}, {verify['differing']} differing" if verify else "last verify: never"
    )
    print_table(
        "Waivers",
        ("what", "who", "at", "why"),
        [(w["name"], w["who"], w["at"], w["reason"]) for w in found["waivers"]],
    )
    print_record(found)


def print_record(found: Mapping[str, Any]) -> None:
    """Who changed the phase, and who decided what, when and why."""
    print_table(
        "Decisions", ("at", "who", "what", "why"), [tuple(row.values()) for row in found["decisions"]]
    )
    print_table(
        "History", ("at", "who", "from", "to", "why"), [tuple(row.values()) for row in found["history"]]
    )


def record_of(tables: ControlTables, limit: int) -> dict[str, Any]:
    """Decisions and changes of phase as JSON has them, newest first, at most so many changes."""
    return {
        "decisions": [asdict(decision) for decision in decisions(tables.control)],
        "history": [
            {
                "at": change.at.isoformat(timespec="seconds"),
                "actor": change.actor,
                "from": change.source.value,
                "to": change.target.value,
                "why": change.why,
            }
            for change in tables.control.history(limit)
        ],
    }


def _status(tables: ControlTables) -> dict[str, Any]:
    state = tables.control.read()
    return {
        "phase": state.phase.value,
        "reads": state.reads.value,
        "epoch": state.epoch,
        "since": state.since.isoformat(timespec="seconds"),
        "journal": [
            {"entity": s.entity, "open": s.open, "oldest_seconds": s.oldest_seconds, "stuck": s.stuck}
            for s in tables.journal.state()
        ],
        "stuck": [
            {"entity": owed.entity, "key": list(owed.key), "error": error, "attempts": owed.attempts}
            for owed, error in tables.journal.stuck()
        ],
        "backfill": [
            {"entity": entity.name, "rows": place.rows, "done": place.done}
            for entity in tables.migration.entities
            for place in (load_copying(tables.control, entity),)
        ],
        "verify": tables.control.load("verify"),
        "comparisons": load_comparisons(tables.control),
        "waivers": [waiver_document(waiver) for waiver in load_waivers(tables.control).values()],
        **record_of(tables, 20),
    }


def phase(
    target: Annotated[Phase, typer.Argument(help="sql_only or dual; the switch has its own command")],
    sql: Sql = None,
    migration: Name = None,
    why: Annotated[str, typer.Option(help="kept in the history")] = "by hand",
) -> None:
    """Begin dual writes, or end them. Also brings back to `dual` what a killed cutover left frozen."""
    with opened_tables(sql, migration) as tables:
        now = tables.control.read().phase
        if target not in (Phase.SQL_ONLY, Phase.DUAL) or now is Phase.PB_ONLY:
            raise ConfigurationError(
                f"{now} → {target} is not for this command; see `dualwrite cutover --help`"
            )
        if target is Phase.DUAL and now is Phase.FROZEN:
            if (origin := origin_of_freeze(tables.control)) is not Phase.DUAL:
                raise ConfigurationError(
                    f"a rollback is at work, or was killed and goes back to {origin} by itself; then run `dualwrite rollback` again"
                )
            bring_back(tables.control, actor=person(), why=why)
            out.print(f"{now} → {target}")
            return
        if now is target:
            out.print(f"the phase is {now} already")
            return
        if target is Phase.DUAL and now is Phase.SQL_ONLY:
            forget_evidence(tables.control, tables.migration.entities)
        tables.control.change(expect=now, to=target, reads=Reads.SQL, actor=person(), why=why)
        out.print(f"{now} → {target}")
