"""Settle: the look that whoever writes to PocketBase owes afterwards.

One routine serves the writer, the relay, the backfill and the repair of a verify. A debt is paid only when the SQL row,
read *after* PocketBase acknowledged a write, equals what that write put there; otherwise the SQL row is written over it and
looked at again. `tests/model` explores why nothing less is enough.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final, Literal

from dualwrite.chunks import rows_bytes
from dualwrite.codec import canonical, to_record
from dualwrite.entity import Entity, Key, Row
from dualwrite.errors import (
    AnswerLost,
    ConfigurationError,
    DualwriteError,
    Refused,
    StoreError,
    Unrepresentable,
    label,
)
from dualwrite.ports import Journal, Reader, Writer

log = logging.getLogger(__name__)


LOST_WAIT = 30.0
"""Seconds: longer than a server could still be working on a request whose answer was lost."""


MOST_LOGGED = 10
"""Refused rows of one request that are logged one by one."""


class Unknown(Enum):
    """What PocketBase holds is not known, so the row is written before it is looked at."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
Wrote = Row | None | Literal[Unknown.UNKNOWN]


@dataclass(frozen=True, slots=True)
class Debt:
    """One key that is owed a look. `wrote` is what PocketBase last acknowledged; `seqs` are the obligations it pays."""

    entity: Entity
    key: Key
    seqs: tuple[int, ...] = ()
    wrote: Wrote = UNKNOWN
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """A debt that could not be paid now, and why."""

    debt: Debt
    error: DualwriteError


@dataclass(slots=True)
class Settled:
    """What came of it: keys found equal, how many of these had to be written over first, debts that failed, and debts whose
    key kept changing for as long as anybody looked: those are still owed, with an obligation or without. `counts` has the paid
    ones by entity and result (`equal`, `repaired`)."""

    paid: int = 0
    repaired: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    restless: list[Debt] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    read_bytes: int = 0
    """About how much was read from SQL at a time."""

    def add(self, other: Settled) -> None:
        """What came of other debts."""
        self.paid += other.paid
        self.repaired += other.repaired
        self.counts.update(other.counts)
        self.restless += other.restless
        self.failures += other.failures
        self.read_bytes = max(self.read_bytes, other.read_bytes)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before a failed debt is tried again, in seconds."""

    unavailable: float = 1.0
    lost: float = LOST_WAIT
    refused: float = 30.0
    most: float = 600.0

    def after(self, error: DualwriteError, attempts: int) -> float:
        """Seconds until the next try, given how often it failed before."""
        if isinstance(error, AnswerLost):
            return self.lost
        if isinstance(error, Refused):
            return min(self.most, self.refused * 2.0 ** min(attempts, 10))
        wished = error.retry_after if isinstance(error, StoreError) and error.retry_after else 0.0
        return max(wished, min(self.unavailable * 2.0 ** min(attempts, 5), self.most))


class Settler:
    """Pays debts. `source` is SQL, `target` PocketBase; without a journal there are no obligations to delete.

    `pay` takes what a writer has paid, to be deleted later; by default it is deleted at once. `looks=False` switches the look off. It exists for the test that shows what goes wrong without it.
    """

    def __init__(
        self,
        source: Reader,
        target: Writer,
        journal: Journal | None,
        *,
        patience: Patience | None = None,
        rounds: int = 20,
        looks: bool = True,
        pay: Callable[[Collection[int]], None] | None = None,
    ) -> None:
        self._source = source
        self._target = target
        self._journal = journal
        self._patience = patience or Patience()
        self._rounds = rounds
        self._looks = looks
        self._pay_later = pay

    def settle(
        self,
        debts: Iterable[Debt],
        seen: Mapping[Key, Row] | None = None,
        *,
        owner: str | None = None,
    ) -> Settled:
        """Pay these debts. `seen` spares the first read where the caller has just read every row of one entity; `owner` is
        who claimed the obligations, None for the writer they were written for.

        What PocketBase fails to do is in the answer, and its obligations are postponed. Raises `StoreError` only where SQL
        or its journal fails: then the obligations are as they were.
        """
        settled = Settled()
        pending = list(debts)
        differed: set[tuple[str, Key]] = set()
        for _ in range(self._rounds):
            if not pending:
                return settled
            rows = self._rows(pending) if seen is None else _of_one_entity(pending, seen)
            seen = None
            read = sum(rows_bytes(list(found.values())) for found in rows.values())
            settled.read_bytes = max(settled.read_bytes, read)
            equal = [debt for debt in pending if self._is_equal(debt, rows[debt.entity.name].get(debt.key))]
            self._pay(equal, owner)
            settled.paid += len(equal)
            paid = {(debt.entity.name, debt.key) for debt in equal}
            settled.repaired += len(paid & differed)
            settled.counts.update((place[0], "repaired" if place in differed else "equal") for place in paid)
            unequal = [debt for debt in pending if (debt.entity.name, debt.key) not in paid]
            differed.update((debt.entity.name, debt.key) for debt in unequal if debt.wrote is not UNKNOWN)
            pending = self._write_over(unequal, rows, settled, owner)
        # Somebody keeps writing this key. Its last write here is not looked at yet, so the debt stays.
        settled.restless = pending
        self._postpone(pending, self._patience.unavailable, None, owner)
        return settled

    def _is_equal(self, debt: Debt, row: Row | None) -> bool:
        if debt.wrote is UNKNOWN:
            return False
        if not self._looks or debt.wrote == row:
            return True
        if debt.wrote is None or row is None:
            return False
        try:
            return canonical(debt.entity, debt.wrote) == canonical(debt.entity, row)
        except ValueError:
            return False  # not valid JSON in SQL: writing it over will name the row

    def _rows(self, debts: Sequence[Debt]) -> dict[str, dict[Key, Row]]:
        keys: dict[str, list[Key]] = defaultdict(list)
        entities: dict[str, Entity] = {}
        for debt in debts:
            keys[debt.entity.name].append(debt.key)
            entities[debt.entity.name] = debt.entity
        return {name: self._source.read(entities[name], keys[name]) for name in keys}

    def _write_over(
        self,
        debts: Sequence[Debt],
        rows: Mapping[str, Mapping[Key, Row]],
        settled: Settled,
        owner: str | None,
    ) -> list[Debt]:
        by_entity: dict[str, list[Debt]] = defaultdict(list)
        for debt in debts:
            by_entity[debt.entity.name].append(debt)
        done: list[Debt] = []
        for name, group in by_entity.items():
            present = [debt for debt in group if debt.key in rows[name]]
            absent = [debt for debt in group if debt.key not in rows[name]]
            failures = self._send(present, rows[name]) + self._send(absent, {})
            failed = {failure.debt.key for failure in failures}
            self._report(failures, owner)
            settled.failures += failures
            done += [
                Debt(debt.entity, debt.key, debt.seqs, rows[name].get(debt.key), debt.attempts)
                for debt in group
                if debt.key not in failed
            ]
        return done

    def _send(self, debts: list[Debt], rows: Mapping[Key, Row]) -> list[Failure]:
        """Write these rows, or delete these keys where there are no rows. A refused batch is halved until the row is found."""
        if not debts:
            return []
        entity = debts[0].entity
        try:
            if rows:
                self._target.put(entity, [rows[debt.key] for debt in debts])
            else:
                self._target.delete(entity, [debt.key for debt in debts])
        except Unrepresentable as error:
            # All of them at once: one after another, a thousand would each cost a new encoding of all the others.
            poison = {error.key: error} | _unrepresentable(entity, debts, rows)
            rest = [debt for debt in debts if debt.key not in poison]
            failures = [Failure(debt, poison[debt.key]) for debt in debts if debt.key in poison]
            return failures + self._send(rest, rows)
        except Refused as error:
            if len(debts) == 1:
                return [Failure(debts[0], error)]
            half = len(debts) // 2
            return self._send(debts[:half], rows) + self._send(debts[half:], rows)
        except (StoreError, ConfigurationError) as error:
            # What a person has to mend in one collection must not keep the rows of the others.
            return [Failure(debt, error) for debt in debts]
        return []

    def _report(self, failures: Sequence[Failure], owner: str | None) -> None:
        """Postpone what failed: what waits equally long for the same reason in one go."""
        alike: dict[tuple[float, str, bool], list[Debt]] = defaultdict(list)
        for failure in failures:
            seconds = self._patience.after(failure.error, failure.debt.attempts)
            alike[seconds, label(failure.error), isinstance(failure.error, Refused)].append(failure.debt)
        for (seconds, error, stuck), debts in alike.items():
            self._postpone(debts, seconds, error, owner, stuck=stuck)
        refused = [failure for failure in failures if isinstance(failure.error, Refused)]
        for failure in refused[:MOST_LOGGED]:
            log.warning("PocketBase refuses a row of %s: %s", failure.debt.entity.name, failure.error)
        if len(refused) > MOST_LOGGED:
            log.warning(
                "PocketBase refuses %d more; `dualwrite status` names them", len(refused) - MOST_LOGGED
            )

    def _pay(self, debts: Sequence[Debt], owner: str | None) -> None:
        seqs = [seq for debt in debts for seq in debt.seqs]
        if seqs and self._pay_later is not None and owner is None:
            self._pay_later(seqs)
        elif seqs and self._journal is not None:
            self._journal.pay(seqs, owner=owner)

    def _postpone(
        self,
        debts: Sequence[Debt],
        seconds: float,
        error: str | None,
        owner: str | None,
        *,
        stuck: bool = False,
    ) -> None:
        seqs = [seq for debt in debts for seq in debt.seqs]
        if seqs and self._journal is not None:
            self._journal.postpone(seqs, seconds=seconds, error=error, stuck=stuck, owner=owner)


def _unrepresentable(
    entity: Entity, debts: Iterable[Debt], rows: Mapping[Key, Row]
) -> dict[Key, Unrepresentable]:
    found: dict[Key, Unrepresentable] = {}
    for debt in debts:
        if debt.key in rows:
            try:
                to_record(entity, rows[debt.key])
            except Unrepresentable as error:
                found[debt.key] = error
    return found


def _of_one_entity(debts: Sequence[Debt], rows: Mapping[Key, Row]) -> dict[str, dict[Key, Row]]:
    return {debt.entity.name: dict(rows) for debt in debts[:1]}


def owe_again(journal: Journal, places: Iterable[tuple[str, Key]], *, hold: float) -> None:
    """For whoever finds that its hold or its lease has run out while it was at work.

    1. A process looks at its clock, may still send, and is stopped before the request has left.
    2. Its hold ends. A relay pays what it owed; others write the key, look, and pay.
    3. It goes on, and its request puts an old row over theirs. Nothing is owed any more.

    So what it may have written is owed anew, for as long as its last answer may have been lost.
    """
    keys: dict[str, list[Key]] = defaultdict(list)
    for entity, key in places:
        keys[entity].append(key)
    for entity, found in keys.items():
        journal.owe(entity, found, hold=hold)


def raise_for_person(settled: Settled) -> None:
    """For a command that somebody waits for: raises the first `ConfigurationError` among the failures."""
    for failure in settled.failures:
        if isinstance(failure.error, ConfigurationError):
            raise failure.error


def merge(debts: Iterable[Debt]) -> list[Debt]:
    """One debt per key: the obligations joined, what was written forgotten unless all agree."""
    found: dict[tuple[str, Key], list[Debt]] = defaultdict(list)
    for debt in debts:
        found[debt.entity.name, debt.key].append(debt)
    return [_joined(of_one_key) for of_one_key in found.values()]


def _joined(debts: list[Debt]) -> Debt:
    first = debts[0]
    return replace(
        first,
        seqs=tuple(seq for debt in debts for seq in debt.seqs),
        wrote=first.wrote if all(debt.wrote == first.wrote for debt in debts) else UNKNOWN,
        attempts=max(debt.attempts for debt in debts),
    )
