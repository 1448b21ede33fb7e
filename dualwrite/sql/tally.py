"""How many obligations are open, without counting them all each time.

An index over every open row would be paid for by every write of the application, and an hour's outage leaves 700,000 rows. So
the rows up to a seq, `folded`, are counted once, by whoever relays; who pays one of them takes it off in the same transaction;
and only what is behind `folded` is counted when somebody asks. The sum is exact:

- A fold and a payment exclude each other: by SQLite's write lock, on PostgreSQL by an advisory lock that payers share.
- No row may turn up at or below `folded` later. On SQLite the newest row is the last. PostgreSQL's transactions commit in
  another order than they draw a seq, so a fold goes only as far as the seq that had been drawn (`upto`) when every
  transaction of that moment was below `horizon`, and waits until all of them have ended.
- Should somebody delete obligations by hand, the first open row and the sums contradict each other, and all is counted anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from dualwrite.sql.database import Database
from dualwrite.sql.names import lock_key, now, qualified

FOLD_ABOVE = 5_000
"""So many rows are counted whenever somebody asks; a fold takes in what is more."""
FOLD_ROWS = 10_000
"""A fold counts no more at a time: on SQLite it holds the write lock meanwhile."""
_LOCK_CLASS = 0x64756C74  # "dult"


@dataclass(frozen=True, slots=True)
class Counted:
    """One entity's open obligations: how many, the age of the oldest in seconds, and a seq that none of them is below."""

    open: int
    oldest: float
    since: int


class Tally:
    """Counts of one database's journal. Every method runs in the caller's transaction."""

    def __init__(
        self, database: Database, *, fold_above: int = FOLD_ABOVE, fold_rows: int = FOLD_ROWS
    ) -> None:
        self._fold_above = fold_above
        self._postgresql = database.dialect == "postgresql"
        table = qualified(database.schema, "dualwrite_obligation")
        tally = qualified(database.schema, "dualwrite_tally")
        folded = qualified(database.schema, "dualwrite_folded")
        clock = now(database.dialect)
        self.folded = f"(SELECT seq FROM {folded})"
        self._lock = {"class": _LOCK_CLASS, "key": lock_key(database.schema)}
        behind = f"FROM {table} WHERE paid = 0 AND seq > {self.folded}"
        self._open = text(
            "SELECT entity, CAST(sum(open) AS bigint), min(since) FROM ("
            f"SELECT entity, open, since FROM {tally} WHERE open > 0 UNION ALL "
            f"SELECT entity, count(*), min(seq) {behind} GROUP BY entity) AS counted GROUP BY entity ORDER BY entity"
        )
        self._oldest = text(
            f"SELECT {clock} - created FROM {table} WHERE paid = 0 AND entity = :entity AND seq >= :since "
            "ORDER BY seq LIMIT 1"
        )
        self._since = text(
            f"SELECT coalesce((SELECT since FROM {tally} WHERE entity = :entity AND open > 0), {self.folded} + 1)"
        )
        self._first = text(f"SELECT seq, entity FROM {table} WHERE paid = 0 ORDER BY seq LIMIT 1")
        self._take_off = text(f"UPDATE {tally} SET open = open - :paid WHERE entity = :entity")
        self._where = text(f"SELECT seq, upto FROM {folded}")
        self._long = text(
            f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE seq > :folded LIMIT {fold_above + 1}) AS behind"
        )
        self._ended = text(
            f"SELECT horizon <= pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()) FROM {folded}"
        )
        drawn = (
            f"(SELECT last_value FROM {qualified(database.schema, 'dualwrite_obligation_seq_seq')})"
            if self._postgresql
            else f"(SELECT coalesce(max(seq), 0) FROM {table})"
        )
        self._drawn = text(f"UPDATE {folded} SET upto = {drawn}")
        self._horizon = text(
            f"UPDATE {folded} SET horizon = pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())"
        )
        self._end = text(
            f"SELECT max(seq) FROM (SELECT seq FROM {table} WHERE seq > :folded AND seq <= :upto "
            f"ORDER BY seq LIMIT {fold_rows}) AS step"
        )
        self._add = text(
            f"INSERT INTO {tally} AS counted (entity, open, since) SELECT entity, count(*), min(seq) FROM {table} "
            "WHERE paid = 0 AND seq > :folded AND seq <= :end GROUP BY entity ON CONFLICT (entity) DO UPDATE SET "
            "since = CASE WHEN counted.open > 0 THEN counted.since ELSE excluded.since END, "
            "open = counted.open + excluded.open"
        )
        self._fold = text(f"UPDATE {folded} SET seq = :end")
        # Rows deleted by hand leave a rest that nobody takes off: it goes when there is nothing that it could stand for.
        self._clear = text(
            f"DELETE FROM {tally} WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE paid = 0 AND seq <= :folded)"
        )
        self._forget = [text(f"DELETE FROM {tally}"), text(f"UPDATE {folded} SET seq = 0, upto = 0")]

    def open(self, connection: Connection) -> dict[str, Counted]:
        """What is open, per entity that has any."""
        found: dict[str, Counted] = {}
        for entity, count, since in connection.execute(self._open).all():
            age = connection.scalar(self._oldest, {"entity": entity, "since": since})
            if age is not None:
                found[entity] = Counted(count, age, since)
        return found

    def oldest(self, connection: Connection, entity: str) -> float | None:
        """The age in seconds of the entity's oldest open obligation; None where none is open."""
        since = connection.scalar(self._since, {"entity": entity})
        age: float | None = connection.scalar(self._oldest, {"entity": entity, "since": since})
        return age

    def is_wrong(self, connection: Connection, found: Mapping[str, Counted]) -> bool:
        """Whether the oldest open obligation of all is one that was not counted."""
        first = connection.execute(self._first).one_or_none()
        return first is not None and (first.entity not in found or first.seq < found[first.entity].since)

    def hold(self, connection: Connection) -> None:
        """To be called before anything is paid in this transaction: nothing is folded until it ends."""
        if self._postgresql:
            connection.execute(_SHARED, self._lock)

    def take_off(self, connection: Connection, paid: Iterable[str]) -> None:
        """These entities' obligations, at or below `folded`, have just been paid."""
        # In one order, so that two payers cannot wait for each other.
        for entity, count in sorted(Counter(paid).items()):
            connection.execute(self._take_off, {"entity": entity, "paid": count})

    def is_long(self, connection: Connection) -> bool:
        """Whether there is so much behind `folded` that a fold is worth it."""
        folded, _ = connection.execute(self._where).one()
        return (connection.scalar(self._long, {"folded": folded}) or 0) > self._fold_above

    def fold(self, connection: Connection) -> bool:
        """Count the next rows for good; whether there were any that could be."""
        if self._postgresql:
            connection.execute(_EXCLUSIVE, self._lock)
        folded, upto = connection.execute(self._where).one()
        if upto <= folded:
            connection.execute(self._drawn)
            if self._postgresql:
                connection.execute(self._horizon)  # a later snapshot than the one that saw `upto`
                return False
            folded, upto = connection.execute(self._where).one()
        if self._postgresql and not connection.scalar(self._ended):
            return False
        end = connection.scalar(self._end, {"folded": folded, "upto": upto})
        if end is None:  # what was drawn up to there is gone, or was never committed
            end = upto
        connection.execute(self._clear, {"folded": folded})
        connection.execute(self._add, {"folded": folded, "end": end})
        connection.execute(self._fold, {"end": end})
        return bool(end > folded)

    def forget(self, connection: Connection) -> None:
        """Count all of it anew."""
        if self._postgresql:
            connection.execute(_EXCLUSIVE, self._lock)
        for statement in self._forget:
            connection.execute(statement)


_SHARED = text("SELECT pg_advisory_xact_lock_shared(:class, :key)")
_EXCLUSIVE = text("SELECT pg_advisory_xact_lock(:class, :key)")
