"""A rehearsal, step by step. It may be killed anywhere and started again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from pydantic import SecretStr

from dualwrite.backfill import Backfill
from dualwrite.errors import ConfigurationError
from dualwrite.evidence import Evidence, LostWrite
from dualwrite.gate import forget_evidence, gate, gather, save_verified
from dualwrite.metrics import BothMetrics, Metrics
from dualwrite.migration import Migration
from dualwrite.observation import Outcome
from dualwrite.parts import Parts
from dualwrite.phase import Phase, Reads
from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.progress import Progress
from dualwrite.rehearse.faults import Injector, hanging, stopped
from dualwrite.rehearse.findings import Findings
from dualwrite.rehearse.material import Size, TrafficReport
from dualwrite.rehearse.material import Traffic as Callers
from dualwrite.rehearse.questions import ask_both
from dualwrite.rehearse.workspace import Workspace
from dualwrite.runtime import Runtime
from dualwrite.settings import Settings
from dualwrite.settle import Patience
from dualwrite.setup import check_database, initialise, problems
from dualwrite.sql import Database, copy_sqlite
from dualwrite.switch import LEASE_SECONDS, bring_back
from dualwrite.timing import Timing
from dualwrite.waivers import Waiver

ACTOR = "rehearsal"
# PocketBase is on this machine and its outages last seconds, so the rule's intervals are short.
TIMING = Timing(start_within=1.5, give_up=3.0, lease=8.0, lost_wait=4.0, relay_every=0.2, diary_every=0.5)


@dataclass(frozen=True)
class Wishes:
    """What to rehearse on. `source` is an SQLite file; None generates a sample of `size`."""

    source: Path | None = None
    size: Size = field(default_factory=Size)
    workers: int = 4
    rate: float = 150.0  # calls a second in all
    seconds: float = 6.0  # of traffic after the backfill
    outage: float = 2.0  # seconds of each fault


class Rehearsal:
    """One rehearsal in one folder. `say` gets a line per step, `metrics` all that is counted."""

    def __init__(
        self,
        migration: Migration,
        workspace: Workspace,
        wishes: Wishes,
        *,
        say: Callable[[str], None],
        metrics: Metrics | None = None,
    ) -> None:
        if migration.rehearsal is None:
            raise ConfigurationError(f"{migration.title} has nothing to rehearse with")
        self._migration = migration
        self._material = migration.rehearsal()
        self._workspace = workspace
        self._wishes = wishes
        self._found = Findings(say)
        self._metrics = BothMetrics(self._found.metrics, metrics) if metrics else self._found.metrics

    def run(
        self,
        progress: Progress,
        *,
        keep: Callable[[Evidence], object] = lambda evidence: None,
        beside: Callable[[Parts], AbstractContextManager[object]] = nullcontext,
        stay: Callable[[Evidence], object] = lambda evidence: None,
    ) -> Evidence:
        """Rehearse; returns everything that was seen. What differs is in the evidence's verdict.

        `keep` is given it before the rehearsal counts as finished: killed there, it goes on and ends again. `beside` is entered
        once both stores are in place; `stay` comes last, with both stores still as the rehearsal left them.

        Raises:
            ConfigurationError: the input cannot be rehearsed on; nothing is half done.
        """
        source = str(self._wishes.source or f"sample {self._wishes.size}")
        if self._wishes.source is not None:
            self._check_source(self._wishes.source)
        with self._workspace.entered(source) as resumed:
            callers = self._material.traffic(self._workspace.told)
            if not self._workspace.database.exists():
                self._prepare(progress)
            hooks = (self._migration.entities, self._migration.prefix)
            with (
                EmbeddedPocketBase(self._workspace.pocketbase, hooks=hooks) as server,
                self._parts(server) as parts,
            ):
                if resumed:
                    self._found.say("an unfinished rehearsal goes on")
                injector = Injector(server, lambda: _owed(parts), self._found.faults)
                self._initialise(parts)
                with beside(parts):
                    self._rehearse(parts, callers, injector, progress)
                    evidence = self._found.evidence(parts)
                    keep(evidence)
                    self._workspace.finish(source)
                    stay(evidence)
        return evidence

    def _rehearse(self, parts: Parts, callers: Callers, injector: Injector, progress: Progress) -> None:
        if parts.control.read().phase is Phase.PB_ONLY:
            # Killed after the switch. SQL is as it was at the switch, and nothing has written to PocketBase since.
            self._prove(parts, callers, progress)
        else:
            self._write_both(parts, callers, injector, progress)
            self._prove(parts, callers, progress)
            self._switch(parts)
        self._read_alone(parts)

    def _check_source(self, source: Path) -> None:
        database = Database.open(f"sqlite:///{source.absolute()}", read_only=True)
        try:
            check_database(self._migration, database)
        finally:
            database.close()

    def _prepare(self, progress: Progress) -> None:
        """The database to work on appears under its name only when it is whole."""
        half = self._workspace.database.with_suffix(".half")
        half.unlink(missing_ok=True)
        with self._found.step("copy" if self._wishes.source else "sample") as done:
            if self._wishes.source is not None:
                copy_sqlite(self._wishes.source, half)
                done(f"{self._wishes.source} opened read-only, {half.stat().st_size / 1e6:.1f} MB copied")
            else:
                self._generate(half, progress)
                done(
                    f"{self._wishes.size.users} users, {self._wishes.size.rows} chats, {half.stat().st_size / 1e6:.1f} MB"
                )
            half.replace(self._workspace.database)

    def _generate(self, half: Path, progress: Progress) -> None:
        shown = 0

        def advance(rows: int, total: int) -> None:
            nonlocal shown
            if not shown:
                progress.begin("generate", "rows", total)
            progress.advance(rows - shown)
            shown = rows

        self._material.create(f"sqlite:///{half}", self._wishes.size, progress=advance)
        progress.end()

    @contextmanager
    def _parts(self, server: EmbeddedPocketBase) -> Iterator[Parts]:
        settings = Settings.load(sql_url=self._workspace.sql_url, pb_url=server.url).model_copy(
            update={
                "pb_identity": server.identity,
                "pb_password": SecretStr(server.password),
                "pb_token": None,
                "pb_timeout": 2.0,
                "prefix": None,
                "sample_rate": 1.0,
            }
        )
        parts = Parts.open(self._migration, settings, metrics=self._metrics, timing=TIMING)
        try:
            yield parts
        finally:
            parts.close()

    def _initialise(self, parts: Parts) -> None:
        with self._found.step("schema") as done:
            lines = list(initialise(parts))
            phase = parts.control.read().phase
            if phase is Phase.SQL_ONLY:
                forget_evidence(parts.control, self._migration.entities)
                parts.control.change(
                    expect=phase, to=Phase.DUAL, reads=Reads.SQL, actor=ACTOR, why="rehearsal"
                )
            # The folder is ours, so what a killed run left frozen need not be waited for.
            bring_back(parts.control, actor=ACTOR, why="a killed rehearsal goes on")
            done("; ".join(lines))

    def _write_both(self, parts: Parts, callers: Callers, injector: Injector, progress: Progress) -> None:
        """Traffic all the while; a backfill with PocketBase gone in the middle; then PocketBase hanging."""
        stop, reports = threading.Event(), []
        begin = time.monotonic()
        with Runtime.sharing(parts) as runtime:
            load = threading.Thread(
                target=lambda: reports.append(self._load(runtime, callers, stop)), name="traffic"
            )
            load.start()
            try:
                self._backfill(parts, injector, progress)
                self._hang(injector)
                time.sleep(self._wishes.seconds)
            finally:
                stop.set()
                load.join()
            runtime.drain(30.0)
        if not reports:
            raise ConfigurationError("the traffic of the rehearsal ended with an error; see above")
        self._found.traffic = traffic = reports[0]
        with self._found.step("traffic", begin) as done:
            done(
                f"{traffic.calls:,} calls, {traffic.writes:,} writes, "
                f"{sum(traffic.errors.values())} errors, p50 {traffic.overall.p50:.1f} ms"
            )
        with self._found.step("relay") as done:
            open_before = _owed(parts)
            parts.relay().drain(seconds=120.0)
            done(f"{open_before}, then {_owed(parts)}")
        self._write_one_by_one(parts, callers)

    def _write_one_by_one(self, parts: Parts, callers: Callers) -> None:
        """Under traffic most writes meet others, and then a difference in what they did proves nothing."""
        with self._found.step("writes one by one") as done, Runtime.sharing(parts) as runtime:
            before = parts.comparisons.totals()

            def settle() -> None:
                runtime.drain(30.0)
                parts.relay().drain(seconds=30.0)

            made = callers.one_by_one(
                SimpleNamespace(**runtime.repositories),
                self._workspace.sql_url,
                seed=self._seed(),
                settle=settle,
            )
            seen = parts.comparisons.totals() - before
            judged, unlike = seen.total() - seen[Outcome.LAG], seen[Outcome.CONFIRMED]
            failed = sum(made.errors.values())
            done(
                f"{made.writes:,} writes, {failed} errors, {judged:,} compared, {unlike} unlike SQL's",
                failed=bool(unlike or failed),
            )

    def _load(self, runtime: Runtime, callers: Callers, stop: threading.Event) -> TrafficReport:
        wishes = self._wishes
        return callers.run(
            SimpleNamespace(**runtime.repositories),
            self._workspace.sql_url,
            seed=self._seed(),
            workers=wishes.workers,
            rate=wishes.rate,
            stop=stop,
        )

    def _seed(self) -> int:
        return self._wishes.size.seed + self._workspace.runs()

    def _backfill(self, parts: Parts, injector: Injector, progress: Progress) -> None:
        with self._found.step("backfill") as done:
            outage = injector.beside("PocketBase killed", stopped, self._wishes.outage, after=0.3)
            job = Backfill(
                parts.sql_store,
                parts.pb_store,
                parts.journal,
                parts.control,
                # The folder is ours and the PocketBase of a killed run is gone with all that was on its way to it: so the
                # lease of that run need not be waited for.
                owner=ACTOR,
                metrics=self._metrics,
                patience=Patience(unavailable=0.2, lost=TIMING.lost_wait, most=5.0),
                give_up_after=120.0,
                wait_for_lease=LEASE_SECONDS + 1.0,  # of a switch in a killed run
            )
            try:
                self._found.copied = job.run(self._migration.entities, progress)
            finally:
                outage.join()
            rows = sum(copied.rows for copied in self._found.copied)
            refused = sum(len(copied.refused) for copied in self._found.copied)
            done(f"{rows:,} rows beside live writes, PocketBase killed meanwhile, {refused} refused")

    def _hang(self, injector: Injector) -> None:
        with self._found.step("PocketBase hangs") as done:
            done(injector.inject("PocketBase hangs", hanging, self._wishes.outage).seen)

    def _prove(self, parts: Parts, callers: Callers, progress: Progress) -> None:
        with self._found.step("verify") as done:
            verify = parts.verify()
            begun = datetime.now(UTC)
            self._found.verified = verify.run(self._migration.entities, progress)
            save_verified(parts.control, self._found.verified, begun=begun)
            differing = sum(found.differing + found.lagging for found in self._found.verified)
            rows = sum(found.sql_rows for found in self._found.verified)
            done(f"{rows:,} rows on each side, {differing} differing", failed=bool(differing))
        with self._found.step("acknowledged writes") as done:
            for store in (parts.sql_store, parts.pb_store):
                self._found.lost += [LostWrite(entity=entity, key=key) for entity, key in callers.lost(store)]
            done(f"{len(self._found.lost)} lost", failed=bool(self._found.lost))

    def _switch(self, parts: Parts) -> None:
        with self._found.step("cutover") as done:
            grounds = gather(
                parts.control,
                parts.journal,
                self._migration.entities,
                self._migration.contracts,
                problems=problems(parts),
                waived=[self._few_comparisons()],
            )
            self._found.conditions = gate(grounds, now=datetime.now(UTC), newer_than=timedelta(minutes=10))
            refused = [condition for condition in self._found.conditions if not condition.passes]
            if refused:
                done("refused: " + "; ".join(f"{c.asks} ({c.figure})" for c in refused), failed=True)
                return
            switched = parts.switch(actor=ACTOR).run(parts.cutover())
            self._found.switched = (switched, datetime.now(UTC))
            done(f"writes paused for {switched.paused:.2f} s")

    def _few_comparisons(self) -> Waiver:
        return Waiver.now("comparisons", who=ACTOR, reason="a rehearsal's traffic calls a few methods only")

    def _read_alone(self, parts: Parts) -> None:
        asked = self._migration.questions
        if asked is None or parts.control.read().phase is not Phase.PB_ONLY:
            return
        with self._found.step("PocketBase alone") as done:
            sql, pocketbase = parts.adapters()
            outcomes = ask_both(
                asked(parts.sql_store, self._wishes.size.seed),
                self._migration.contracts,
                sql,
                pocketbase,
                parts.comparisons,
            )
            differing = outcomes["confirmed"]
            done(
                f"{outcomes.total():,} reads answered, {differing} unlike SQL's last answer",
                failed=bool(differing),
            )


def _owed(parts: Parts) -> str:
    return f"{sum(state.open for state in parts.journal.state()):,} obligations open"
