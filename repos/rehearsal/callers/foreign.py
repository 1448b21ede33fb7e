"""Writes past the repositories: raw SQL on a plain connection, as a worker that still runs the old code sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from dualwrite.entity import Row, Value
from repos.rehearsal.callers.action import Action
from repos.rehearsal.connection import Connection, open_connection, quoted
from repos.rehearsal.ledger import Ledger
from repos.rehearsal.names import Names
from repos.rehearsal.rows.chat import chats
from repos.rehearsal.rows.file import files
from repos.rehearsal.rows.message import messages, reactions
from repos.rehearsal.rows.model import models
from repos.rehearsal.rows.user import users as user_rows

_MOST = 50  # rows of one table and worker; then one is deleted for each that is made
_ENDLESS = 10**9
_CHAT_BYTES = 6000
_WEIGHTS = {"chat": 6, "message": 4, "message_reaction": 2, "user": 2, "file": 2, "model": 1}

Statement = tuple[str, Sequence[object]]


class ForeignWrites:
    """One worker's writes to the six tables whose repositories come later. Rows come from the sample's generators."""

    def __init__(self, database: str, rng: Random, ledger: Ledger, users: list[str]) -> None:
        self._database = database
        self._rng = rng
        self._ledger = ledger
        self._users = users
        self._connection = open_connection(database)
        dialect = self._connection.dialect
        names = Names(rng.getrandbits(62), _ENDLESS)
        self._source: dict[str, Iterator[Row]] = {
            "chat": chats(names, dialect, _ENDLESS, _CHAT_BYTES, 0),
            "message": messages(names, dialect, _ENDLESS),
            "message_reaction": reactions(names, _ENDLESS, _ENDLESS),
            "user": user_rows(names, dialect),
            "file": files(names, dialect, _ENDLESS),
            "model": models(names, dialect, _ENDLESS),
        }
        self._rows: dict[str, dict[str, Row]] = {table: {} for table in self._source}

    def actions(self) -> list[Action]:
        """Every kind of statement on every table, chats most of all."""
        every = [
            Action(weight * share, f"sql.{verb} {table}", True, self._bound(method, table))
            for table, weight in _WEIGHTS.items()
            for share, verb, method in (
                (3, "insert", self._insert),
                (4, "update", self._update),
                (1, "delete", self._delete),
            )
        ]
        return [
            *every,
            Action(3, "sql.bulk update chat", True, self._archive_all),
            Action(1, "sql.change key of model", True, self._rename),
            Action(2, "sql.insert and delete message", True, self._insert_delete),
            Action(2, "sql.message with reactions", True, self._together),
        ]

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    @staticmethod
    def _bound(method: Callable[[str], None], table: str) -> Callable[[], None]:
        return lambda: method(table)

    def _insert(self, table: str) -> None:
        if len(self._rows[table]) >= _MOST:
            return self._delete(table)
        row = self._new(table)
        self._commit([_inserting(table, row)], {(table, _key(row)): row})
        return None

    def _update(self, table: str) -> None:
        old = self._pick(table)
        if old is None:
            return self._insert(table)
        new = self._new(table)
        free = [name for name in old if name not in ("id", "user_id")]
        changed = {name: new[name] for name in self._rng.sample(free, min(len(free), 3))}
        row = {**old, **changed}
        self._commit([_updating(table, changed, _key(old))], {(table, _key(old)): row})
        return None

    def _delete(self, table: str) -> None:
        old = self._pick(table)
        if old is None:
            return self._insert(table)
        self._commit([_deleting(table, _key(old))], {(table, _key(old)): None})
        return None

    def _archive_all(self) -> None:
        user, wanted = self._rng.choice(self._users), self._rng.random() < 0.5
        after: dict[tuple[str, str], Row | None] = {
            ("chat", key): {**row, "archived": wanted}
            for key, row in self._rows["chat"].items()
            if row["user_id"] == user
        }
        self._commit(
            [("UPDATE chat SET archived = ? WHERE user_id = ?", (wanted, user))],
            after,
        )

    def _rename(self) -> None:
        old = self._pick("model")
        if old is None:
            return self._insert("model")
        row = {**old, "id": f"renamed/{self._rng.getrandbits(64):x}:latest"}
        self._commit(
            [_updating("model", {"id": row["id"]}, _key(old))],
            {("model", _key(old)): None, ("model", _key(row)): row},
        )
        return None

    def _insert_delete(self) -> None:
        row = self._new("message")
        both = [_inserting("message", row), _deleting("message", _key(row))]
        after: dict[tuple[str, str], Row | None] = {("message", _key(row)): None}
        if self._rng.random() < 0.5:
            return self._commit(both, after)
        self._commit(both[:1], {("message", _key(row)): row})
        return self._commit(both[1:], after)

    def _together(self) -> None:
        if len(self._rows["message_reaction"]) >= _MOST:
            return self._delete("message_reaction")
        message = self._pick("message") or self._new("message")
        reaction = {**self._new("message_reaction"), "message_id": message["id"]}
        content: dict[str, Value] = {"content": "edited, and " + str(message["content"])}
        known = _key(message) in self._rows["message"]
        first = _updating("message", content, _key(message)) if known else _inserting("message", message)
        self._commit(
            [first, _inserting("message_reaction", reaction)],
            {
                ("message", _key(message)): {**message, **content} if known else message,
                ("message_reaction", _key(reaction)): reaction,
            },
        )
        return None

    def _new(self, table: str) -> Row:
        row = next(self._source[table])
        if table == "model":
            # A model's id is no random one; two workers would give the same.
            row["id"] = f"{self._rng.getrandbits(48):x}/{row['id']}"
        if table == "chat" and not str(row["user_id"]).startswith("shared-"):
            row["user_id"] = self._rng.choice(self._users)  # its bulk updates touch no other worker's chats
        return row

    def _pick(self, table: str) -> Row | None:
        rows = self._rows[table]
        return rows[self._rng.choice(list(rows))] if rows else None

    def _commit(self, statements: Sequence[Statement], after: dict[tuple[str, str], Row | None]) -> None:
        """One transaction. Before its commit nothing is written for sure; a commit that fails leaves that open."""
        connection = self._connection
        try:
            for statement, parameters in statements:
                connection.execute(statement, parameters)
        except BaseException:
            self._undo(connection)
            raise
        for table, key in after:
            self._ledger.intend(table, (key,))
        try:
            connection.commit()
        except BaseException:
            for table, key in after:
                self._ledger.doubt(table, (key,))
                self._rows[table].pop(key, None)
            self._undo(connection)
            raise
        for (table, key), row in after.items():
            self._acknowledge(table, key, row)

    def _acknowledge(self, table: str, key: str, row: Row | None) -> None:
        if row is None:
            self._rows[table].pop(key, None)
            self._ledger.deleted(table, (key,))
        else:
            self._rows[table][key] = row
            self._ledger.put(table, row)

    def _undo(self, connection: Connection) -> None:
        try:
            connection.rollback()
        except connection.error:
            connection.close()  # the server went away; the next write comes by a new connection
            self._connection = open_connection(self._database)


def _key(row: Row) -> str:
    return str(row["id"])


def _inserting(table: str, row: Row) -> Statement:
    names = ", ".join(quoted(name) for name in row)
    marks = ", ".join("?" * len(row))
    return f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})", list(row.values())  # noqa: S608 — own names


def _updating(table: str, changed: dict[str, Value], key: str) -> Statement:
    names = ", ".join(f"{quoted(name)} = ?" for name in changed)
    return f"UPDATE {quoted(table)} SET {names} WHERE id = ?", [*changed.values(), key]  # noqa: S608 — own names


def _deleting(table: str, key: str) -> Statement:
    return f"DELETE FROM {quoted(table)} WHERE id = ?", (key,)  # noqa: S608 — own names
