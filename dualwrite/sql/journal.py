"""The journal: obligations that the triggers wrote, claimed, paid and postponed."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, TextClause, bindparam, text

from dualwrite.entity import Key, parse_key
from dualwrite.errors import Fenced
from dualwrite.phase import Phase
from dualwrite.ports import REMEMBERED, JournalState, Obligation, Waiting
from dualwrite.sql.database import Database
from dualwrite.sql.fence import holding_phase
from dualwrite.sql.floor import Floor
from dualwrite.sql.lenient import bindable, leniently, reading_leniently
from dualwrite.sql.names import chunks, now, qualified
from dualwrite.sql.tally import Tally

DUE_AMONG = 5_000
"""How many of the oldest, and of the newest, are looked at for those that are due."""
FOLDS = 4
"""How many folds follow each other at most: on SQLite the application's writers want their turn too."""


class SqlJournal:
    """`dualwrite.ports.Journal` on a database. Every time in it is the database's own.

    `remembered` is for how many seconds `others` knows of what was paid.
    """

    def __init__(
        self, database: Database, *, remembered: float = REMEMBERED, tally: Tally | None = None
    ) -> None:
        self.database = database
        self._remembered = remembered
        self._tally = tally or Tally(database)
        self._floor = Floor()
        sqlite = database.dialect == "sqlite"
        table, clock = qualified(database.schema, "dualwrite_obligation"), now(database.dialect)
        live = "paid = 0"
        free = f"{live} AND coalesce(not_before, 0) <= {clock} AND coalesce(lease_until, 0) <= {clock}"
        self._due = f"SELECT seq FROM {table} WHERE {free} AND seq >= :floor ORDER BY seq LIMIT "
        lease = f"UPDATE {table} SET owner = :owner, lease_until = {clock} + :lease"
        returning = "RETURNING seq, entity, key, attempts"
        self._claim_these = _expanding(f"{lease} WHERE seq IN :seqs AND {free} {returning}")
        # An array, since PostgreSQL then looks up each seq, however many rows it expects; and the locking query runs once.
        self._claim = (
            f"{lease} WHERE seq = ANY (ARRAY({self._due}{{limit}} FOR UPDATE SKIP LOCKED)) {returning}"
        )
        self._first = text(f"SELECT seq FROM {table} WHERE {live} ORDER BY seq LIMIT 1")
        self._phase = text(f"SELECT phase FROM {qualified(database.schema, 'dualwrite_control')}")
        self._owe = f"INSERT INTO {table} (entity, key, not_before) VALUES (:entity, ({{key}}), {clock} + :hold) RETURNING seq"
        # Whoever claimed it last: what another has claimed since is that one's debt.
        own = f"seq IN :seqs AND {live} AND owner {'IS' if sqlite else 'IS NOT DISTINCT FROM'} :owner"
        # The newest row stays, so that SQLite does not use its number again: see `schema`.
        newest = f"(SELECT max(seq) FROM {table})"
        counted = f"RETURNING entity, seq <= {self._tally.folded}"
        self._pay = _expanding(f"UPDATE {table} SET paid = 1, paid_at = {clock} WHERE {own} {counted}")
        one_each = f"SELECT max(seq) FROM {table} WHERE {own} GROUP BY entity"
        self._pay_most = _expanding(
            f"DELETE FROM {table} WHERE {own} AND seq < {newest} AND seq NOT IN ({one_each}) {counted}"
        )
        self._sweep = text(
            f"DELETE FROM {table} WHERE paid = 1 AND paid_at < {clock} - :kept AND seq < {newest}"
        )
        self._others = _expanding(
            f"SELECT 1 FROM {table} WHERE entity IN :entities AND (paid = 0 AND seq NOT IN :settled OR paid_at >= {clock} - :seconds) "
            "AND seq NOT IN :seqs LIMIT 1"
        )
        self._postpone = _expanding(
            f"UPDATE {table} SET not_before = {clock} + :seconds, lease_until = NULL, stuck = :stuck, "
            f"attempts = attempts + :failed, error = coalesce(:error, error) WHERE {own}"
        )
        self._of = f"SELECT DISTINCT key FROM {table} WHERE {live} AND entity = :entity AND created <= {clock} - :age"
        self._stuck_keys = text(
            f"SELECT entity, count(DISTINCT key) FROM {table} WHERE {live} AND stuck = 1 GROUP BY entity"
        )
        looked_at = " UNION ".join(
            f"SELECT * FROM (SELECT seq, entity, not_before, lease_until FROM {table} WHERE {live} "
            f"ORDER BY seq{way} LIMIT {DUE_AMONG}) AS {name}"
            for way, name in (("", "oldest"), (" DESC", "newest"))
        )
        self._due_now = text(
            f"SELECT entity, count(*) FROM ({looked_at}) AS looked_at WHERE coalesce(not_before, 0) <= {clock} "
            f"AND coalesce(lease_until, 0) <= {clock} GROUP BY entity"
        )
        self._stuck = text(
            f"SELECT seq, entity, key, attempts, coalesce(error, '') FROM {table} WHERE {live} AND stuck = 1 "
            "ORDER BY seq LIMIT :limit"
        )
        self._waiting = [
            text(
                f"SELECT entity, key, {clock} - created, attempts, coalesce(error, ''), stuck FROM {table} "
                f"WHERE {live} AND stuck = {stuck} ORDER BY seq LIMIT :limit"
            )
            for stuck in (1, 0)
        ]

    def owe(self, entity: str, keys: Collection[Key], *, hold: float) -> list[Obligation]:
        """Write an obligation for each key, committed before this returns; see `ports.Journal`."""
        with self.database.write() as connection:
            # As a trigger does: a change of phase waits for this transaction, or this one sees it.
            holding_phase(self.database, connection)
            if connection.scalar(self._phase) != Phase.DUAL:
                raise Fenced("PocketBase is not to be written behind SQL's back: the phase is not dual")
            seqs = [self._owe_one(connection, entity, key, hold) for key in keys]
        return [Obligation(seq, entity, key) for seq, key in zip(seqs, keys, strict=True)]

    def _owe_one(self, connection: Connection, entity: str, key: Key, hold: float) -> int:
        # The key's text by the database, as its triggers write it: JSON can be written in many ways, and it is looked for by text.
        statement = text(self._owe.format(key=self._key_text(key, "k")))
        values = {"entity": entity, "hold": hold} | _bound(key, "k")
        return int(connection.execute(statement, values).scalar_one())

    def claim(self, owner: str, *, limit: int, lease_seconds: float) -> list[Obligation]:
        """Take up to `limit` obligations, oldest first, that nobody holds; see `ports.Journal`."""
        values: dict[str, Any] = {"owner": owner, "lease": lease_seconds}
        floor = self._floor.now()
        rows = sorted(self._claimed(values | {"floor": floor}, limit))
        if rows:
            self._floor.rise(rows[-1][0] + 1)
        if not floor:
            with self.database.read() as connection:
                self._floor.looked(connection.scalar(self._first))
        return [Obligation(seq, entity, parse_key(key), attempts) for seq, entity, key, attempts in rows]

    def _claimed(self, values: dict[str, Any], limit: int) -> Sequence[Any]:
        # The number is part of the text: with a parameter the planner expects a tenth of all rows. It is one of a few.
        if self.database.dialect == "sqlite":
            # Looking must not cost the application its write lock.
            with self.database.read() as connection:
                due = connection.scalars(text(f"{self._due}{limit:d}"), values).all()
            if not due:
                return []
            statement, values = self._claim_these, values | {"seqs": due}
        else:
            statement = text(self._claim.format(limit=f"{limit:d}"))
        # One key that is not UTF-8 must not keep the others from being claimed; and this cannot be read a second time.
        with self.database.write() as connection, leniently(connection):
            return connection.execute(statement, values).all()

    def pay(self, seqs: Collection[int], *, owner: str | None = None) -> None:
        """Settle those of them that `owner` was the last to claim; see `ports.Journal`. Their rows go a little later."""
        for some in chunks(sorted(seqs)):
            values = {"seqs": some, "owner": owner, "kept": self._remembered}
            with self.database.write() as connection:
                self._tally.hold(connection)
                # A relay pays thousands, of which `others` need not know all: one of each entity does.
                paid = list(connection.execute(self._pay_most, values)) if owner is not None else []
                if len(paid) < len(some):
                    paid += connection.execute(self._pay, values)
                self._tally.take_off(connection, (entity for entity, folded in paid if folded))
                connection.execute(self._sweep, values)

    def fold(self) -> None:
        """Keep `state` cheap; see `ports.Journal` and `Tally`."""
        for _ in range(FOLDS):
            with self.database.read() as connection:
                if not self._tally.is_long(connection):
                    return
            with self.database.write() as connection:
                if not self._tally.fold(connection):
                    return

    def postpone(
        self,
        seqs: Collection[int],
        *,
        seconds: float,
        error: str | None,
        stuck: bool = False,
        owner: str | None = None,
    ) -> None:
        """Give these back, not to be claimed for `seconds`; see `ports.Journal`."""
        values: dict[str, Any] = {"seconds": seconds, "error": error, "stuck": int(stuck), "owner": owner}
        values["failed"] = int(error is not None)
        self._floor.lower(seqs, seconds)
        for some in chunks(sorted(seqs)):
            with self.database.write() as connection:
                connection.execute(self._postpone, values | {"seqs": some})

    def open_for(self, entity: str, keys: Collection[Key], *, older_than: float = 0.0) -> bool:
        """Whether any obligation of that age is open for these keys, or for the entity; see `ports.Journal`."""
        if keys:
            return bool(self._open_among(entity, keys, older_than))
        with self.database.read() as connection:
            age = self._tally.oldest(connection, entity)
        return age is not None and age >= older_than

    def open_among(self, entity: str, keys: Collection[Key]) -> set[Key]:
        """Those of these keys that any obligation is open for. It reads the journal once for some hundreds of them."""
        return self._open_among(entity, keys, 0.0)

    def _open_among(self, entity: str, keys: Collection[Key], age: float) -> set[Key]:
        found: set[Key] = set()
        for some in chunks(list(dict.fromkeys(keys))):
            # Whether PostgreSQL or SQLite, it writes the JSON text of a key here as it did in the trigger.
            among = " UNION ALL ".join(self._key_text(key, f"k{at}") for at, key in enumerate(some))
            values: dict[str, Any] = {"entity": entity, "age": age}
            for at, key in enumerate(some):
                values |= _bound(key, f"k{at}")
            statement = text(f"{self._of} AND key IN ({among})")
            with self.database.read() as connection, leniently(connection):
                found.update(map(parse_key, connection.scalars(statement, values)))
        return found

    def _key_text(self, key: Key, name: str) -> str:
        # In a SELECT of its own: the function is not immutable, and would otherwise be called for every row.
        parts = ", ".join(f"CAST(:{name}_{n} AS TEXT)" for n in range(len(key)))
        if self.database.dialect == "sqlite":
            return f"SELECT json_array({parts})"
        return f"SELECT CAST(pg_catalog.json_build_array({parts}) AS TEXT)"

    def others(
        self,
        entities: Collection[str],
        *,
        seconds: float,
        besides: Collection[int],
        settled: Collection[int] = (),
    ) -> bool:
        """Whether, besides these, any is open for one of those entities or was within the last `seconds`."""
        values = {
            "entities": list(entities),
            "seconds": seconds,
            "seqs": list(besides) or [-1],
            "settled": list(settled) or [-1],
        }
        with self.database.read() as connection:
            return connection.scalar(self._others, values) is not None

    def state(self) -> list[JournalState]:
        """One entry per entity that has open obligations. What it costs does not grow with them where somebody folds."""
        for last in (False, True):
            with self.database.read() as connection:
                found = self._tally.open(connection)
                stuck = {row[0]: row[1] for row in connection.execute(self._stuck_keys)}
                due = {row[0]: row[1] for row in connection.execute(self._due_now)}
                wrong = self._tally.is_wrong(connection, found)
            if not wrong:
                break
            if not last:
                continue  # on PostgreSQL maybe written between two of these queries
            with self.database.write() as connection:
                self._tally.forget(connection)
            with self.database.read() as connection:
                found = self._tally.open(connection)
        return [
            JournalState(
                entity, counted.open, max(0.0, counted.oldest), stuck.get(entity, 0), due.get(entity, 0)
            )
            for entity, counted in found.items()
        ]

    def stuck(self, limit: int = 100) -> list[tuple[Obligation, str]]:
        """The stuck obligations, oldest first, with the label of their last error."""
        with self.database.read() as connection:
            rows = reading_leniently(
                connection, lambda: connection.execute(self._stuck, {"limit": limit}).all()
            )
        return [
            (Obligation(seq, entity, parse_key(key), attempts), error)
            for seq, entity, key, attempts, error in rows
        ]

    def waiting(self, limit: int = 100) -> list[Waiting]:
        """Open obligations by key, stuck ones first, then the oldest."""
        rows: list[Any] = []
        with self.database.read() as connection:
            for statement in self._waiting:
                values = {"limit": limit - len(rows)}
                rows += reading_leniently(connection, functools.partial(_all, connection, statement, values))
        return [
            Waiting(entity, parse_key(key), max(0.0, seconds), attempts, error, bool(stuck))
            for entity, key, seconds, attempts, error, stuck in rows
        ]


def _all(connection: Connection, statement: TextClause, values: dict[str, Any]) -> Sequence[Any]:
    return connection.execute(statement, values).all()


def _bound(key: Key, name: str) -> dict[str, Any]:
    return {f"{name}_{n}": bindable(part) for n, part in enumerate(key)}


def _expanding(statement: str) -> TextClause:
    expanding: list[BindParameter[Any]] = [
        bindparam(name, expanding=True) for name in ("seqs", "entities", "settled") if f":{name}" in statement
    ]
    return text(statement).bindparams(*expanding)
