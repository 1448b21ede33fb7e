"""`backfill` and `verify`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dualwrite.backfill import Backfill, Copied
from dualwrite.cli import content as bytes_of
from dualwrite.cli.options import Executor, Json, Name, Only, Pb, Sql, hands_for, need_pocketbase, opened
from dualwrite.cli.output import out, print_json, print_table, progress_bars
from dualwrite.content_backfill import Uploaded
from dualwrite.entity import Entity
from dualwrite.errors import ConfigurationError
from dualwrite.evidence import EntityEvidence
from dualwrite.gate import save_verified
from dualwrite.migration import Migration
from dualwrite.phase import Phase
from dualwrite.turn import LEASE_SECONDS
from dualwrite.verify import Verified


def backfill(
    sql: Sql = None,
    pb: Pb = None,
    migration: Name = None,
    entity: Only = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="begin anew: trust nothing of what is there already")
    ] = False,
    content: Annotated[
        bool, typer.Option("--content", help="then upload the rows' files; also after the switch")
    ] = False,
    content_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="where relative paths of files begin; here by default"),
    ] = None,
    executor: Executor = None,
    as_json: Json = False,
) -> None:
    """Copy every row to PocketBase beside live writes. Goes on where an earlier run ended, killed or not."""
    if content_dir is not None and not content:
        raise ConfigurationError("--content-dir is for --content: give both, or neither")
    with opened(sql, pb, migration) as parts, hands_for(executor, parts) as hands, progress_bars() as bars:
        now = parts.control.read().phase
        if now is not Phase.DUAL and not (content and now is Phase.PB_ONLY):
            begin = ": begin dual writes first: dualwrite phase dual" if now is Phase.SQL_ONLY else ""
            raise ConfigurationError(f"the backfill is for the phase dual, and the phase is {now}{begin}")
        chosen = _chosen(parts.migration, entity)
        holding = bytes_of.holding(parts.migration.title, chosen, entity) if content else []
        directory = bytes_of.directory(content_dir)
        need_pocketbase(parts)
        if holding:
            bytes_of.need_collections(parts, holding)
        job = Backfill(
            parts.sql_store,
            parts.pb_store,
            parts.journal,
            parts.control,
            owner=parts.owner,
            hands=hands,
            metrics=parts.metrics,
            # Whoever was interrupted or killed holds it for so long at most, and its last request may land until then.
            wait_for_lease=LEASE_SECONDS + 1.0,
        )
        # After the switch there are no rows to copy, and files are still written where they always were.
        copied = job.run(chosen, bars, restart=restart) if now is Phase.DUAL else []
        uploaded = bytes_of.upload(parts, holding, directory, bars, anew=restart) if holding else []
    if as_json:
        print_json(_documents(copied, uploaded))
    else:
        print_table(
            "Backfill",
            ("entity", "rows", "seconds", "refused"),
            [(c.entity, c.rows, round(c.seconds, 2), len(c.refused)) for c in copied],
        )
        for one in copied:
            for key, reason in one.refused:
                out.print(f"PocketBase cannot take {one.entity} {list(key)}: {reason}", markup=False)
        if holding:
            bytes_of.print_uploaded(uploaded)
    if any(one.refused for one in copied) or any(one.problems for one in uploaded):
        raise typer.Exit(1)


def verify(
    sql: Sql = None,
    pb: Pb = None,
    migration: Name = None,
    entity: Only = None,
    repair: Annotated[bool, typer.Option("--repair", help="write SQL's row over what differs")] = False,
    executor: Executor = None,
    as_json: Json = False,
) -> None:
    """Read both sides and name every difference by entity, key and path. Exit status 1 where something differs."""
    with opened(sql, pb, migration) as parts, hands_for(executor, parts) as hands, progress_bars() as bars:
        before, begun = parts.control.read(), datetime.now(UTC)
        if repair and before.phase is not Phase.DUAL:
            raise ConfigurationError(f"--repair is for the phase dual, and the phase is {before.phase}")
        chosen = _chosen(parts.migration, entity)
        need_pocketbase(parts)
        results = parts.verify(hands).run(chosen, bars, repair=repair)
        # Evidence for the gate only where every row was looked at, while PocketBase followed SQL.
        if not entity and before.phase is Phase.DUAL and parts.control.read().epoch == before.epoch:
            save_verified(parts.control, results, begun=begun)
    if as_json:
        print_json([as_document(result) for result in results])
    else:
        print_verified(results)
    if not all(result.clean for result in results):
        raise typer.Exit(1)


def print_verified(results: Sequence[Verified]) -> None:
    """Counts, then every difference that has a name."""
    print_table(
        "Verify",
        ("entity", "SQL rows", "PocketBase rows", "differing", "lagging", "repaired", "seconds"),
        [
            (r.entity, r.sql_rows, r.pocketbase_rows, r.differing, r.lagging, r.repaired, round(r.seconds, 2))
            for r in results
        ],
    )
    for result in results:
        for difference in result.named:
            out.print(str(difference), markup=False)
        for refused in result.refused:
            out.print(f"PocketBase cannot take {refused}", markup=False)


def print_verified_entities(entities: Sequence[EntityEvidence]) -> None:
    """The parity summary of a report, with every difference that has a name."""
    print_table(
        "Parity",
        ("entity", "SQL rows", "PocketBase rows", "differing", "lagging", "open", "stuck"),
        [
            (
                e.name,
                e.sql_rows,
                e.pocketbase_rows,
                e.differing,
                e.lagging,
                e.obligations_open,
                e.obligations_stuck,
            )
            for e in entities
        ],
    )
    for entity in entities:
        for named in entity.named:
            out.print(f"{named.entity} {list(named.key)} {named.path}: {named.kind}", markup=False)


def as_document(result: Verified) -> dict[str, object]:
    """A result as JSON has it."""
    return {
        "entity": result.entity,
        "sql_rows": result.sql_rows,
        "pocketbase_rows": result.pocketbase_rows,
        "differing": result.differing,
        "lagging": result.lagging,
        "repaired": result.repaired,
        "seconds": round(result.seconds, 3),
        "differences": [{"key": list(d.key), "path": d.path, "kind": d.kind} for d in result.named],
        "refused": [{"key": list(d.key), "path": d.path, "error": d.kind} for d in result.refused],
    }


def _documents(copied: Sequence[Copied], uploaded: Sequence[Uploaded]) -> list[dict[str, object]]:
    """One for each entity: its rows, and its content where that was asked for."""
    documents: dict[str, dict[str, object]] = {
        one.entity: {
            "entity": one.entity,
            "rows": one.rows,
            "seconds": one.seconds,
            "refused": [list(key) for key, _ in one.refused],
        }
        for one in copied
    }
    for each in uploaded:
        documents.setdefault(each.entity, {"entity": each.entity})["content"] = bytes_of.as_document(each)
    return list(documents.values())


def _chosen(migration: Migration, names: Sequence[str] | None) -> list[Entity]:
    if not names:
        return list(migration.entities)
    known = {entity.name: entity for entity in migration.entities}
    for name in names:
        if name not in known:
            raise ConfigurationError(f"no entity is called {name!r} (known: {', '.join(known)})")
    return [known[name] for name in names]
