"""Shadow reads: behind the caller's back PocketBase is asked what SQL has just answered."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from time import monotonic
from typing import Any, NamedTuple, TypeAlias

from dualwrite.breaker import Breaker
from dualwrite.call import Call, calling
from dualwrite.compare import Difference, agree, digest, record_ids
from dualwrite.comparisons import Comparisons
from dualwrite.contract import Method
from dualwrite.entity import Key
from dualwrite.errors import UNREACHED
from dualwrite.kept import Kept
from dualwrite.metrics import Metrics
from dualwrite.metrics.calls import count_call
from dualwrite.metrics.catalogue import SHADOW
from dualwrite.observation import Comparison, Observation, Outcome, compare, observe
from dualwrite.ports import Journal

CLOCKS = 0.05
"""Seconds by which the database's clock may be coarser than ours."""


class Question(NamedTuple):
    """A read that SQL has answered: what was asked, and the digest of the answer as it was when it left."""

    repository: str
    method: Method
    arguments: Kept
    digest: bytes | None  # None: SQL raised
    error: str | None = None  # the name of what it raised

    @property
    def bytes(self) -> int:
        """About how much memory it keeps."""
        return self.arguments.bytes


Together: TypeAlias = Callable[
    [Sequence[Callable[[], Observation]], Callable[[], AbstractContextManager[None]]], list[Observation]
]
"""What makes calls that ask PocketBase, and each of their requests within the given context: `PocketBase.together`."""


class Shadow:
    """Asks PocketBase the same question, and both sides again where the answers differ.

    A difference counts as confirmed only after `tries` rounds in which both were asked anew, if in the last of them no
    obligation was open and SQL's answer did not move.
    """

    def __init__(
        self,
        sql: Mapping[str, Any],
        pocketbase: Mapping[str, Any],
        journal: Journal,
        entities: tuple[str, ...],
        *,
        breaker: Breaker,
        comparisons: Comparisons,
        metrics: Metrics,
        together: Together,
        tries: int = 3,
        pause: float = 0.2,
        give_up: float = 6.0,
    ) -> None:
        self._sql = sql
        self._pocketbase = pocketbase
        self._journal = journal
        self._entities = entities
        self._breaker = breaker
        self._comparisons = comparisons
        self._metrics = metrics
        self._together = together
        self._random = random.Random()  # noqa: S311 - a sample, not a secret
        self._tries = tries
        self._pause = pause
        self._give_up = give_up

    def ask(self, question: Question) -> Comparison | None:
        """Compare one read. None where PocketBase is being given a rest."""
        return None if self._skips(1) else self._judged(question, self._observe(question))

    def ask_all(self, questions: Sequence[Question]) -> None:
        """Compare several. One of them, drawn by lot, is asked by itself and timed; how long the others take together says nothing of
        any of them."""
        others = list(questions)
        first = self.ask(others.pop(self._random.randrange(len(others))))
        if first is not None and first.outcome is Outcome.FAILED:
            for question in others:  # while the breaker lets them: it counts calls
                self.ask(question)
            return
        if not others or self._skips(len(others)):
            return
        calls = [partial(observe, partial(self._call, question)) for question in others]
        for question, answer in zip(others, self._together(calls, self._under_way), strict=True):
            self._judged(question, answer)

    def _skips(self, questions: int) -> bool:
        """Whether PocketBase is being given a rest."""
        if not self._breaker.is_open:
            return False
        self._metrics.add(SHADOW, "read", "skipped", amount=questions)
        return True

    def _judged(self, question: Question, answer: Observation) -> Comparison:
        if isinstance(answer.error, UNREACHED):
            return self._done(question, Outcome.FAILED)
        if question.digest is None or answer.error is not None:
            same = question.error is not None and question.error == answer.outcome
            return self._done(question, Outcome.EQUAL) if same else self._ask_again(question)
        found = digest(answer.value, question.method.order)
        if not agree(found, question.digest):
            return self._ask_again(question)
        return self._done(question, Outcome.EQUAL if found == question.digest else Outcome.IGNORED)

    def _ask_again(self, question: Question) -> Comparison:
        begin = monotonic()
        known: list[Difference] | None = None
        ids: list[str] = []
        for attempt in range(self._tries):
            if attempt:
                time.sleep(self._pause * attempt)
            # SQL is asked on both sides of PocketBase. A write committed before the look at the journal is either owed
            # there or in PocketBase by now; one committed after it moves SQL's answer.
            before = self._observe_sql(question)
            owed = self._owed(0.0)
            # On a busy system something is always owed. What was owed at the first asking and is not any more has been
            # settled since; the very same difference is then not its doing.
            settled = owed and attempt > 0 and not self._owed(max(0.0, monotonic() - begin - CLOCKS))
            answer = self._observe(question)
            if isinstance(answer.error, UNREACHED):
                return self._done(question, Outcome.FAILED)
            sql = self._observe_sql(question)
            differing = compare(sql, answer, question.method.order)
            if not differing:
                return self._done(question, Outcome.TRANSIENT)
            moved = bool(compare(before, sql, question.method.order))
            confirmed = not moved and (not owed or (settled and differing == known))
            known, ids = differing, record_ids(sql.value, differing, question.method.order)
        if not confirmed:
            return self._done(question, Outcome.LAG)
        return self._done(question, Outcome.CONFIRMED, tuple(known or ()), tuple((one,) for one in ids))

    def _owed(self, seconds: float) -> bool:
        """Whether anything is owed that was written at least so many seconds ago."""
        return any(self._journal.open_for(entity, (), older_than=seconds) for entity in self._entities)

    def _observe_sql(self, question: Question) -> Observation:
        args, kwargs = question.arguments.take()
        return observe(getattr(self._sql[question.repository], question.method.name), *args, **kwargs)

    def _observe(self, question: Question) -> Observation:
        answer = observe(self._asked, question)
        place = (question.repository, question.method.name, "pocketbase")
        count_call(self._metrics, *place, seconds=answer.seconds, error=answer.error)
        return answer

    def _asked(self, question: Question) -> Any:
        with self._under_way():
            return self._call(question)

    def _call(self, question: Question) -> Any:
        args, kwargs = question.arguments.take()
        return getattr(self._pocketbase[question.repository], question.method.name)(*args, **kwargs)

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        """Inside, PocketBase is asked; the breaker hears how it goes."""
        begin = monotonic()
        try:
            with self._breaker.asking(), calling(Call(deadline=begin + self._give_up)):
                yield
        except UNREACHED:
            self._breaker.failed(after=monotonic() - begin)
            raise
        except Exception:
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()

    def _done(
        self,
        question: Question,
        outcome: Outcome,
        found: tuple[Difference, ...] = (),
        keys: tuple[Key, ...] = (),
    ) -> Comparison:
        comparison = Comparison(question.repository, question.method.name, outcome, found, keys)
        self._comparisons.add(comparison)
        return comparison
