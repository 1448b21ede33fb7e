"""The relay: pays the obligations that nobody else will, those of dead processes and of writers that know nothing of us."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from time import monotonic

from dualwrite.applier import count_settled
from dualwrite.breaker import Breaker
from dualwrite.call import Call, calling
from dualwrite.entity import Entity
from dualwrite.errors import AnswerLost, DualwriteError, Unauthorised, Unavailable
from dualwrite.metrics import Metrics
from dualwrite.metrics.catalogue import BREAKER, RELAYED
from dualwrite.ports import Journal
from dualwrite.settle import Debt, Settled, Settler, merge, owe_again
from dualwrite.timing import Timing

log = logging.getLogger(__name__)


class Relay:
    """Claims obligations that are due and settles them. Any number of relays may run, in any number of processes."""

    def __init__(
        self,
        journal: Journal,
        settler: Settler,
        entities: Mapping[str, Entity],
        *,
        owner: str,
        breaker: Breaker,
        metrics: Metrics,
        timing: Timing,
        batch: int = 1000,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._journal = journal
        self._settler = settler
        self._entities = entities
        self._owner = owner
        self._breaker = breaker
        self._metrics = metrics
        self._timing = timing
        self._batch = batch
        self._clock = clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def once(self) -> int:
        """Claim one batch and settle it; returns how many obligations were claimed."""
        if not self._breaker.allows():
            return 0
        begun = self._clock()
        claimed = self._journal.claim(self._owner, limit=self._batch, lease_seconds=self._timing.lease)
        if not claimed:
            self._breaker.unused()
            return 0
        debts = merge(
            Debt(self._entities[owed.entity], owed.key, (owed.seq,), attempts=owed.attempts)
            for owed in claimed
        )
        # Its requests must have landed before the lease ends: then no two relays can have one in flight for the same key.
        try:
            with calling(Call(deadline=begun + self._timing.claim_work)):
                settled = self._settler.settle(debts, owner=self._owner)
        finally:
            if self._clock() > begun + self._timing.lease:
                places = {(debt.entity.name, debt.key) for debt in debts}
                owe_again(self._journal, places, hold=self._timing.lost_wait)
        count_settled(self._metrics, "relay", settled)
        self._judge(settled)
        return len(claimed)

    def drain(self, *, seconds: float) -> bool:
        """Work until no obligation is open that can be paid; False where `seconds` were not enough."""
        deadline = monotonic() + seconds
        while True:
            claimed = self.once()
            state = self._journal.state()
            left = sum(entity.open for entity in state)
            if not left:
                return True
            # `state` counts stuck keys, and a key may have several obligations: so these are counted one by one.
            if any(entity.stuck for entity in state) and len(self._journal.stuck(limit=left)) >= left:
                return False
            if monotonic() > deadline:
                return False
            if not claimed:
                self._stop.wait(0.05)

    def start(self) -> None:
        """Run in the background of this process."""
        self._thread = threading.Thread(target=self.run, name="dualwrite-relay", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Run until `close`."""
        while not self._stop.is_set():
            try:
                claimed = self.once()
                self.report()
            except DualwriteError as error:
                # Whatever it is, somebody mends it while this process goes on.
                log.warning("relay: %s", error)
                claimed = 0
            if claimed < self._batch:
                self._stop.wait(self._timing.relay_every)

    def stop(self) -> None:
        """End `run` after the batch in hand; safe in a signal handler."""
        self._stop.set()

    def close(self, seconds: float | None = None) -> None:
        """Stop, and wait for it; no longer than `seconds`: what a batch in hand leaves is leased, and another relay's later."""
        self.stop()
        if self._thread is not None:
            self._thread.join(seconds)

    def report(self) -> None:
        """Say that it is at work, and whether PocketBase is given a rest."""
        self._metrics.set(RELAYED, value=time.time())
        self._metrics.set(BREAKER, value=float(self._breaker.is_open))

    def _judge(self, settled: Settled) -> None:
        if any(isinstance(f.error, Unavailable | AnswerLost | Unauthorised) for f in settled.failures):
            self._breaker.failed()
        else:
            self._breaker.succeeded()
