"""The evidence of a migration that goes on: read from the control table, the journal and both stores, by one function.

Nothing here writes. What a process counts for itself alone (how long calls took) is handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dualwrite import collect
from dualwrite.backfill import Copied
from dualwrite.comparisons import load_comparisons, load_examples
from dualwrite.diary import load_outages, load_points
from dualwrite.evidence import Evidence, EvidenceKind, Latency, MethodEvidence
from dualwrite.gate import AT_LEAST, NEWER_THAN, Condition, gate, gather, method_names
from dualwrite.parts import Parts
from dualwrite.phase import Phase
from dualwrite.places import load_copying
from dualwrite.setup import problems
from dualwrite.switched import load_switched
from dualwrite.verdict import judge
from dualwrite.verified import load_found
from dualwrite.waivers import load_waivers

MOST_WAITING = 200


def live_evidence(
    parts: Parts,
    *,
    latencies: Mapping[str, Mapping[tuple[str, str], Latency]] | None = None,
    newer_than: timedelta = NEWER_THAN,
    at_least: int = AT_LEAST,
) -> Evidence:
    """The migration as it stands now. `latencies` are by backend, then by repository and method; `newer_than` and `at_least`
    are the gate's.

    Raises:
        ConfigurationError: there are no control tables.
        StoreError: the database does not answer. A PocketBase that does not is a finding, not an error.
    """
    control, migration, now = parts.control, parts.migration, datetime.now(UTC)
    state, history = control.read(), collect.phases(control.history())
    found, journal, waivers = load_found(control), parts.journal.state(), load_waivers(control)
    names = [entity.name for entity in migration.entities]
    since = found.since if found else {}
    entities = collect.entities(
        names, verified=found.results if found else (), copied=_copied(parts), state=journal, since=since
    )
    examples, times = collect.examples(load_examples(control)), latencies or {}
    methods = collect.methods(
        _of_all(load_comparisons(control), method_names(migration.contracts)),
        examples=examples,
        sql=times.get("sql"),
        pocketbase=times.get("pocketbase"),
        waivers={method: f"{w.who}: {w.reason}" for name, w in waivers.items() if (method := _place(name))},
    )
    # After the switch there is no gate to ask: what it said then stands.
    switched = load_switched(control, since=state.since) if state.phase is Phase.PB_ONLY else None
    conditions = switched.conditions if switched else ()
    if state.phase is not Phase.PB_ONLY:
        conditions = collect.conditions(_gate(parts, now, newer_than, at_least))
    verdict = judge(
        entities=entities,
        methods=[] if "mismatches" in waivers else [m for m in methods if _is_recent(m, now, newer_than)],
        conditions=conditions,
    )
    return Evidence(
        title=f"Migration of {migration.title}",
        kind=EvidenceKind.LIVE,
        migration=migration.name,
        started=min([change.at for change in history] or [min(state.since, now)]),
        finished=now,
        verdict=verdict,
        versions=collect.versions(sql_dialect=parts.database.dialect, sql_version=parts.database.version),
        phases=history,
        entities=entities,
        verified_at=found.at if found else None,
        waiting=collect.waiting(parts.journal.waiting(MOST_WAITING)),
        timeline=collect.timeline(load_points(control)),
        methods=methods,
        examples=examples,
        faults=collect.faults(load_outages(control)),
        conditions=conditions,
        switch=switched.switch if switched else None,
        configuration=collect.configuration(
            parts.settings, parts.timing, sql=parts.database.where, pocketbase=parts.pocketbase.session.where
        ),
    )


def _place(name: str) -> tuple[str, str] | None:
    """Repository and method of a waiver; None where it is of a condition."""
    repository, dot, method = name.partition(".")
    return (repository, method) if dot else None


def _gate(parts: Parts, now: datetime, newer_than: timedelta, at_least: int) -> list[Condition]:
    migration = parts.migration
    grounds = gather(
        parts.control, parts.journal, migration.entities, migration.contracts, problems=problems(parts)
    )
    return gate(grounds, now=now, newer_than=newer_than, at_least=at_least)


def _is_recent(method: MethodEvidence, now: datetime, newer_than: timedelta) -> bool:
    """Whether its last mismatch still counts, as the gate sees it."""
    return method.last_mismatch is not None and now - method.last_mismatch <= newer_than


def _of_all(summaries: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Mapping[str, Any]]:
    """With an entry of nothing for each method that was never compared: that is what stands in the way."""
    known = {f"{one['repository']}.{one['method']}": one for one in summaries}
    empty = {name: dict(zip(("repository", "method"), name.split(".", 1), strict=True)) for name in names}
    return [one for _, one in sorted({**empty, **known}.items())]


def _copied(parts: Parts) -> list[Copied]:
    """What the backfill has done so far; nothing of an entity that it has not begun."""
    places = [(entity.name, load_copying(parts.control, entity)) for entity in parts.migration.entities]
    return [Copied(name, place.rows, place.seconds) for name, place in places if place.begun]
