"""From what the parts of the library return to the evidence of a report; nothing here decides anything."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from importlib.metadata import version
from typing import Any

from dualwrite.backfill import Copied
from dualwrite.diary import Outage, Point
from dualwrite.evidence import (
    EntityEvidence,
    Example,
    Fault,
    GateCondition,
    JournalPoint,
    Latency,
    MethodEvidence,
    NamedDifference,
    PhaseChange,
    Setting,
    Versions,
    WaitingKey,
)
from dualwrite.gate import Condition
from dualwrite.phase import Transition
from dualwrite.pocketbase import HOOKS_VERSION
from dualwrite.ports import JournalState, Waiting
from dualwrite.settings import Settings
from dualwrite.timing import Timing
from dualwrite.verify import MOST_NAMED, Verified

SECRET = frozenset({"sql_url", "pb_identity", "pb_password", "pb_token"})
"""Settings whose value is never shown: a login name is somebody's address."""


def entities(
    names: Iterable[str],
    *,
    verified: Iterable[Verified] = (),
    copied: Iterable[Copied] = (),
    state: Iterable[JournalState] = (),
    since: Mapping[str, datetime] | None = None,
) -> tuple[EntityEvidence, ...]:
    """One entry per name, in this order, with whatever is known of it; `since` says from when on an entity differs."""
    by_verify = {found.entity: found for found in verified}
    by_backfill = {found.entity: found for found in copied}
    by_journal = {found.entity: found for found in state}
    return tuple(
        _entity(
            name,
            by_verify.get(name),
            by_backfill.get(name),
            by_journal.get(name),
            since.get(name) if since else None,
        )
        for name in names
    )


def _entity(
    name: str,
    verified: Verified | None,
    copied: Copied | None,
    state: JournalState | None,
    since: datetime | None,
) -> EntityEvidence:
    found: dict[str, Any] = {"differs_since": since}
    if verified:
        found |= {
            "sql_rows": verified.sql_rows,
            "pocketbase_rows": verified.pocketbase_rows,
            "differing": verified.differing,
            "lagging": verified.lagging,
            "repaired": verified.repaired,
            "verify_seconds": verified.seconds,
            "named": [
                NamedDifference(entity=named.entity, key=named.key, path=named.path, kind=named.kind)
                for named in verified.named[:MOST_NAMED]
            ],
        }
    if copied:
        found |= {"backfill_rows": copied.rows, "backfill_seconds": copied.seconds}
    if state:
        found |= {
            "obligations_open": state.open,
            "obligations_stuck": state.stuck,
            "oldest_seconds": max(0.0, state.oldest_seconds),  # two clocks may disagree
        }
    return EntityEvidence(name=name, **found)


def examples(found: Iterable[Mapping[str, Any]]) -> tuple[Example, ...]:
    """From `Comparisons.examples()`."""
    return tuple(Example.model_validate(dict(example)) for example in found)


def methods(
    summary: Iterable[Mapping[str, Any]],
    *,
    examples: Iterable[Example] = (),
    sql: Mapping[tuple[str, str], Latency | None] | None = None,
    pocketbase: Mapping[tuple[str, str], Latency | None] | None = None,
    waivers: Mapping[tuple[str, str], str] | None = None,
) -> tuple[MethodEvidence, ...]:
    """From `Comparisons.summary()`; latencies and waivers by (repository, method).

    The first mismatch is the summary's, or else the oldest example that was kept.
    """
    oldest: dict[tuple[str, str], Example] = {}
    for example in sorted(examples, key=lambda kept: kept.at):
        oldest.setdefault((example.repository, example.method), example)
    found: list[MethodEvidence] = []
    for counts in summary:
        place = (counts["repository"], counts["method"])
        first = oldest[place].at if place in oldest else None
        extra = {
            "first_mismatch": counts.get("first_mismatch") or first,
            "sql": (sql or {}).get(place),
            "pocketbase": (pocketbase or {}).get(place),
            "waiver": (waivers or {}).get(place, ""),
        }
        # Keys of the summary may be members of `Outcome`; field names are plain text.
        found.append(
            MethodEvidence.model_validate({str(key): value for key, value in counts.items()} | extra)
        )
    return tuple(found)


def phases(history: Iterable[Transition]) -> tuple[PhaseChange, ...]:
    """From `Control.history()`, oldest first."""
    changes = [
        PhaseChange(
            at=change.at, actor=change.actor, source=change.source, target=change.target, why=change.why
        )
        for change in history
    ]
    return tuple(sorted(changes, key=lambda change: change.at))


def conditions(found: Iterable[Condition]) -> tuple[GateCondition, ...]:
    """From `dualwrite.gate.gate`; one that is waived counts as holding."""
    return tuple(
        GateCondition(
            name=one.asks,
            holds=one.passes,
            figure=one.figure,
            waiver=f"{one.waiver.who}: {one.waiver.reason}" if one.waiver else "",
        )
        for one in found
    )


def waiting(found: Iterable[Waiting]) -> tuple[WaitingKey, ...]:
    """From `Journal.waiting()`."""
    return tuple(WaitingKey.model_validate(asdict(one)) for one in found)


def timeline(points: Iterable[Point]) -> tuple[JournalPoint, ...]:
    """From the diary."""
    return tuple(JournalPoint.model_validate(asdict(point)) for point in points)


def faults(outages: Iterable[Outage]) -> tuple[Fault, ...]:
    """From the diary."""
    return tuple(
        Fault(
            name="PocketBase did not answer",
            at=outage.at,
            seconds=outage.seconds,
            seen=f"given a rest; at most {outage.open:,} obligations were open meanwhile",
        )
        for outage in outages
    )


def versions(*, sql_dialect: str, sql_version: str = "", pocketbase: str = "") -> Versions:
    """What takes part here. PocketBase does not tell its version: it is known only where the server is our own."""
    return Versions(
        dualwrite=version("dualwrite"),
        python=platform.python_version(),
        pocketbase=pocketbase,
        sql_dialect=sql_dialect,
        sql_version=sql_version,
        hooks=HOOKS_VERSION,
    )


def configuration(settings: Settings, timing: Timing, *, sql: str, pocketbase: str) -> tuple[Setting, ...]:
    """Every setting in force. Both addresses are given without their passwords; who logs in is only said to be set."""
    shown = {"sql_url": sql.partition("?")[0], "pb_url": pocketbase}
    found = {
        name: shown.get(name) or _shown(name, getattr(settings, name)) for name in type(settings).model_fields
    }
    found |= {f"timing.{each.name}": f"{getattr(timing, each.name):g} s" for each in fields(timing)}
    return tuple(Setting(name=name, value=value) for name, value in found.items())


def _shown(name: str, value: object) -> str:
    if name in SECRET:
        return "set" if value else "not set"
    return "not set" if value is None else str(value)
