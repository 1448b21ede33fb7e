"""`cutover`: the gate and the switch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from dualwrite import collect
from dualwrite.cli.options import Deadline, Json, Name, Pb, Sql, opened, person
from dualwrite.cli.output import err, out, print_json, progress_bars
from dualwrite.errors import ConfigurationError
from dualwrite.gate import AT_LEAST, CONDITIONS, NEWER_THAN, Condition, gate, gather, method_names
from dualwrite.parts import Parts
from dualwrite.setup import problems
from dualwrite.switch import DEADLINE, Switched
from dualwrite.switched import save_switched
from dualwrite.waivers import Waiver, check_waivable, save_waiver, withdraw


def cutover(
    sql: Sql = None,
    pb: Pb = None,
    migration: Name = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show the gate and change nothing")] = False,
    newer_than: Annotated[
        float, typer.Option(min=0, help="how old the last full verify may be, in seconds")
    ] = NEWER_THAN.total_seconds(),
    at_least: Annotated[
        int, typer.Option(min=1, help="how often each method must have been compared")
    ] = AT_LEAST,
    waive: Annotated[
        list[str] | None,
        typer.Option(
            "--waive",
            metavar="NAME",
            help="a condition, or a method as repository.method, not to be asked for; kept with --reason; may be repeated",
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="of --waive, for everybody to see")] = "",
    unwaive: Annotated[
        list[str] | None, typer.Option("--withdraw", metavar="NAME", help="take a waiver back")
    ] = None,
    deadline: Deadline = DEADLINE,
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
        waived = _waive(parts, waive or (), reason, unwaive or (), store=not dry_run)
        conditions = judged(parts, waived, newer_than=newer_than, at_least=at_least)
        ready = all(condition.passes for condition in conditions)
        if not as_json:
            for condition in conditions:
                mark = "✓" if condition.holds else "~" if condition.passes else "✗"
                out.print(f"{mark} {condition.asks}: {condition.said}", markup=False)
        if not ready or dry_run:
            if as_json:
                print_json(_document(conditions))
            if not ready:
                raise typer.Exit(1)
            return
        switch = parts.switch(
            actor=person(), deadline=deadline, say=lambda text: err.print(text, markup=False)
        )
        done = switch.run(parts.cutover(verify=parts.verify() if verify_frozen else None, progress=bars))
        save_switched(parts.control, done, collect.conditions(conditions), at=datetime.now(UTC))
        if as_json:
            print_json(_document(conditions, done))
        err.print(f"PocketBase is the only store; writes were paused for {done.paused:.2f} s")


def judged(
    parts: Parts, waived: Sequence[Waiver], *, newer_than: float, at_least: int = AT_LEAST
) -> list[Condition]:
    """The gate's conditions as they stand now."""
    migration = parts.migration
    grounds = gather(
        parts.control,
        parts.journal,
        migration.entities,
        migration.contracts,
        problems=problems(parts),
        waived=waived,
    )
    return gate(grounds, now=datetime.now(UTC), newer_than=timedelta(seconds=newer_than), at_least=at_least)


def _waive(
    parts: Parts, names: Sequence[str], reason: str, taken_back: Sequence[str], *, store: bool
) -> list[Waiver]:
    """The waivers of this command; kept unless it is a dry run. All names are looked at before anything is kept."""
    if names and not reason.strip():
        raise ConfigurationError("a waiver needs its reason: --reason TEXT, which `dualwrite status` shows")
    methods = method_names(parts.migration.contracts)
    for name in names:
        check_waivable(name, conditions=CONDITIONS, methods=methods)
    for name in taken_back if store else ():
        withdraw(parts.control, name, who=person(), why=reason.strip())
    waivers = [Waiver.now(name, who=person(), reason=reason.strip()) for name in names]
    for waiver in waivers if store else ():
        save_waiver(parts.control, waiver)
    return waivers


def _document(conditions: Sequence[Condition], done: Switched | None = None) -> dict[str, Any]:
    return {
        "ready": all(condition.passes for condition in conditions),
        "conditions": [
            {
                "name": each.name,
                "asks": each.asks,
                "holds": each.holds,
                "figure": each.figure,
                "waiver": waiver_document(each.waiver) if each.waiver else None,
            }
            for each in conditions
        ],
        "switched": {"paused_seconds": round(done.paused, 3), "rows": done.rows} if done else None,
    }


def waiver_document(waiver: Waiver) -> dict[str, str]:
    """A waiver as JSON has it."""
    return {"name": waiver.name, "who": waiver.who, "at": waiver.at, "reason": waiver.reason}
