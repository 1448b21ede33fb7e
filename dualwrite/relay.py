"""The relay: pays the obligations that nobody else will, those of dead processes and of writers that know nothing of us."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from time import monotonic

from dualwrite.applier import count_settled
from dualwrite.breaker import Breaker
from dualwrite.call import Call, calling
from dualwrite.chunks import FIRST_ROWS
from dualwrite.entity import Entity, Key
from dualwrite.errors import UNREACHED, DualwriteError
from dualwrite.knock import Knock
from dualwrite.metrics import Metrics
from dualwrite.metrics.catalogue import BREAKER, RELAYED
from dualwrite.ports import Journal, Obligation
from dualwrite.settle import Debt, Settled, Settler, merge, owe_again
from dualwrite.timing import Timing

log = logging.getLogger(__name__)

BATCH = 5_000
"""Obligations of one claim: what many of them owe for one key is paid by one write."""
TRIAL = 50
"""The same where PocketBase has only just answered again: should it fail, these are left alone for a while."""
SLICE_BYTES = 16_000_000
"""About how much of SQL's rows is in memory at a time."""
FEW_KEYS = 1_000
"""A claim that comes to fewer keys is followed by another at once."""
MOST_CLAIMED = 50_000
"""Obligations in memory at a time."""
MOST_ROWS = 1_000
"""And how many rows at most."""
GIVEN_BACK = 1.0
"""Seconds until what was claimed and not tried is anybody's again."""
REPORTS = 2.0
"""Seconds between two looks whether the journal is to be folded, and two signs of life."""


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
        knock: Knock | None = None,
        batch: int = BATCH,
        slice_bytes: int = SLICE_BYTES,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._journal = journal
        self._settler = settler
        self._entities = entities
        self._owner = owner
        self._breaker = breaker
        self._metrics = metrics
        self._timing = timing
        self._knock = knock
        self._batch = batch
        self._slice_bytes = slice_bytes
        self._slice = FIRST_ROWS
        self._reported = float("-inf")
        self._left = False
        self._clock = clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def once(self) -> int:
        """Claim one batch and settle it; returns how many obligations were claimed."""
        if not self._breaker.allows():
            return 0
        trial = self._breaker.is_open
        if trial and self._knock is not None and not self._knock.answered():
            self._breaker.failed()
            return 0
        if self._stop.is_set():
            self._breaker.unused()
            return 0  # told to stop while it knocked
        begun = self._clock()
        if trial:
            few = min(TRIAL, self._batch)
            claimed = self._journal.claim(self._owner, limit=few, lease_seconds=self._timing.lease)
        else:
            claimed = self._claim(self._batch)
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
                settled = self._settled(debts)
        finally:
            if self._clock() > begun + self._timing.lease:
                places = {(debt.entity.name, debt.key) for debt in debts}
                owe_again(self._journal, places, hold=self._timing.lost_wait)
        count_settled(self._metrics, "relay", settled)
        return len(claimed)

    def _claim(self, limit: int) -> list[Obligation]:
        """One claim; where few keys owe very much, several, so that one write pays for all of it."""
        claimed: list[Obligation] = []
        keys: set[tuple[str, Key]] = set()
        while True:
            more = self._journal.claim(self._owner, limit=limit, lease_seconds=self._timing.lease)
            claimed += more
            keys.update((owed.entity, owed.key) for owed in more)
            if len(more) < limit or len(keys) >= FEW_KEYS or len(claimed) >= MOST_CLAIMED:
                return claimed

    def _settled(self, debts: Sequence[Debt]) -> Settled:
        """Settle them a slice at a time, so that thousands of large rows are not all in memory at once."""
        whole = Settled()
        # What failed before comes last and by itself: a refused row is found by halving, for which nobody else should wait.
        fresh, again = [d for d in debts if not d.attempts], [d for d in debts if d.attempts]
        while rest := fresh or again:
            some = rest[: self._slice]
            del rest[: self._slice]
            begun = self._clock()
            settled = self._settler.settle(some, owner=self._owner)
            whole.add(settled)
            mean = max(1, settled.read_bytes // len(some))
            self._slice = max(1, min(self._slice_bytes // mean, len(some) * 4, MOST_ROWS))
            if _is_down(settled):
                self._breaker.failed(after=self._clock() - begun)
                # The others would only be lost after them. Nothing of these was sent.
                untried = [seq for debt in (*fresh, *again) for seq in debt.seqs]
                self._journal.postpone(untried, seconds=GIVEN_BACK, error=None, owner=self._owner)
                return whole
        self._breaker.succeeded()
        return whole

    def drain(self, *, seconds: float) -> bool:
        """Work until no obligation is open that can be paid; False where `seconds` were not enough."""
        deadline = monotonic() + seconds
        while True:
            claimed = self.once()
            if claimed < self._batch:
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
                if self._clock() - self._reported >= REPORTS:
                    self._reported = self._clock()
                    self._journal.fold()
                    self.report()
            except DualwriteError as error:
                # Whatever it is, somebody mends it while this process goes on.
                log.warning("relay: %s", error)
                claimed = 0
            except Exception:
                if self._left:
                    return  # it was not waited for, and what it works with is closed by now
                raise
            if claimed < self._batch:
                self._stop.wait(self._timing.relay_every)

    def stop(self) -> None:
        """End `run` after the batch in hand; safe in a signal handler."""
        self._stop.set()

    def close(self, seconds: float | None = None) -> None:
        """Stop, and wait for it, for so many seconds at most. What it then still has in hand is left as by a process that died:
        its claim outlasts its request."""
        self.stop()
        if self._thread is not None:
            self._thread.join(seconds)
            self._left = self._thread.is_alive()

    def report(self) -> None:
        """Say that it is at work, and whether PocketBase is given a rest."""
        self._metrics.set(RELAYED, value=time.time())
        self._metrics.set(BREAKER, value=float(self._breaker.is_open))


def _is_down(settled: Settled) -> bool:
    return any(isinstance(f.error, UNREACHED) for f in settled.failures)
