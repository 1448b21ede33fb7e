"""The hook routes as a wire: exact, one round trip, and an order of magnitude faster in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any as Anything
from typing import assert_never

from dualwrite.codec import encoder, from_record, to_values
from dualwrite.digest import RangeDigest
from dualwrite.entity import Entity, Key, Row, Told, Value
from dualwrite.errors import ConfigurationError, Missing, StoreError
from dualwrite.pocketbase import json_io
from dualwrite.pocketbase.changes import Change, Create, Delete, Put, Update
from dualwrite.pocketbase.filters import encoded_value
from dualwrite.pocketbase.hooks import HOOKS_VERSION, marked, schema_hash
from dualwrite.pocketbase.names import route_base
from dualwrite.pocketbase.query import EVERY_ROW, Find, Found, Get, Group
from dualwrite.pocketbase.record_api import changed_fields
from dualwrite.pocketbase.session import Request, Session, Trace
from dualwrite.pocketbase.where import (
    All,
    Any,
    Compare,
    Contains,
    In,
    JsonHas,
    JsonLike,
    Like,
    Null,
    Op,
    Pattern,
    Where,
)

_ROWS_A_REQUEST = 5_000
_IDS_A_REQUEST = 20_000
_LARGE_ROW = 1_000_000  # bytes; see `insert` in writing.js
_UNORDERED = (Op.EQ, Op.NE)


class HookWire:
    """See `Wire`. Writes skip PocketBase's field validation, record hooks and realtime."""

    exact = True

    def __init__(
        self, session: Session, prefix: str, entities: Sequence[Entity], *, request_bytes: int
    ) -> None:
        self._session = session
        self.base = route_base(prefix)
        self._schema = schema_hash(entities, prefix)
        self._number = {entity.name: str(number) for number, entity in enumerate(entities)}
        self._request_bytes = request_bytes

    def problem(self) -> str | None:
        """Why the hooks cannot be used, in one line; None where they can.

        Raises:
            ConfigurationError: they can, but the server is older than 0.26.
        """
        try:
            found = json_io.loads_fast(self._send("version", b"{}"))
        except Missing:
            return "no hooks are installed"
        if found.get("hooks") != HOOKS_VERSION:
            return f"the hooks installed are of version {found.get('hooks')}, not {HOOKS_VERSION}"
        if found.get("schema") != self._schema:
            return "the hooks installed were made for other entities or another release"
        if not found.get("recent"):
            raise ConfigurationError(f"the PocketBase at {self._session.where} is older than 0.26: update it")
        return None

    def is_gone(self, error: StoreError) -> bool:
        """Whether an error means that the routes are there no more: the server's own 404, which our routes never give."""
        return isinstance(error, Missing) and error.status == 404

    def read(self, entity: Entity, keys: Sequence[Key]) -> list[Row]:
        """Any number of keys; a few requests where the rows are large."""
        rest = [entity.record_id(key) for key in keys]
        rows: list[Row] = []
        while rest:
            asked, later = rest[:_IDS_A_REQUEST], rest[_IDS_A_REQUEST:]
            answer = json_io.loads_fast(self._send("read", json_io.dumps(asked), entity))
            rows += _rows(entity, answer["rows"])
            rest = answer["rest"] + later
        return rows

    def find(self, groups: Sequence[Group]) -> list[Found]:
        """Compiled to parametrised SQL by the route, for a fifth of a second; a few requests more where the rows are large."""
        wanted: list[Sequence[Find | Get]] = [[one] if isinstance(one, Get) else one for one in groups]
        asked = [[self._asked(one, group) for one in group] for group in wanted]
        answers = json_io.loads_fast(self._send("find", json_io.dumps(asked)))
        return [
            [self._whole(one, answer) for one, answer in zip(group, answered, strict=True)]
            for group, answered in zip(wanted, answers, strict=False)
        ]

    def _asked(self, find: Find | Get, finds: Sequence[Find | Get]) -> dict[str, object]:
        """As the route takes it: collections, columns and other finds by number."""
        if isinstance(find, Get):
            ids = [find.entity.record_id(key) for key in find.keys]
            return {"c": int(self._number[find.entity.name]), "ids": ids}
        query = find.query
        at = _numbers(find.entity)
        return {
            "c": int(self._number[find.entity.name]),
            "where": tree(find.entity, query.where),
            "order": [[at[name], descending] for name, descending in query.order(find.entity)],
            "limit": query.limit,
            "offset": query.offset,
            "columns": None if query.columns is None else [at[name] for name in query.columns],
            "nulls_greatest": query.nulls_greatest,
            "among": [
                [at[name], [[finds.index(v.of), _numbers(v.of.entity)[v.column], v.prefix] for v in values]]
                for name, values in find.among.items()
            ],
            "given": None if find.given is None else finds.index(find.given),
        }

    def _whole(self, asked: Find | Get, answer: Mapping[str, Anything]) -> list[Row]:
        query = EVERY_ROW if isinstance(asked, Get) else asked.query
        rows = _rows(asked.entity, answer["rows"], query.columns)
        while rest := answer["rest"]:
            answer = json_io.loads_fast(self._send("read", json_io.dumps(rest), asked.entity))
            rows += [query.projected(row) for row in _rows(asked.entity, answer["rows"])]
        return rows

    def count(self, entity: Entity, where: Where) -> int:
        """Counted in SQL."""
        body = json_io.dumps(tree(entity, where))
        return int(json_io.loads_fast(self._send("count", body, entity))["count"])

    def scan(self, entity: Entity, after: Key | None, upto: Key | None, limit: int) -> list[Row]:
        """One request, more where the rows are large."""
        rows: list[Row] = []
        while True:
            body = json_io.dumps({"after": after, "upto": upto, "limit": limit - len(rows)})
            answer = json_io.loads_fast(self._send("scan", body, entity))
            rows += _rows(entity, answer["rows"])
            if answer["end"] or len(rows) >= limit:
                return rows
            after = entity.key_of(rows[-1])

    def holds(self, entity: Entity, digest: RangeDigest, after: Key | None, upto: Key | None) -> bool:
        """By a digest that the server computes."""
        if digest.sha256 is None:
            return False
        body = json_io.dumps({"after": after, "upto": upto, "rows": digest.rows})
        found = json_io.loads_fast(self._send("digest", body, entity))
        return bool(found["digest"] == digest.sha256)

    def put(self, entity: Entity, rows: Sequence[Row]) -> None:
        """One transaction a request."""
        self._putting(entity, [json_io.dumps(values) for values in to_values(entity, rows)])()

    def prepared(self, entity: Entity, rows: Mapping[Key, Told]) -> Callable[[], None] | None:
        """What puts these rows as SQL has told them; None for rows of which one cannot be taken."""
        try:
            return self._putting(entity, list(_bodies(entity, rows)))
        except ValueError:
            return None

    def _putting(self, entity: Entity, encoded: Sequence[bytes]) -> Callable[[], None]:
        bodies = [
            (body, large)
            for large in (False, True)
            for body in json_io.batches(
                (part for part in encoded if (len(part) > _LARGE_ROW) is large),
                size=self._request_bytes,
                count=_ROWS_A_REQUEST,
            )
        ]

        def put() -> None:
            for body, large in bodies:
                self._send("put", body, entity, writes=True, large=large)

        return put

    def delete(self, entity: Entity, keys: Sequence[Key]) -> None:
        """One transaction a request."""
        for start in range(0, len(keys), _IDS_A_REQUEST):
            ids = [entity.record_id(key) for key in keys[start : start + _IDS_A_REQUEST]]
            self._send("delete", json_io.dumps(ids), entity, writes=True)

    def apply(self, changes: Sequence[Change], trace: Trace | None = None) -> list[Row | None]:
        """One request, one transaction."""
        body = json_io.dumps([self._operation(change) for change in changes])
        answer = json_io.loads_fast(self._send("apply", body, writes=True, trace=trace))
        if "missing" in answer:
            raise Missing(f"{changes[answer['missing']].entity.name}: a record to update is not there")
        return [_after(change, values) for change, values in zip(changes, answer["rows"], strict=True)]

    def _operation(self, change: Change) -> list[object]:
        number = int(self._number[change.entity.name])
        match change:
            case Create(entity, row):
                return ["create", number, _values(entity, row)]
            case Put(entity, row):
                return ["put", number, _values(entity, row)]
            case Delete(entity, key):
                return ["delete", number, entity.record_id(key)]
            case Update(entity, key, values):
                at = {column.field: index for index, column in enumerate(entity.columns)}
                fields = changed_fields(entity, key, values)
                pairs = [[at[field], value] for field, value in fields.items()]
                return ["update", number, entity.record_id(key), pairs]

    def _send(
        self,
        route: str,
        body: bytes,
        entity: Entity | None = None,
        *,
        writes: bool = False,
        large: bool = False,
        trace: Trace | None = None,
    ) -> bytes:
        params = {} if entity is None else {"c": self._number[entity.name]}
        if large:
            params["large"] = "1"
        path = f"{self.base}/{route}"
        request = Request("POST", path, f"hook_{route}", params=params, content=body, writes=writes)
        return self._session.send(request, trace)


def tree(entity: Entity, where: Where) -> list[Anything]:
    """A condition as the route takes it: columns by number, values as they are stored."""
    at = _numbers(entity)
    match where:
        case All(of):
            return ["all", *(tree(entity, each) for each in of)]
        case Any(of):
            return ["any", *(tree(entity, each) for each in of)]
        case Null(name, wanted):
            return ["null", at[name], wanted]
        case Compare(op, name, value):
            return ["cmp", op.value, at[name], _operand(entity, op, name, value)]
        case In(name, values, wanted):
            encoded = [_operand(entity, Op.EQ, name, value) for value in values]
            return ["in", at[name], wanted, encoded]
        case JsonHas(name, path, values, every, wanted):
            return ["has", at[name], _path(path), list(values), every, wanted]
        case Like(name, pattern, wanted):
            return ["like", at[name], _pattern(pattern), wanted]
        case Contains(name, text, wanted):
            return ["contains", at[name], text, wanted]
        case JsonLike(name, path, pattern, wanted, any_kind, without):
            return ["json_like", at[name], _path(path), _pattern(pattern), wanted, any_kind, without]
        case _:
            assert_never(where)


def _numbers(entity: Entity) -> dict[str, int]:
    return {column.name: number for number, column in enumerate(entity.columns)}


def _operand(entity: Entity, op: Op, name: str, value: Value) -> Value:
    column = entity.column(name)
    encoded = encoded_value(entity, column, value, op)
    # What is compared by order is compared with the text itself, not with the codec's marks.
    return value if marked(column) and op not in _UNORDERED else encoded


def _pattern(pattern: Pattern) -> list[object]:
    return [pattern.text, pattern.fold, pattern.escape]


def _path(path: Iterable[str]) -> list[str]:
    names = list(path)
    if any('"' in name for name in names):
        raise ConfigurationError('a JSON path cannot hold "')
    return names


def _bodies(entity: Entity, rows: Mapping[Key, Told]) -> Iterator[bytes]:
    """The rows of a request. Raises `ValueError` where a value cannot be taken."""
    encoders = [encoder(column) for column in entity.documents]
    for key, (plain, *documents) in rows.items():
        if plain is None:
            raise ValueError("a value is not of the type that is declared")
        begin = f'["{entity.record_id(key)}",{plain[1:-1]}'.encode()
        texts = [json_io.dumps(code(text)) for code, text in zip(encoders, documents, strict=True)]
        yield b",".join([begin, *texts]) + b"]"


def _values(entity: Entity, row: Row) -> list[Value]:
    (values,) = to_values(entity, [row])
    return values


def _rows(
    entity: Entity, answers: Iterable[Sequence[object]], columns: Sequence[str] | None = None
) -> list[Row]:
    names = [column.name for column in entity.columns] if columns is None else columns
    fields = [entity.column(name).field for name in names]
    return [
        from_record(entity, dict(zip(fields, values, strict=True)), columns=columns) for values in answers
    ]


def _after(change: Change, values: Sequence[object] | None) -> Row | None:
    match change:
        case Create(_, row) | Put(_, row):
            return row
        case Update(entity):
            return None if values is None else _rows(entity, [values])[0]
        case Delete():
            return None
