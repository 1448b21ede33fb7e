"""What `backfill --content` does after the rows: the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dualwrite.cli.output import out, print_table
from dualwrite.content_backfill import PROBLEMS, ContentBackfill, Fate, Uploaded
from dualwrite.entity import Entity
from dualwrite.errors import ConfigurationError
from dualwrite.parts import Parts
from dualwrite.phase import Phase
from dualwrite.pocketbase import check_schema
from dualwrite.progress import Progress
from dualwrite.turn import LEASE_SECONDS

_FINE = tuple(fate for fate in Fate if fate not in PROBLEMS)


def holding(title: str, entities: Sequence[Entity], asked: Sequence[str] | None) -> list[Entity]:
    """Those of the entities that have content. Raises `ConfigurationError` where one was asked for by name that has none,
    or none has."""
    found = [entity for entity in entities if entity.content is not None]
    without = next((entity.name for entity in entities if entity.content is None), None)
    if asked and without is not None:
        raise ConfigurationError(f"{without} has no content: leave it out, or leave --content out")
    if not found:
        raise ConfigurationError(f"{title} declares no content: leave --content out")
    return found


def directory(given: Path | None) -> Path:
    """Where relative paths begin. Raises `ConfigurationError` where that is no directory."""
    chosen = given if given is not None else Path()
    if not chosen.is_dir():
        raise ConfigurationError(f"--content-dir: {chosen} is not a directory")
    return chosen


def need_collections(parts: Parts, entities: Sequence[Entity]) -> None:
    """Raises `ConfigurationError` where PocketBase has no place for the bytes, or one that is not as it should be."""
    problems = check_schema(parts.pocketbase, entities)
    if problems:
        raise ConfigurationError(f"{problems[0]}: run `dualwrite init`")


def upload(
    parts: Parts, entities: Sequence[Entity], chosen: Path, progress: Progress, *, anew: bool
) -> list[Uploaded]:
    """Upload the files of these entities."""
    job = ContentBackfill(
        lambda phase: parts.pb_store if phase is Phase.PB_ONLY else parts.sql_store,
        parts.pb_content,
        parts.control,
        owner=parts.owner,
        directory=chosen,
        wait_for_lease=LEASE_SECONDS + 1.0,
    )
    return job.run(entities, progress, anew=anew)


def as_document(uploaded: Uploaded) -> dict[str, Any]:
    """A result as JSON has it. Rows are named by their keys, files not at all."""
    return {
        **{fate.value: uploaded.fates[fate] for fate in Fate},
        "bytes": uploaded.size,
        "strays": uploaded.strays,
        "seconds": round(uploaded.seconds, 3),
        "problems": [
            {"key": list(key), "fate": outcome.fate.value, "reason": outcome.reason}
            for key, outcome in uploaded.problems
        ],
    }


def print_uploaded(results: Sequence[Uploaded]) -> None:
    """Counts, then every row that somebody must look at."""
    print_table(
        "Content",
        ("entity", *_FINE, "problems", "strays", "bytes", "seconds"),
        [
            (
                each.entity,
                *(each.fates[fate] for fate in _FINE),
                len(each.problems),
                each.strays,
                each.size,
                round(each.seconds, 2),
            )
            for each in results
        ],
    )
    for each in results:
        for key, outcome in each.problems:
            out.print(f"✗ {each.entity} {list(key)}: {outcome.reason}", markup=False)
