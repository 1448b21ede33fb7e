"""What one worker owns and what it may look at: the rows that its calls are about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any

from dualwrite.entity import Key
from dualwrite.errors import Fenced, Frozen, Refused, Unavailable
from repos.entities import ENTITIES
from repos.rehearsal.ledger import Ledger, Place
from repos.rehearsal.names import drawn_id
from repos.rehearsal.sights import Seen, Sights
from repos.rehearsal.supply import Supply

# Nothing was written, by the word of whoever raised it. `ValueError` is pydantic's for a form it refuses.
_NOT_WRITTEN = (Refused, Fenced, Unavailable, Frozen, ValueError)
_KEYS = {entity.name: entity.key_of for entity in ENTITIES}
_USERS = 5  # whose rows are this worker's
_OWN = 0.25  # of what is read; the rest was there before and nobody writes it
_MOST = {"user": 8, "group": 30, "model": 30, "tag": 200}
_MOST_OTHERS = 60


class Lacking(Exception):
    """The worker owns no such row yet."""

    def __init__(self, entity: str) -> None:
        super().__init__(entity)
        self.entity = entity


class Estate:
    """Rows that no other worker writes, as this one was last told they are: generated text or parsed JSON, and without the
    columns that nobody told.

    `users` are its own users' ids, signed up or not.
    """

    def __init__(self, rng: Random, ledger: Ledger, sights: Sights) -> None:
        self.rng = rng
        self.supply = Supply(rng, sights.dialect)
        self.dialect = sights.dialect
        self.users = [drawn_id(rng) for _ in range(_USERS)]
        self._ledger = ledger
        self._sights = sights
        self._rows: dict[str, dict[Key, Seen]] = {entity.name: {} for entity in ENTITIES}

    def rows(self, entity: str, **values: object) -> dict[Place, Seen]:
        """The own rows that have these values."""
        return {
            (entity, key): row
            for key, row in self._rows[entity].items()
            if all(row[name] == value for name, value in values.items())
        }

    def row(self, place: Place) -> Seen | None:
        """One own row, or None."""
        entity, key = place
        return self._rows[entity].get(key)

    def full(self, entity: str) -> bool:
        """Whether there are enough of them, so that one is to go for each that comes."""
        return len(self._rows[entity]) >= _MOST.get(entity, _MOST_OTHERS)

    def pick(
        self, entity: str, fits: Callable[[Seen], object] = bool, *, rather: Callable[[Seen], object] = bool
    ) -> Seen:
        """An own row to write to, if there are such one that is `rather` the right one. Raises `Lacking`."""
        found = [row for row in self._rows[entity].values() if fits(row)]
        if not found:
            raise Lacking(entity)
        return self.rng.choice([row for row in found if rather(row)] or found)

    def seen(self, entity: str, fits: Callable[[Seen], object] = bool) -> Seen:
        """A row to read: mostly one that was there before. Raises `Lacking`."""
        before = [row for row in self._sights.rows[entity] if fits(row)]
        mine = not before or (bool(self._rows[entity]) and self.rng.random() < _OWN)
        found = [row for row in self._rows[entity].values() if fits(row)] if mine else before
        if not (found or before):
            raise Lacking(entity)
        return self.rng.choice(found or before)

    def glimpse(self, entity: str) -> Seen | None:
        """As `seen`; None where there is no row at all."""
        try:
            return self.seen(entity)
        except Lacking:
            return None

    def someone(self) -> str:
        """A user to read about, by id."""
        before = self._sights.rows["user"]
        if not before or self.rng.random() < _OWN:
            return self.rng.choice(self.users)
        return str(self.rng.choice(before)["id"])

    def owner(self) -> str:
        """An own user's id."""
        return self.rng.choice(self.users)

    @contextmanager
    def writing(self, places: Collection[Place]) -> Iterator[None]:
        """A write that may touch these rows; inside, once it has answered, say what `is_now` so.

        An error that leaves open what was done makes the rows doubtful; a row of which nothing is said was not written.
        """
        for entity, key in places:
            self._ledger.intend(entity, key)
        try:
            yield
        except BaseException as error:
            for entity, key in places:
                if isinstance(error, _NOT_WRITTEN):
                    self._ledger.withdraw(entity, key)
                else:
                    self._ledger.doubt(entity, key)
                    self._rows[entity].pop(key, None)
            raise
        for entity, key in places:
            self._ledger.withdraw(entity, key)

    def is_now(self, place: Place, row: Seen | None) -> None:
        """This was written; None: it is gone."""
        entity, key = place
        if row is None:
            self._rows[entity].pop(key, None)
            self._ledger.deleted(entity, key)
        else:
            self._rows[entity][key] = row
            self._ledger.put(entity, row)


def place_of(entity: str, row: Mapping[str, Any]) -> Place:
    """Where a row belongs."""
    return entity, _KEYS[entity](row)
