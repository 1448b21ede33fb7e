"""`probe`: every read method on both sides, before the switch."""

from __future__ import annotations

import secrets
import sys
from typing import Annotated

import typer

from dualwrite.cli.options import Json, Name, Pb, Sql, opened
from dualwrite.cli.output import out, print_json, print_table, progress_bars
from dualwrite.errors import ConfigurationError
from dualwrite.observation import Outcome
from dualwrite.parts import Parts
from dualwrite.phase import Phase
from dualwrite.places import load_copying
from dualwrite.probe import Probe, Probed

EXAMPLES = 20


def probe(
    sql: Sql = None,
    pb: Pb = None,
    migration: Name = None,
    seed: Annotated[int, typer.Option(help="of the arguments that are drawn")] = 1,
    values: Annotated[
        bool,
        typer.Option(
            "--values", help="show differing values; on a terminal only, since they are people's data"
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Call every read method on both sides with arguments drawn from the data. Exit status 1 where something differs."""
    if values and (as_json or not sys.stdout.isatty()):
        raise ConfigurationError(
            "--values shows people's data: it is for a terminal, not for a file or a pipe"
        )
    with opened(sql, pb, migration) as parts, progress_bars() as bars:
        _ready(parts)
        adapters, _ = pair = parts.adapters()
        asked = parts.migration.questions
        if asked is None:
            raise ConfigurationError(f"{parts.migration.title} declares no questions to probe with")
        job = Probe(parts.migration.contracts, adapters, parts.shadow(*pair))
        probed = job.run(asked(parts.sql_store, seed), bars)
        parts.comparisons.save(parts.control, parts.owner)
    secret = secrets.token_bytes(16)
    if as_json:
        print_json(_document(probed, secret))
    else:
        _print(probed, secret, values=values)
    if not probed.clean:
        raise typer.Exit(1)


def _ready(parts: Parts) -> None:
    phase = parts.control.read().phase
    if phase is not Phase.DUAL:
        raise ConfigurationError(f"the phase is {phase}; both sides can be compared in dual only")
    missing = [e.name for e in parts.migration.entities if not load_copying(parts.control, e).done]
    if missing:
        raise ConfigurationError(f"the backfill is not through ({', '.join(missing)}): dualwrite backfill")


def _print(probed: Probed, secret: bytes, *, values: bool) -> None:
    print_table(
        "Probe",
        ("repository", "method", *(outcome.value for outcome in Outcome)),
        [(*place, *(counts.get(o, 0) for o in Outcome)) for place, counts in sorted(probed.counts.items())],
    )
    for comparison in probed.mismatches[:EXAMPLES]:
        for difference in comparison.differences[:3]:
            shown = difference.shown() if values else difference.described(secret)
            out.print(f"{comparison.repository}.{comparison.method}: {shown}", markup=False)
    for name in probed.never_asked:
        out.print(f"✗ {name} was never asked", markup=False)
    if probed.skipped:
        out.print(f"✗ {probed.skipped} questions were not asked: PocketBase did not answer", markup=False)


def _document(probed: Probed, secret: bytes) -> dict[str, object]:
    return {
        "clean": probed.clean,
        "methods": [
            {"repository": place[0], "method": place[1], **{str(o): n for o, n in counts.items()}}
            for place, counts in sorted(probed.counts.items())
        ],
        "never_asked": probed.never_asked,
        "skipped": probed.skipped,
        "mismatches": [
            {
                "repository": comparison.repository,
                "method": comparison.method,
                "differences": [difference.described(secret) for difference in comparison.differences],
            }
            for comparison in probed.mismatches[:EXAMPLES]
        ],
    }
