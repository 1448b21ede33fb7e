"""`rollback`: SQL becomes what PocketBase is, and answers again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from dualwrite.cli.options import Deadline, Json, Name, Pb, Sql, need_pocketbase, opened, person
from dualwrite.cli.output import err, out, print_json, print_table, progress_bars
from dualwrite.errors import ConfigurationError, Misfit, Misfits
from dualwrite.gate import save_verified
from dualwrite.parts import Parts
from dualwrite.progress import Progress
from dualwrite.rollback import CopiedBack
from dualwrite.setup import problems
from dualwrite.switch import DEADLINE, ROLLBACK, Switched

MOST_NAMED = 1000


def rollback(
    sql: Sql = None,
    pb: Pb = None,
    migration: Name = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would be copied back and change nothing")
    ] = False,
    deadline: Deadline = DEADLINE,
    as_json: Json = False,
) -> None:
    """Copy back to SQL what has changed in PocketBase since the switch, deletions included, and return to `dual`. Called off
    anywhere, it stays `pb_only`."""
    with opened(sql, pb, migration) as parts, progress_bars() as bars:
        now = parts.control.read()
        need_pocketbase(parts)
        if found := problems(parts):
            raise ConfigurationError(f"{found[0]}; see `dualwrite doctor`")
        work = parts.rollback(deadline=deadline, progress=bars)
        try:
            if dry_run:
                if now.phase is not ROLLBACK.origin:
                    raise ConfigurationError(
                        f"rollback is for the phase pb_only, and the phase is {now.phase}"
                    )
                _print_look(work.look(now.epoch), as_json=as_json)
                return
            switch = parts.switch(
                actor=person(), deadline=deadline, say=lambda text: err.print(text, markup=False)
            )
            done = switch.run(work)
        except Misfits as error:
            _print_misfits(error.rows, as_json=as_json)
            raise
        err.print(f"SQL answers again; writes were paused for {done.paused:.2f} s")
        differing = _look_again(parts, bars)
    if as_json:
        print_json({"rolled_back": _document(done), "mended_afterwards": differing, "misfits": []})


def _look_again(parts: Parts, progress: Progress) -> int:
    """A request to PocketBase alone whose caller was told of no answer may land late; whatever it did, SQL's row is written
    over it. Returns how many rows that were."""
    seconds = parts.timing.lost_wait
    progress.note(f"looking once more in {seconds:.0f} s, when nothing can land late any more")
    time.sleep(seconds)
    begun = datetime.now(UTC)
    results = parts.verify().run(parts.migration.entities, progress, repair=True)
    save_verified(parts.control, results, begun=begun)
    if left := sum(result.differing - result.repaired for result in results):
        raise ConfigurationError(
            f"the phase is dual, and {left} keys differ: run `dualwrite verify` to see which"
        )
    return sum(result.differing for result in results)


def _print_look(found: Sequence[CopiedBack], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {"entity": one.entity, "rows": one.rows, "to_write": one.written, "to_delete": one.deleted}
                for one in found
            ]
        )
        return
    print_table(
        "Would be copied back",
        ("entity", "PocketBase rows", "to write", "to delete"),
        [(one.entity, one.rows, one.written, one.deleted) for one in found],
    )


def _print_misfits(rows: Sequence[Misfit], *, as_json: bool) -> None:
    if as_json:
        misfits = [
            {"entity": row.entity, "key": list(row.key), "path": row.path, "reason": row.reason}
            for row in rows
        ]
        print_json({"rolled_back": None, "mended_afterwards": 0, "misfits": misfits})
        return
    for row in rows[:MOST_NAMED]:
        out.print(f"✗ {row.entity} {list(row.key)} {row.path}: {row.reason}", markup=False)


def _document(done: Switched) -> dict[str, Any]:
    return {"paused_seconds": round(done.paused, 3), "rows": done.rows}
