"""The second half of a write in `dual`: apply it to PocketBase, compare the answers, settle what it touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from dualwrite.breaker import Breaker
from dualwrite.call import Call, calling, owed
from dualwrite.compare import ABSENT, Difference, Kind
from dualwrite.comparisons import Comparisons
from dualwrite.contract import Method, Order
from dualwrite.entity import Entity, Key
from dualwrite.errors import UNREACHED, AnswerLost, Fenced, StoreError
from dualwrite.kept import Kept
from dualwrite.metrics import Metrics
from dualwrite.metrics.calls import count_call
from dualwrite.metrics.catalogue import SETTLED, SHADOW
from dualwrite.observation import Comparison, Observation, Outcome, compare, observe
from dualwrite.payments import Payments
from dualwrite.ports import Journal, Obligation
from dualwrite.settle import UNKNOWN, Debt, Settled, Settler, owe_again
from dualwrite.stamp import Stamp
from dualwrite.timing import Timing


@dataclass(frozen=True, slots=True)
class Job:
    """A write that SQL has committed and PocketBase has not seen yet."""

    repository: str
    method: Method
    arguments: Kept
    stamp: Stamp
    obligations: tuple[Obligation, ...]
    answer: Kept
    seconds: float  # that SQL took
    begun: float  # time.monotonic() before SQL was asked: no obligation of this job is older

    @property
    def bytes(self) -> int:
        """About how much memory it keeps."""
        return self.arguments.bytes + self.answer.bytes


class Applier:
    """Applies jobs, on whichever thread calls `apply`."""

    def __init__(
        self,
        adapters: Mapping[str, Any],
        entities: Mapping[str, Entity],
        settler: Settler,
        journal: Journal,
        payments: Payments,
        *,
        breaker: Breaker,
        comparisons: Comparisons,
        metrics: Metrics,
        timing: Timing,
        copied: Callable[[], bool] = lambda: True,
        leaving: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._adapters = adapters
        self._entities = entities
        self._settler = settler
        self._journal = journal
        self._payments = payments
        self._breaker = breaker
        self._comparisons = comparisons
        self._metrics = metrics
        self._timing = timing
        self._copied = copied
        self._leaving = leaving
        self._clock = clock

    def apply(self, job: Job) -> None:
        """Steps 2 to 4 of the write rule. Whatever is not done here stays in the journal for a relay."""
        now = self._clock()
        late = now - job.begun > self._timing.start_within
        if late or self._breaker.is_open:  # who tries whether it is back stakes no write on it: see `Knock`
            self._metrics.add(SHADOW, "write", "late" if late else "skipped")
            self.leave(job)
            return
        call = Call(job.stamp.again(), deadline=now + self._timing.give_up)
        call.owe = lambda entity, keys: self._owe(job, call, entity, keys)
        try:
            with calling(call), owed():
                self._apply(job, call)
        finally:
            if self._clock() > job.begun + self._timing.hold:
                touched = {(owe.entity, owe.key) for owe in (*job.obligations, *call.obligations)}
                owe_again(self._journal, touched | call.acknowledged.keys(), hold=self._timing.lost_wait)

    def leave(self, job: Job) -> None:
        """Nothing was sent for this job, and nothing will be: its obligations are the relay's from now on."""
        self._payments.leave([obligation.seq for obligation in job.obligations])

    def _apply(self, job: Job, call: Call) -> None:
        function = getattr(self._adapters[job.repository], job.method.name)
        args, kwargs = job.arguments.take()
        with self._breaker.asking():
            answer = observe(function, *args, **kwargs)
        self._count(job, answer)
        if self._leaving():
            return  # as if the process had died in here: its hold outlasts whatever is still on its way
        if isinstance(answer.error, StoreError) and self._contain(job, call, answer.error, answer.seconds):
            return
        settled = self._settle(job, call)
        self._compare(job, call, answer, settled)

    def _owe(self, job: Job, call: Call, entity: Entity, keys: list[Key]) -> None:
        """PocketBase is about to be written where SQL was not: the debt goes on disk first."""
        known = {(obligation.entity, obligation.key) for obligation in (*job.obligations, *call.obligations)}
        unknown = [key for key in keys if (entity.name, key) not in known]
        if unknown:
            call.obligations.extend(self._journal.owe(entity.name, unknown, hold=self._timing.hold))

    def _contain(self, job: Job, call: Call, error: StoreError, seconds: float) -> bool:
        """Whether this error means that PocketBase is in trouble, so that the relay should go on later."""
        if isinstance(error, Fenced):
            # A key that SQL did not touch, after writes were paused: PocketBase was not asked, and must not be any more.
            return True
        if not isinstance(error, UNREACHED):
            self._breaker.succeeded()
            return False
        self._breaker.failed(after=seconds)
        seqs = [obligation.seq for obligation in (*job.obligations, *call.obligations)]
        if seqs:
            # A lost answer may still land: nobody may settle these keys before it has, or surely never will.
            lost = isinstance(error, AnswerLost)
            wait = self._timing.lost_wait if lost else error.retry_after or 0.0
            self._journal.postpone(seqs, seconds=wait, error=type(error).__name__)
        return True

    def _settle(self, job: Job, call: Call) -> Settled:
        self._breaker.succeeded()
        seqs: dict[tuple[str, Key], list[int]] = {place: [] for place in call.acknowledged}
        for obligation in (*job.obligations, *call.obligations):
            seqs.setdefault((obligation.entity, obligation.key), []).append(obligation.seq)
        settled = self._settler.settle(
            Debt(self._entities[name], key, tuple(owed), call.acknowledged.get((name, key), UNKNOWN))
            for (name, key), owed in seqs.items()
        )
        count_settled(self._metrics, "writer", settled)
        return settled

    def _compare(self, job: Job, call: Call, answer: Observation, settled: Settled) -> None:
        sql = Observation(job.answer.take(), seconds=job.seconds)
        found = compare(sql, answer, job.method.order)
        if settled.repaired and not found:
            # The answers agree, and what PocketBase's adapter wrote was not what SQL holds.
            found = [Difference(("rows",), Kind.VALUE, ABSENT, ABSENT)]
        if not found:
            # Asked of few: most contracts promise their order.
            unordered = job.method.order is Order.ANY and compare(sql, answer, Order.FIXED)
            outcome = Outcome.IGNORED if unordered else Outcome.EQUAL
        elif settled.restless or settled.failures or not self._copied() or self._are_others(job, call):
            outcome = Outcome.LAG  # PocketBase was behind before this write, or another write met it
        else:
            outcome = Outcome.CONFIRMED
        touched = [owed.key for owed in (*job.obligations, *call.obligations)]
        keys = tuple(dict.fromkeys([*touched, *(key for _, key in call.acknowledged)]))
        self._comparisons.add(Comparison(job.repository, job.method.name, outcome, tuple(found), keys))

    def _are_others(self, job: Job, call: Call) -> bool:
        """Whether another write to the same entities was owed at any time since this one began. What paid for it looked at SQL:
        PocketBase may then know half of this write before it is made there, and a difference proves nothing."""
        touched = {name for name, _ in call.acknowledged} | {owed.entity for owed in job.obligations}
        mine = [obligation.seq for obligation in (*job.obligations, *call.obligations)]
        return self._journal.others(
            touched or self._entities,
            seconds=self._clock() - job.begun,
            besides=mine,
            settled=self._payments.unsaid(before=job.begun),
        )

    def _count(self, job: Job, answer: Observation) -> None:
        place = (job.repository, job.method.name, "pocketbase")
        count_call(self._metrics, *place, seconds=answer.seconds, error=answer.error)


def count_settled(metrics: Metrics, by: str, settled: Settled) -> None:
    """Count what came of a settle."""
    failed = Counter((failure.debt.entity.name, "failed") for failure in settled.failures)
    for (entity, result), amount in (settled.counts + failed).items():
        metrics.add(SETTLED, entity, by, result, amount=amount)
