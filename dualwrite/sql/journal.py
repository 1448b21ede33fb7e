"""The journal: obligations that the triggers wrote, claimed, paid and postponed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, TextClause, bindparam, text

from dualwrite.entity import Key, key_text, parse_key
from dualwrite.errors import Fenced
from dualwrite.phase import Phase
from dualwrite.ports import REMEMBERED, JournalState, Obligation, Waiting
from dualwrite.sql.database import Database
from dualwrite.sql.fence import holding_phase
from dualwrite.sql.lenient import bindable, leniently, reading_leniently
from dualwrite.sql.names import chunks, now, qualified


class SqlJournal:
    """`dualwrite.ports.Journal` on a database. Every time in it is the database's own.

    `remembered` is for how many seconds `others` knows of what was paid.
    """

    def __init__(self, database: Database, *, remembered: float = REMEMBERED) -> None:
        self.database = database
        self._remembered = remembered
        sqlite = database.dialect == "sqlite"
        table, clock = qualified(database.schema, "dualwrite_obligation"), now(database.dialect)
        live = "paid = 0"
        due = (
            f"SELECT seq FROM {table} WHERE {live} AND coalesce(not_before, 0) <= {clock} "
            f"AND coalesce(lease_until, 0) <= {clock} ORDER BY seq LIMIT :limit"
        )
        lease = f"UPDATE {table} SET owner = :owner, lease_until = {clock} + :lease"
        returning = "RETURNING seq, entity, key, attempts"
        self._any_due = text(due)
        self._claim = text(
            f"{lease} WHERE seq IN ({due}) {returning}"
            if sqlite
            # MATERIALIZED: the planner may otherwise run the locking query more than once and lease more than asked.
            else f"WITH due AS MATERIALIZED ({due} FOR UPDATE SKIP LOCKED) {lease} "
            f"WHERE seq IN (SELECT seq FROM due) {returning}"
        )
        self._phase = text(f"SELECT phase FROM {qualified(database.schema, 'dualwrite_control')}")
        self._owe = text(
            f"INSERT INTO {table} (entity, key, not_before) VALUES (:entity, :key, {clock} + :hold) RETURNING seq"
        )
        # Whoever claimed it last: what another has claimed since is that one's debt.
        own = f"seq IN :seqs AND owner {'IS' if sqlite else 'IS NOT DISTINCT FROM'} :owner"
        self._pay = _expanding(f"UPDATE {table} SET paid = 1 WHERE {own}")
        # The newest row stays, so that SQLite does not use its number again: see `schema`.
        self._sweep = text(
            f"DELETE FROM {table} WHERE paid = 1 AND created < {clock} - :kept AND seq < (SELECT max(seq) FROM {table})"
        )
        self._others = _expanding(
            f"SELECT 1 FROM {table} WHERE entity = :entity AND (paid = 0 OR created >= {clock} - :seconds) "
            "AND seq NOT IN :seqs LIMIT 1"
        )
        self._postpone = _expanding(
            f"UPDATE {table} SET not_before = {clock} + :seconds, lease_until = NULL, stuck = :stuck, "
            f"attempts = attempts + :failed, error = coalesce(:error, error) WHERE {own}"
        )
        self._of = f"SELECT 1 FROM {table} WHERE {live} AND entity = :entity AND created <= {clock} - :age"
        self._state = text(
            f"SELECT entity, count(*), {clock} - min(created), count(DISTINCT CASE WHEN stuck = 1 THEN key END), "
            f"count(CASE WHEN coalesce(not_before, 0) <= {clock} AND coalesce(lease_until, 0) <= {clock} THEN 1 END) "
            f"FROM {table} WHERE {live} GROUP BY entity ORDER BY entity"
        )
        self._stuck = text(
            f"SELECT seq, entity, key, attempts, coalesce(error, '') FROM {table} WHERE {live} AND stuck = 1 "
            "ORDER BY seq LIMIT :limit"
        )
        self._waiting = text(
            f"SELECT entity, key, {clock} - created, attempts, coalesce(error, ''), stuck FROM {table} WHERE {live} "
            "ORDER BY stuck DESC, seq LIMIT :limit"
        )

    def owe(self, entity: str, keys: Collection[Key], *, hold: float) -> list[Obligation]:
        """Write an obligation for each key, committed before this returns; see `ports.Journal`."""
        with self.database.write() as connection:
            # As a trigger does: a change of phase waits for this transaction, or this one sees it.
            holding_phase(self.database, connection)
            if connection.scalar(self._phase) != Phase.DUAL:
                raise Fenced("PocketBase is not to be written behind SQL's back: the phase is not dual")
            owed = [{"entity": entity, "key": key_text(key), "hold": hold} for key in keys]
            seqs = [connection.execute(self._owe, values).scalar_one() for values in owed]
        return [Obligation(seq, entity, key) for seq, key in zip(seqs, keys, strict=True)]

    def claim(self, owner: str, *, limit: int, lease_seconds: float) -> list[Obligation]:
        """Take up to `limit` obligations, oldest first, that nobody holds; see `ports.Journal`."""
        due: dict[str, Any] = {"limit": 1}
        if self.database.dialect == "sqlite":
            with self.database.read() as connection:
                if connection.scalar(self._any_due, due) is None:
                    return []  # looking must not cost the application its write lock
        values = due | {"limit": limit, "owner": owner, "lease": lease_seconds}
        # One key that is not UTF-8 must not keep the others from being claimed; and this cannot be read a second time.
        with self.database.write() as connection, leniently(connection):
            rows = connection.execute(self._claim, values).all()
        return [
            Obligation(seq, entity, parse_key(key), attempts) for seq, entity, key, attempts in sorted(rows)
        ]

    def pay(self, seqs: Collection[int], *, owner: str | None = None) -> None:
        """Settle those of them that `owner` was the last to claim; see `ports.Journal`. Their rows go a little later."""
        for some in chunks(sorted(seqs)):
            with self.database.write() as connection:
                connection.execute(self._pay, {"seqs": some, "owner": owner})
                connection.execute(self._sweep, {"kept": self._remembered})

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
        for some in chunks(sorted(seqs)):
            with self.database.write() as connection:
                connection.execute(self._postpone, values | {"seqs": some})

    def open_for(self, entity: str, keys: Collection[Key], *, older_than: float = 0.0) -> bool:
        """Whether any obligation of that age is open for these keys, or for the entity; see `ports.Journal`."""
        asked = {"entity": entity, "age": older_than}
        with self.database.read() as connection:
            if not keys:
                return connection.scalar(text(f"{self._of} LIMIT 1"), asked) is not None
            # Whether PostgreSQL or SQLite, it writes the JSON text of a key here as it did in the trigger.
            for some in chunks(list(dict.fromkeys(keys))):
                any_of = " OR ".join(self._key_is(key, f"k{at}") for at, key in enumerate(some))
                values = {
                    f"k{at}_{n}": bindable(part) for at, key in enumerate(some) for n, part in enumerate(key)
                }
                found = connection.scalar(text(f"{self._of} AND ({any_of}) LIMIT 1"), values | asked)
                if found is not None:
                    return True
        return False

    def _key_is(self, key: Key, name: str) -> str:
        # In a SELECT of its own: the function is not immutable, and would otherwise be called for every row.
        parts = ", ".join(f"CAST(:{name}_{n} AS TEXT)" for n in range(len(key)))
        if self.database.dialect == "sqlite":
            return f"key = (SELECT json_array({parts}))"
        return f"key = (SELECT CAST(pg_catalog.json_build_array({parts}) AS TEXT))"

    def others(self, entity: str, *, seconds: float, besides: Collection[int]) -> bool:
        """Whether, besides these, any is open for that entity or was written within the last `seconds`."""
        values = {"entity": entity, "seconds": seconds, "seqs": list(besides) or [-1]}
        with self.database.read() as connection:
            return connection.scalar(self._others, values) is not None

    def state(self) -> list[JournalState]:
        """One entry per entity that has open obligations."""
        with self.database.read() as connection:
            rows = connection.execute(self._state).all()
        return [
            JournalState(entity, count, max(0.0, oldest), stuck, due)
            for entity, count, oldest, stuck, due in rows
        ]

    def stuck(self, limit: int = 100) -> list[tuple[Obligation, str]]:
        """The stuck obligations with the class name of their last error."""
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
        with self.database.read() as connection:
            rows = reading_leniently(
                connection, lambda: connection.execute(self._waiting, {"limit": limit}).all()
            )
        return [
            Waiting(entity, parse_key(key), max(0.0, seconds), attempts, error, bool(stuck))
            for entity, key, seconds, attempts, error, stuck in rows
        ]


def _expanding(statement: str) -> TextClause:
    expanding: list[BindParameter[Any]] = [bindparam("seqs", expanding=True)] if ":seqs" in statement else []
    return text(statement).bindparams(*expanding)
