"""The switch: a gate, a freeze, a drain, a last look, and the flip. Aborted anywhere, it goes back to `dual`.

    dual ─▶ frozen, reads from SQL ─▶ settle, verify ─▶ frozen, reads from PocketBase ─▶ wait ─▶ pb_only

The reads move while nobody may write, and every process is given `PHASE_TTL` to notice before the first write goes to
PocketBase: no reader can see the old store after a write to the new one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dualwrite.backfill import load_place
from dualwrite.entity import Entity
from dualwrite.errors import ConfigurationError, DualwriteError
from dualwrite.phase import Phase, Reads
from dualwrite.ports import Control, Journal, Reader
from dualwrite.progress import Progress
from dualwrite.relay import Relay
from dualwrite.timing import PHASE_TTL
from dualwrite.verify import Verified, Verify

ABORT_TRIES = 6


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the gate with the figure that was seen."""

    name: str
    holds: bool
    figure: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the gate looks at."""

    phase: Phase
    not_copied: tuple[str, ...]
    open_obligations: int
    stuck_keys: int
    verified_at: datetime | None
    differing: int
    confirmed_mismatches: int
    problems: tuple[str, ...]


def gate(evidence: Evidence, *, now: datetime, newer_than: timedelta) -> list[Condition]:
    """Whether the switch may happen: every condition with its figure. A pure decision."""
    at = evidence.verified_at
    verified = f"{(now - at).total_seconds():.0f} s ago" if at else "never"
    return [
        Condition("phase is dual", evidence.phase is Phase.DUAL, evidence.phase.value),
        Condition(
            "backfill complete",
            not evidence.not_copied,
            f"missing: {', '.join(evidence.not_copied)}" if evidence.not_copied else "every entity",
        ),
        Condition("no obligation open", not evidence.open_obligations, f"{evidence.open_obligations} open"),
        Condition("no stuck key", not evidence.stuck_keys, f"{evidence.stuck_keys} stuck"),
        Condition(
            f"verified within {newer_than.total_seconds():.0f} s",
            at is not None and now - at <= newer_than,
            verified,
        ),
        Condition("verify found no difference", not evidence.differing, f"{evidence.differing} differing"),
        Condition(
            "no confirmed mismatch",
            not evidence.confirmed_mismatches,
            f"{evidence.confirmed_mismatches} confirmed since this process started",
        ),
        Condition(
            "PocketBase healthy and as expected", not evidence.problems, "; ".join(evidence.problems) or "yes"
        ),
    ]


def gather(
    control: Control,
    journal: Journal,
    entities: Iterable[Entity],
    *,
    confirmed: int,
    problems: Sequence[str],
) -> Evidence:
    """The evidence as it stands now."""
    state = journal.state()
    saved = control.load("verify")
    verify: Mapping[str, Any] = saved if isinstance(saved, dict) else {}
    return Evidence(
        phase=control.read().phase,
        not_copied=tuple(entity.name for entity in entities if not load_place(control, entity).done),
        open_obligations=sum(entity.open for entity in state),
        stuck_keys=sum(entity.stuck for entity in state),
        verified_at=datetime.fromisoformat(verify["at"]) if verify else None,
        differing=int(verify.get("differing", 0)),
        confirmed_mismatches=confirmed,
        problems=tuple(problems),
    )


def save_verified(control: Control, results: Sequence[Verified]) -> None:
    """Keep what a full verify found, for the gate."""
    control.save(
        "verify",
        {
            "at": datetime.now(UTC).isoformat(),
            "differing": sum(result.differing - result.repaired for result in results),
            "rows": sum(result.sql_rows for result in results),
        },
    )


@dataclass(frozen=True, slots=True)
class Switched:
    """What the switch took: how long writes were paused, in seconds, and how many rows there were."""

    paused: float
    rows: int


class Cutover:
    """Carries out the switch. `say` is told what happens.

    The last look counts rows, since the gate asks for a recent full verify and the journal for everything since; with a
    `verify` every row is compared while writes are paused.
    """

    def __init__(
        self,
        control: Control,
        journal: Journal,
        relay: Relay,
        source: Reader,
        target: Reader,
        entities: Sequence[Entity],
        *,
        actor: str,
        verify: Verify | None = None,
        say: Callable[[str], None] = lambda text: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._control = control
        self._journal = journal
        self._relay = relay
        self._source = source
        self._target = target
        self._verify = verify
        self._entities = entities
        self._actor = actor
        self._say = say
        self._sleep = sleep

    def run(
        self, *, drain_seconds: float, settled_after: float, progress: Progress | None = None
    ) -> Switched:
        """Freeze, drain, settle, look, flip.

        `drain_seconds` bounds the pause; `settled_after` is how long a writer's own last requests may take, in seconds.

        Raises:
            ConfigurationError: it could not be finished; the phase is `dual` again and the text says why.
        """
        begin = time.monotonic()
        try:
            self._change(Phase.DUAL, Phase.FROZEN, Reads.SQL, "cutover: writes pause")
        except ConfigurationError:
            raise  # another was faster: what stands there now is theirs
        except BaseException as error:
            self._abort(error)
            raise
        try:
            self._drain(drain_seconds, settled_after)
            rows = self._last_look(progress)
            self._change(Phase.FROZEN, Phase.FROZEN, Reads.POCKETBASE, "cutover: reads move")
            self._sleep(PHASE_TTL)
            self._change(Phase.FROZEN, Phase.PB_ONLY, Reads.POCKETBASE, "cutover: PocketBase alone")
        except BaseException as error:
            self._abort(error)
            raise
        return Switched(time.monotonic() - begin, rows)

    def _abort(self, error: BaseException) -> None:
        """Back to `dual`, unless the answer of a change was lost and it had not frozen yet, or had flipped already."""
        for attempt in range(ABORT_TRIES):
            try:
                last = self._control.history(1)
                if self._control.read().phase is not Phase.FROZEN or not last or last[0].actor != self._actor:
                    return
                why = f"cutover aborted: {type(error).__name__}"
                self._control.change(
                    expect=Phase.FROZEN, to=Phase.DUAL, reads=Reads.SQL, actor=self._actor, why=why
                )
            except DualwriteError:
                self._sleep(0.1 * 2**attempt)
            else:
                return
        error.add_note("The phase could not be set back: writes are still paused. See `dualwrite status`.")

    def _last_look(self, progress: Progress | None) -> int:
        """Compare while nothing can change; returns how many rows there are."""
        if self._verify is not None:
            results = self._verify.run(self._entities, progress)
            save_verified(self._control, results)
            differing = sum(result.differing + result.lagging for result in results)
            if differing:
                raise ConfigurationError(f"{differing} keys differ; run `dualwrite verify` to see which")
            return sum(result.sql_rows for result in results)
        rows = 0
        for entity in self._entities:
            here, there = self._source.count(entity), self._target.count(entity)
            if here != there:
                raise ConfigurationError(
                    f"{entity.name}: {here} rows in SQL and {there} in PocketBase; run `dualwrite verify`"
                )
            rows += here
        return rows

    def _drain(self, seconds: float, settled_after: float) -> None:
        deadline = time.monotonic() + seconds
        # Writers pay what they can themselves; whoever has not paid by then is dead or stuck, and the relay may take it.
        if self._relay.drain(seconds=min(settled_after, seconds)):
            return
        left = max(0.0, deadline - time.monotonic())
        if stuck := sum(state.stuck for state in self._journal.state()):
            raise ConfigurationError(f"PocketBase refuses {stuck} keys; `dualwrite status` names them")
        # Without grace only once no writer can be under way: a relay must not take the debts of the living.
        if settled_after > seconds or not self._relay.drain(seconds=left, grace=0.0):
            still = sum(state.open for state in self._journal.state())
            raise ConfigurationError(f"{still} obligations are still open after {seconds:.0f} s")

    def _change(self, expect: Phase, to: Phase, reads: Reads, why: str) -> None:
        self._control.change(expect=expect, to=to, reads=reads, actor=self._actor, why=why)
        self._say(f"{expect} → {to}, reads from {reads}: {why}")
