"""The switch: a freeze, a drain, a last look, and the flip. Aborted anywhere, it goes back to `dual`.

    dual ─▶ frozen, reads from SQL ─▶ settle, verify ─▶ frozen, reads from PocketBase ─▶ wait ─▶ pb_only

The reads move while nobody may write, and every process is given `PHASE_TTL` to notice before the first write goes to
PocketBase: no reader can see the old store after a write to the new one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dualwrite.entity import Entity
from dualwrite.errors import ConfigurationError, DualwriteError
from dualwrite.gate import save_verified
from dualwrite.phase import Phase, Reads
from dualwrite.ports import Control, Journal, Reader
from dualwrite.progress import Progress
from dualwrite.relay import Relay
from dualwrite.timing import PHASE_TTL
from dualwrite.verify import Verify

ABORT_TRIES = 6


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
            begun = datetime.now(UTC)
            results = self._verify.run(self._entities, progress)
            save_verified(self._control, results, begun=begun)
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
