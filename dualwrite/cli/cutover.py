"""`cutover`: the gate and the switch."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from dualwrite.cli.data import verifier
from dualwrite.cli.options import Json, Name, Pb, Sql, opened
from dualwrite.cli.output import err, out, print_json, progress_bars
from dualwrite.cutover import Cutover
from dualwrite.gate import Condition, gate, gather
from dualwrite.parts import Parts
from dualwrite.setup import problems


def cutover(
    sql: Sql = None,
    pb: Pb = None,
    migration: Name = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show the gate and change nothing")] = False,
    newer_than: Annotated[
        float, typer.Option(help="how old the last full verify may be, in seconds")
    ] = 3600.0,
    drain_seconds: Annotated[
        float, typer.Option(help="longest pause of writes before it is called off")
    ] = 30.0,
    verify_frozen: Annotated[
        bool,
        typer.Option(
            "--verify-frozen", help="compare every row while writes are paused, not only count them"
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Make PocketBase the only store, if every condition of the gate holds. Called off anywhere, it goes back to `dual`."""
    with opened(sql, pb, migration) as parts, progress_bars() as bars:
        parts.control.read()
        conditions = judged(parts, newer_than)
        ready = all(condition.holds for condition in conditions)
        if as_json:
            print_json(
                {
                    "ready": ready,
                    "conditions": [
                        {"name": c.name, "holds": c.holds, "figure": c.figure} for c in conditions
                    ],
                }
            )
        else:
            for condition in conditions:
                out.print(
                    f"{'✓' if condition.holds else '✗'} {condition.name}: {condition.figure}", markup=False
                )
        if not ready:
            raise typer.Exit(1)
        if dry_run:
            return
        switch = Cutover(
            parts.control,
            parts.journal,
            parts.relay(),
            parts.sql_store,
            parts.pb_store,
            parts.migration.entities,
            actor=getpass.getuser(),
            verify=verifier(parts) if verify_frozen else None,
            say=lambda text: err.print(text, markup=False),
        )
        done = switch.run(drain_seconds=drain_seconds, progress=bars)
        err.print(f"PocketBase is the only store; writes were paused for {done.paused:.2f} s")


def judged(parts: Parts, newer_than: float) -> list[Condition]:
    """The gate's conditions as they stand now."""
    grounds = gather(parts.control, parts.journal, parts.migration.entities, problems=problems(parts))
    return gate(grounds, now=datetime.now(UTC), newer_than=timedelta(seconds=newer_than))
