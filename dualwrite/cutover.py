"""The cutover's work: everything owed is paid, and both stores are looked at once more while nobody may write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic

from typing_extensions import override

from dualwrite.entity import Entity
from dualwrite.errors import ConfigurationError
from dualwrite.gate import save_verified
from dualwrite.ports import Control, Journal, Reader
from dualwrite.progress import Progress
from dualwrite.relay import Relay
from dualwrite.switch import CUTOVER, Course, Pause, Work
from dualwrite.verify import Verify


class Cutover(Work):
    """See `Work`.

    Once writes are paused no obligation is added: the database refuses every write that would, and `owe` too. So when none
    is open nobody is about to write to PocketBase. The last look counts rows, since the gate asks for a full verify and the
    journal for everything since; with a `verify` every row is compared.
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
        verify: Verify | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._control = control
        self._journal = journal
        self._relay = relay
        self._source = source
        self._target = target
        self._entities = entities
        self._verify = verify
        self._progress = progress

    @property
    @override
    def course(self) -> Course:
        return CUTOVER

    @override
    def prepare(self, epoch: int) -> None:
        """Nothing: in `dual` both stores are kept equal all the time."""

    @override
    def finish(self, pause: Pause, epoch: int) -> int:
        """Drain, settle, look."""
        self._drain(pause)
        return self._count() if self._verify is None else self._compare(self._verify)

    def _drain(self, pause: Pause) -> None:
        # Writers pay what they can themselves; the relay takes what nobody holds any more.
        if self._relay.drain(seconds=pause.left):
            return
        if stuck := sum(state.stuck for state in self._journal.state()):
            raise ConfigurationError(f"PocketBase refuses {stuck} keys; `dualwrite status` names them")
        still = sum(state.open for state in self._journal.state())
        raise ConfigurationError(
            f"{still} obligations are still open after {monotonic() - pause.begun:.0f} s"
        )

    def _compare(self, verify: Verify) -> int:
        begun = datetime.now(UTC)
        results = verify.run(self._entities, self._progress)
        save_verified(self._control, results, begun=begun)
        differing = sum(result.differing + result.lagging for result in results)
        if differing:
            raise ConfigurationError(f"{differing} keys differ; run `dualwrite verify` to see which")
        return sum(result.sql_rows for result in results)

    def _count(self) -> int:
        rows = 0
        for entity in self._entities:
            here, there = self._source.count(entity), self._target.count(entity)
            if here != there:
                raise ConfigurationError(
                    f"{entity.name}: {here} rows in SQL and {there} in PocketBase; run `dualwrite verify`"
                )
            rows += here
        return rows
