"""The control table: the phase, how it got there, and evidence that outlives a process."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from dualwrite.errors import ConfigurationError
from dualwrite.phase import ControlState, Phase, Reads, Transition, may_change
from dualwrite.sql.database import Database
from dualwrite.sql.names import LOCK_CLASS, lock_key, now, qualified


class SqlControl:
    """`dualwrite.ports.Control` on a database.

    `wait_seconds` is how long a change of phase waits for PostgreSQL transactions in flight; writers that come after it
    wait behind it. On SQLite it waits for the write lock.
    """

    def __init__(self, database: Database, *, wait_seconds: float = 30.0) -> None:
        self.database = database
        self._wait = wait_seconds
        clock = now(database.dialect)

        def table(name: str) -> str:
            return qualified(database.schema, f"dualwrite_{name}")

        self._read = text(f"SELECT phase, reads, epoch, since FROM {table('control')}")
        self._update = text(
            f"UPDATE {table('control')} SET phase = :to, reads = :reads, epoch = epoch + 1, since = {clock}"
        )
        self._record = text(
            f"INSERT INTO {table('history')} (at, actor, source, target, reads, why) "
            f"VALUES ({clock}, :actor, :expect, :to, :reads, :why)"
        )
        self._history = text(
            f"SELECT at, actor, source, target, why FROM {table('history')} ORDER BY seq DESC LIMIT :limit"
        )
        self._save = text(
            f"INSERT INTO {table('value')} (name, json) VALUES (:name, :json) "
            "ON CONFLICT (name) DO UPDATE SET json = excluded.json"
        )
        self._forget = text(f"DELETE FROM {table('value')} WHERE name = :name")
        self._load = text(f"SELECT json FROM {table('value')} WHERE name = :name")
        self._values = text(
            f"SELECT name, json FROM {table('value')} WHERE substr(name, 1, :length) = :prefix ORDER BY name"
        )
        self._lock = text(
            f"INSERT INTO {table('lease')} AS held (name, owner, until) VALUES (:name, :owner, {clock} + :seconds) "
            "ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until "
            f"WHERE held.owner = excluded.owner OR held.until <= {clock}"
        )
        self._held = text(
            f"SELECT until - {clock} FROM {table('lease')} WHERE name = :name AND owner = :owner"
        )
        self._unlock = text(f"DELETE FROM {table('lease')} WHERE name = :name AND owner = :owner")

    def read(self) -> ControlState:
        """The stored state.

        Raises:
            ConfigurationError: there are no control tables.
        """
        try:
            with self.database.read() as connection:
                return self._state(connection)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"the database {self.database.where} has no control tables: run `dualwrite init`"
            ) from error

    def change(
        self, *, expect: Phase, to: Phase, reads: Reads, actor: str, why: str, epoch: int | None = None
    ) -> ControlState:
        """Move to another phase, atomically, after every SQL transaction that began under the old one has ended.

        Raises:
            ConfigurationError: the stored phase is not `expect` (of `epoch`), or may not become `to` with these reads.
            Unavailable: transactions in flight did not end in time; nothing has changed.
        """
        if not may_change(expect, to, reads):
            raise ConfigurationError(f"the phase cannot go from {expect} to {to} with reads from {reads}")
        with self.database.write() as connection:
            self._wait_for_writers(connection)
            state = self._state(connection)
            if state.phase is not expect:
                raise ConfigurationError(
                    f"the stored phase is {state.phase}, not {expect}: somebody was faster"
                )
            if epoch not in (None, state.epoch):
                raise ConfigurationError(
                    f"the phase has changed and is {state.phase} anew: somebody was faster"
                )
            values = {"expect": expect, "to": to, "reads": reads, "actor": actor, "why": why}
            connection.execute(self._update, {"to": to, "reads": reads})
            connection.execute(self._record, values)
            return self._state(connection)

    def _wait_for_writers(self, connection: Connection) -> None:
        """Every statement on a migrated table holds this lock, shared, until its transaction ends.

        SQLite needs none: BEGIN IMMEDIATE has waited for the only writer there can be.
        """
        if self.database.dialect == "postgresql":
            timeout = {"wait": f"{max(1, round(self._wait * 1000))}ms"}
            connection.execute(text("SELECT set_config('lock_timeout', :wait, true)"), timeout)
            key = {"class": LOCK_CLASS, "key": lock_key(self.database.schema)}
            connection.execute(text("SELECT pg_advisory_xact_lock(:class, :key)"), key)

    def _state(self, connection: Connection) -> ControlState:
        row = connection.execute(self._read).one_or_none()
        if row is None:
            raise ConfigurationError("the control table is empty: run `dualwrite init`")
        phase, reads, epoch, since = row
        return ControlState(Phase(phase), Reads(reads), epoch, datetime.fromtimestamp(since, UTC))

    def history(self, limit: int = 100) -> list[Transition]:
        """Every change of phase, newest first."""
        with self.database.read() as connection:
            rows = connection.execute(self._history, {"limit": limit}).all()
        return [
            Transition(datetime.fromtimestamp(at, UTC), actor, Phase(source), Phase(target), why)
            for at, actor, source, target, why in rows
        ]

    def save(self, name: str, value: object) -> None:
        """Keep one JSON value under a name; None: forget it."""
        with self.database.write() as connection:
            if value is None:
                connection.execute(self._forget, {"name": name})
                return
            connection.execute(self._save, {"name": name, "json": json.dumps(value, allow_nan=False)})

    def load(self, name: str) -> object:
        """The value kept under that name, or None."""
        with self.database.read() as connection:
            stored = connection.scalar(self._load, {"name": name})
        return None if stored is None else json.loads(stored)

    def values(self, prefix: str) -> dict[str, object]:
        """Every value that is not None under a name with this prefix."""
        with self.database.read() as connection:
            rows = connection.execute(self._values, {"prefix": prefix, "length": len(prefix)}).all()
        found = {name: json.loads(stored) for name, stored in rows}
        return {name: value for name, value in found.items() if value is not None}

    def lock(self, name: str, owner: str, *, seconds: float) -> bool:
        """Take or renew a named lease; False while another owner's lease runs."""
        with self.database.write() as connection:
            taken = connection.execute(self._lock, {"name": name, "owner": owner, "seconds": seconds})
            return taken.rowcount == 1

    def unlock(self, name: str, owner: str) -> None:
        """Give a lease back."""
        with self.database.write() as connection:
            connection.execute(self._unlock, {"name": name, "owner": owner})

    def held(self, name: str, owner: str) -> float:
        """For how many seconds this owner's lease still runs; 0.0 where it has run out, or is another's."""
        with self.database.read() as connection:
            left = connection.scalar(self._held, {"name": name, "owner": owner})
        return max(0.0, float(left or 0.0))
