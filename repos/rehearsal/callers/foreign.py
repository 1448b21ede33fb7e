"""Writes past the repositories: raw SQL on a plain connection, as a worker that still runs the old code sends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dualwrite.entity import Entity, Key
from repos.entities import ENTITIES
from repos.rehearsal.callers.action import Action
from repos.rehearsal.callers.chats.records import is_original
from repos.rehearsal.callers.estate import Estate, Lacking, place_of
from repos.rehearsal.connection import Connection, open_connection, quoted
from repos.rehearsal.ledger import Place
from repos.rehearsal.sights import Seen

_WEIGHTS = {
    "chat": 4,
    "message": 2,
    "message_reaction": 1,
    "user": 1,
    "file": 1,
    "model": 1,
    "tag": 1,
    "group": 1,
    "folder": 1,
}
_STOCK = {
    "chat": 30,
    "message": 20,
    "message_reaction": 10,
    "file": 12,
    "model": 8,
    "tag": 12,
    "group": 8,
    "folder": 12,
}
_FIXED = {"user_id"}  # whose row it is
_LINKS = {"folder": {"parent_id"}}  # a circle of folders could not be deleted any more
_CHANGED = 3  # columns of one update

_ENTITIES: Mapping[str, Entity] = {entity.name: entity for entity in ENTITIES}
Statement = tuple[str, Sequence[object]]


class ForeignWrites:
    """One worker's writes to all nine tables, to the rows that its repositories' calls are about, too."""

    def __init__(self, database: str, estate: Estate) -> None:
        self._database = database
        self._estate = estate
        self._connection = open_connection(database)

    def actions(self) -> list[Action]:
        """Every kind of statement on every table, chats most of all."""
        every = [
            Action(weight * share, f"sql.{verb} {entity}", True, self._bound(method, entity))
            for entity, weight in _WEIGHTS.items()
            for share, verb, method in (
                (2, "insert", self._insert),
                (3, "update", self._update),
                (1, "delete", self._delete),
            )
        ]
        return [
            *every,
            Action(2, "sql.bulk update chat", True, self._archive_all),
            Action(1, "sql.change key of model", True, self._rename),
            Action(1, "sql.insert and delete message", True, self._insert_delete),
            Action(1, "sql.message with reactions", True, self._together),
        ]

    def stock(self) -> None:
        """Rows to begin with, as if they had long been there: the backfill copies them while they are written to."""
        rows = [(entity, self._new(entity)) for entity, count in _STOCK.items() for _ in range(count)]
        rows += [("user", {**self._new("user"), "id": user}) for user in self._estate.users]
        after = {place_of(entity, row): row for entity, row in rows}
        self._commit([_inserting(entity, row) for entity, row in rows], after)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    @staticmethod
    def _bound(method: Callable[[str], None], entity: str) -> Callable[[], None]:
        return lambda: method(entity)

    def _insert(self, entity: str) -> None:
        if self._estate.full(entity):
            return self._delete(entity)
        row = self._new(entity)
        self._commit([_inserting(entity, row)], {place_of(entity, row): row})
        return None

    def _update(self, entity: str) -> None:
        old = self._pick(entity)
        if old is None:
            return self._insert(entity)
        new = self._new(entity)
        fixed = {*_ENTITIES[entity].key, *_FIXED, *_LINKS.get(entity, ())}
        free = [name for name in new if name not in fixed]
        changed = {name: new[name] for name in self._estate.rng.sample(free, min(len(free), _CHANGED))}
        place = place_of(entity, old)
        self._commit([_updating(place, changed)], {place: {**old, **changed}})
        return None

    def _delete(self, entity: str) -> None:
        old = self._pick(entity)
        if old is None:
            return self._insert(entity)
        place = place_of(entity, old)
        self._commit([_deleting(place)], {place: None})
        return None

    def _archive_all(self) -> None:
        user, wanted = self._estate.owner(), self._estate.rng.random() < 0.5
        chats = self._estate.rows("chat", user_id=user)
        self._commit(
            [("UPDATE chat SET archived = ? WHERE user_id = ?", (wanted, user))],
            {place: {**row, "archived": wanted} for place, row in chats.items()},
        )

    def _rename(self) -> None:
        old = self._pick("model")
        if old is None:
            return self._insert("model")
        row = {**old, "id": f"renamed/{self._estate.rng.getrandbits(64):x}:latest"}
        place = place_of("model", old)
        self._commit([_updating(place, {"id": row["id"]})], {place: None, place_of("model", row): row})
        return None

    def _insert_delete(self) -> None:
        row = self._new("message")
        place = place_of("message", row)
        both = [_inserting("message", row), _deleting(place)]
        if self._estate.rng.random() < 0.5:
            return self._commit(both, {place: None})
        self._commit(both[:1], {place: row})
        return self._commit(both[1:], {place: None})

    def _together(self) -> None:
        if self._estate.full("message_reaction"):
            return self._delete("message_reaction")
        known = self._pick("message")
        message = known or self._new("message")
        place = place_of("message", message)
        reaction = {**self._new("message_reaction"), "message_id": message["id"]}
        content = {"content": f"edited, and {message['content']}"}
        self._commit(
            [
                _updating(place, content) if known else _inserting("message", message),
                _inserting("message_reaction", reaction),
            ],
            {
                place: {**message, **content} if known else message,
                place_of("message_reaction", reaction): reaction,
            },
        )
        return None

    def _new(self, entity: str) -> Seen:
        row = self._estate.supply.row(entity)
        if entity == "chat" and is_original(row):
            row["user_id"] = self._estate.owner()  # bulk updates touch no other worker's chats
        return row

    def _pick(self, entity: str) -> Seen | None:
        try:
            return self._estate.pick(entity)
        except Lacking:
            return None

    def _commit(self, statements: Sequence[Statement], after: Mapping[Place, Seen | None]) -> None:
        """One transaction. Before its commit nothing is written for sure; a commit that fails leaves that open."""
        connection = self._connection
        try:
            for statement, parameters in statements:
                connection.execute(statement, parameters)
            with self._estate.writing(after):
                connection.commit()
                for place, row in after.items():
                    self._estate.is_now(place, row)
        except BaseException:
            self._undo(connection)
            raise

    def _undo(self, connection: Connection) -> None:
        try:
            connection.rollback()
        except connection.error:
            connection.close()  # the server went away; the next write comes by a new connection
            self._connection = open_connection(self._database)


def _inserting(entity: str, row: Seen) -> Statement:
    names = ", ".join(quoted(name) for name in row)
    marks = ", ".join("?" * len(row))
    table = quoted(_ENTITIES[entity].table)
    return f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values())  # noqa: S608 — own names


def _updating(place: Place, changed: Seen) -> Statement:
    names = ", ".join(f"{quoted(name)} = ?" for name in changed)
    where, key = _where(place)
    return f"UPDATE {quoted(_ENTITIES[place[0]].table)} SET {names} {where}", [*changed.values(), *key]  # noqa: S608 — own names


def _deleting(place: Place) -> Statement:
    where, key = _where(place)
    return f"DELETE FROM {quoted(_ENTITIES[place[0]].table)} {where}", key  # noqa: S608 — own names


def _where(place: Place) -> tuple[str, Key]:
    entity, key = place
    return "WHERE " + " AND ".join(f"{quoted(name)} = ?" for name in _ENTITIES[entity].key), key
