"""Which obligations a transaction's own triggers wrote, found without an index and without a wait, and held for it."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from dualwrite.entity import parse_key
from dualwrite.ports import Obligation
from dualwrite.sql.lenient import reading_leniently
from dualwrite.sql.names import now, qualified


class OwnObligations:
    """SQLite: everything above the mark taken under the write lock is this transaction's.

    PostgreSQL: others write above the mark too, so rows name their transaction, and the mark only keeps the search
    short. Any seq this process has seen before the transaction began is a right mark, so taking one costs no round trip.
    """

    def __init__(self, dialect: str, schema: str | None) -> None:
        self._sqlite = dialect == "sqlite"
        self._seen: int | None = None
        if self._sqlite:
            newest = "SELECT max(seq) FROM dualwrite_obligation"
            mine = ""
        else:
            # The sequence's state is not transactional: it is the newest, also under REPEATABLE READ.
            newest = f"SELECT last_value - 1 FROM {qualified(schema, 'dualwrite_obligation_seq_seq')}"
            mine = "AND tx = pg_current_xact_id_if_assigned()"
        hold = (
            f"UPDATE {qualified(schema, 'dualwrite_obligation')} SET not_before = {now(dialect)} + :hold "
            f"WHERE seq > :mark {mine} RETURNING seq, entity, key"
        )
        self._newest, self._hold = text(newest), text(hold)

    def mark(self, connection: Connection) -> int:
        """To be taken when a transaction begins."""
        if self._sqlite:
            return _quickly(connection, self._newest.text, {})[0][0] or 0
        if self._seen is None:
            self._seen = connection.scalar(self._newest)
        return self._seen or 0

    def hold(self, connection: Connection, mark: int, seconds: float) -> list[Obligation]:
        """The transaction's obligations, to be asked for just before it commits; for so long nobody else may claim them."""
        values = {"mark": mark, "hold": seconds}

        def held() -> list[Any]:
            if self._sqlite:
                return _quickly(connection, self._hold.text, values)
            return list(connection.execute(self._hold, values))

        rows = sorted(reading_leniently(connection, held))
        if rows and not self._sqlite:
            self._seen = max(self._seen or 0, rows[-1][0])
        return [Obligation(seq, entity, parse_key(key)) for seq, entity, key in rows]


def _quickly(connection: Connection, statement: str, values: dict[str, Any]) -> list[Any]:
    """On SQLite, by the driver itself: a caller waits for these two, and SQLAlchemy takes five times as long."""
    driver: Any = connection.connection.driver_connection
    try:
        rows: list[Any] = driver.execute(statement, values).fetchall()
    except sqlite3.Error as error:
        raise DBAPIError.instance(statement, values, error, sqlite3.Error, hide_parameters=True) from error
    return rows
