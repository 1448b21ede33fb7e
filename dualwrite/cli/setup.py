"""`init`, `doctor` and `retire`: putting the machinery in place, looking it over, taking it away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dualwrite.cli.options import Json, Name, Pb, Sql, opened, opened_tables, person
from dualwrite.cli.output import out, print_json
from dualwrite.cli.status import print_record, record_of
from dualwrite.errors import ConfigurationError
from dualwrite.phase import Phase
from dualwrite.pocketbase import exposure
from dualwrite.setup import initialise, problems
from dualwrite.turn import LEASE_SECONDS, Turn

MOST_CHANGES = 1_000_000


def init(
    sql: Sql = None,
    pb: Pb = None,
    migration: Name = None,
    hooks_dir: Annotated[
        Path | None,
        typer.Option(
            help="PocketBase's pb_hooks folder, where it is on this machine: the hook file is put there"
        ),
    ] = None,
    without_hooks: Annotated[
        bool,
        typer.Option("--without-hooks", help="no hook file can be installed: slower, through /api/batch"),
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, help="seconds that PocketBase may take to load new hooks")
    ] = 10.0,
) -> None:
    """Create the collections, the control tables and the triggers. The phase is `sql_only` afterwards; safe to repeat."""
    with opened(sql, pb, migration) as parts:
        for line in initialise(parts, hooks_dir=hooks_dir, without_hooks=without_hooks, reload_seconds=wait):
            out.print(line, markup=False)


def doctor(sql: Sql = None, pb: Pb = None, migration: Name = None, as_json: Json = False) -> None:
    """Check both servers, the schema, the triggers and the hooks. Exit status 1 where something is wrong."""
    with opened(sql, pb, migration) as parts:
        found = problems(parts)
        warning = exposure(parts.pocketbase.session)
    warnings = [warning] if warning else []
    if as_json:
        print_json({"healthy": not found, "problems": found, "warnings": warnings})
    else:
        for problem in found:
            out.print(f"✗ {problem}", markup=False)
        if not found:
            out.print("✓ both servers answer; schema, triggers and hooks are as they should be")
        for each in warnings:
            out.print(f"! {each}", markup=False)
    if found:
        raise typer.Exit(1)


def retire(
    sql: Sql = None,
    migration: Name = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    why: Annotated[str, typer.Option(help="said in the record that is printed")] = "by hand",
    as_json: Json = False,
) -> None:
    """Remove the control tables and the triggers from SQL, after the switch or instead of it. Afterwards there is no way back.

    The whole record of the migration goes with them, and is printed: who changed the phase, when and why."""
    from dualwrite.sql import uninstall

    with opened_tables(sql, migration) as tables:
        phase = tables.control.read().phase
        if phase not in (Phase.PB_ONLY, Phase.SQL_ONLY):
            raise ConfigurationError(f"retire is for the phases pb_only and sql_only; the phase is {phase}")
        if not yes:
            typer.confirm("Remove control tables and triggers? There is no rollback afterwards.", abort=True)
        # No rollback may be at work, nor begin before the tables are gone.
        turn = Turn(tables.control, tables.owner, seconds=LEASE_SECONDS)
        turn.take()
        if (now := tables.control.read().phase) is not phase:
            turn.give_back()
            raise ConfigurationError(f"the phase has become {now} meanwhile: nothing was removed")
        kept = record_of(tables, MOST_CHANGES)
        uninstall(tables.database)
    retired = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "actor": person(),
        "from": phase.value,
        "to": "retired",
        "why": why,
    }
    if as_json:
        print_json({"retired": retired, **kept})
    else:
        print_record(kept)
        out.print(f"retired by {retired['actor']} at {retired['at']}: {why}", markup=False)
        backend = "pocketbase" if phase is Phase.PB_ONLY else "sql"
        out.print(f'control tables and triggers are gone; use connect(backend="{backend}") from now on')
