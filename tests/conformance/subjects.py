"""Our adapters beside Open WebUI: the same calls, the same stamps, comparable answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel, ValidationError

import repos.models
from dualwrite.call import Call as Running
from dualwrite.call import calling
from dualwrite.entity import Entity, Row
from dualwrite.errors import Refused
from dualwrite.ports import Store
from dualwrite.stamp import Stamp
from tests.conformance.vocabulary import Call
from tests.fixtures.openwebui import Oracle

# What a call with unsuitable arguments may raise here: as Open WebUI, which lets SQLAlchemy and drivers raise.
EXPECTED = (Refused, ValidationError, TypeError, AttributeError, KeyError, ValueError)


@dataclass
class Subject:
    """One backend of ours."""

    name: str
    dialect: str
    repositories: Mapping[str, Any]
    store: Store

    def call(self, repository: str, call: Call, stamp: Stamp) -> Any:
        """`{"value": …}` or `{"error": <class name>}`, as the oracle answers."""
        method = getattr(self.repositories[repository], call.method)
        try:
            args = [_form(each) for each in call.args]
            with calling(Running(stamp)):
                return {"value": plain(method(*args, **dict(call.kwargs)))}
        except EXPECTED as error:
            return {"error": type(error).__name__}

    def rows(self, entity: Entity) -> list[Row]:
        """Every row, by key."""
        return self.store.scan(entity, limit=100_000)

    def clear(self, entity: Entity) -> None:
        """Delete every row."""
        self.store.delete(entity, [entity.key_of(row) for row in self.rows(entity)])


def ask(oracle: Oracle, table: str, call: Call, stamp: Stamp, name: str) -> Any:
    """The same call on Open WebUI, with the ids and the clock of the stamp."""
    ids = [stamp.id(name) for _ in range(40)]
    return oracle.call(
        table, call.method, *call.args, time=stamp.time, time_ns=stamp.time_ns, ids=ids, **dict(call.kwargs)
    )


def plain(value: Any) -> Any:
    """Models as dicts."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def comparable(answer: Any, *, ordered: bool = False) -> str:
    """An answer as text, without what Open WebUI leaves open: the order that SQL gives without ORDER BY (unless the list is
    `ordered`), and that of `list(set(…))` in a group's members and a chat's tags."""
    if "error" in answer:
        return "error"
    value = answer["value"]
    if isinstance(value, list):
        texts = [_text(_members_sorted(each)) for each in value]
        return json.dumps(texts if ordered else sorted(texts))
    return _text(_members_sorted(value))


def in_order(answer: Any, call: Call) -> list[Any]:
    """What a list of chats is sorted by, in its order; empty where Open WebUI leaves the order open."""
    value = answer.get("value")
    if not isinstance(value, list) or not all(
        isinstance(each, dict) and "updated_at" in each for each in value
    ):
        return []
    if call.method.endswith("_tag_name") or "chat" not in call.method:
        return []
    given = next((each for each in call.args if isinstance(each, dict) and each), None)
    column = (
        "updated_at"
        if given is None
        else given.get("order_by") and given.get("direction") and given["order_by"]
    )
    return [each[column] for each in value] if column else []


def row_set(rows: list[dict[str, Any]]) -> list[str]:
    """Rows as texts in order; JSON byte for byte, but for the order of members."""
    return sorted(json.dumps({**row, **_members_text(row)}, sort_keys=True) for row in rows)


def _form(value: Any) -> Any:
    if isinstance(value, dict) and "$form" in value:
        return getattr(repos.models, value["$form"])(**value["fields"])
    if isinstance(value, dict) and "$date" in value:
        return date.fromisoformat(value["$date"])
    if isinstance(value, dict) and "$user" in value:
        return SimpleNamespace(id=value["$user"])
    if isinstance(value, dict):
        return {name: _form(each) for name, each in value.items()}
    return [_form(each) for each in value] if isinstance(value, list) else value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _members_sorted(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("user_ids"), list):
        return {**value, "user_ids": sorted(value["user_ids"], key=repr)}
    if isinstance(value, dict) and isinstance(value.get("reactions"), list):
        reactions = sorted((_members_sorted(each) for each in value["reactions"]), key=repr)
        return {**value, "reactions": reactions}
    if (
        isinstance(value, dict)
        and isinstance(value.get("meta"), dict)
        and isinstance(value["meta"].get("tags"), list)
    ):
        return {**value, "meta": {**value["meta"], "tags": sorted(value["meta"]["tags"], key=repr)}}
    return value


def _members_text(row: dict[str, Any]) -> dict[str, Any]:
    meta = json.loads(row["meta"]) if row.get("meta") else None
    if isinstance(meta, dict) and isinstance(meta.get("tags"), list) and len(meta["tags"]) > 1:
        return {"meta": {**meta, "tags": sorted(meta["tags"], key=repr)}}
    members = json.loads(row["user_ids"]) if row.get("user_ids") else None
    return {"user_ids": sorted(members, key=repr)} if isinstance(members, list) else {}
