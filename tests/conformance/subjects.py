"""Our adapters beside Open WebUI: the same calls, the same stamps, comparable answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any, TypeAlias

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

Answer: TypeAlias = dict[str, Any]
"""`{"value": …}` or `{"error": <class name>}`."""

# What a call with unsuitable arguments may raise here: as Open WebUI, which lets SQLAlchemy and drivers raise.
EXPECTED = (Refused, ValidationError, TypeError, AttributeError, KeyError, ValueError)


@dataclass
class Subject:
    """One backend of ours."""

    name: str
    dialect: str
    repositories: Mapping[str, Any]
    store: Store

    def call(self, repository: str, call: Call, stamp: Stamp) -> Answer:
        """As the oracle answers."""
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

    def reset(self, entity: Entity, rows: list[Row]) -> None:
        """These rows and no others."""
        there = {entity.key_of(row): row for row in self.rows(entity)}
        wanted = {entity.key_of(row): row for row in rows}
        if gone := there.keys() - wanted.keys():
            self.store.delete(entity, gone)
        if other := [row for key, row in wanted.items() if there.get(key) != row]:
            self.store.put(entity, other)


def ask(oracle: Oracle, table: str, call: Call, stamp: Stamp, name: str) -> Answer:
    """The same call on Open WebUI, with the ids and the clock of the stamp."""
    ids = [stamp.id(name) for _ in range(40)]
    return oracle.call(
        table,
        call.method,
        *call.args,
        time=stamp.time,
        time_ns=stamp.time_ns,
        ids=ids,
        seed=stamp.again()._seed,
        **dict(call.kwargs),
    )


def plain(value: Any) -> Any:
    """Models as dicts."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


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


def _members_text(row: dict[str, Any]) -> dict[str, Any]:
    meta = json.loads(row["meta"]) if row.get("meta") else None
    if isinstance(meta, dict) and isinstance(meta.get("tags"), list) and len(meta["tags"]) > 1:
        return {"meta": {**meta, "tags": sorted(meta["tags"], key=repr)}}
    members = json.loads(row["user_ids"]) if row.get("user_ids") else None
    return {"user_ids": sorted(members, key=repr)} if isinstance(members, list) else {}
