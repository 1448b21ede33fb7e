"""Our adapters beside Open WebUI: the same calls, the same stamps, comparable answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
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
from tests.conformance.calls import Call
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
    return oracle.call(table, call.method, *call.args, time=stamp.time, ids=ids, **dict(call.kwargs))


def plain(value: Any) -> Any:
    """Models as dicts."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    return [plain(each) for each in value] if isinstance(value, list) else value


def comparable(answer: Any) -> str:
    """An answer as text, without what Open WebUI leaves open: the order that SQL gives without ORDER BY, and that of
    `list(set(…))` in a group's members and a chat's tags."""
    if "error" in answer:
        return "error"
    value = answer["value"]
    if isinstance(value, list):
        return json.dumps(sorted(json.dumps(_members_sorted(each), sort_keys=True) for each in value))
    return json.dumps(_members_sorted(value), sort_keys=True)


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
    if isinstance(value, dict) and "$user" in value:
        return SimpleNamespace(id=value["$user"])
    return value


def _members_sorted(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("user_ids"), list):
        return {**value, "user_ids": sorted(value["user_ids"], key=repr)}
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
