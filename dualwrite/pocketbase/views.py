"""The views that show relations: what a list in a JSON column names, as records with a relation field to either side.

PocketBase's own relation fields would have to be written: with each row, again whenever a row they point to comes or goes, and
by rewriting every record that points to a row that is deleted. A view is always what the rows say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from dualwrite.entity import Entity, Relation
from dualwrite.pocketbase.collections import RULES, Wanted, open_rules
from dualwrite.pocketbase.names import collection_name, relation_name

_MARK = "dualwrite_from"  # an alias in the query: whose view it is


@dataclass(frozen=True)
class View(Wanted):
    """A view collection. Its fields are PocketBase's own reading of the query."""

    query: str

    @override
    def created(self, ids: Mapping[str, str]) -> dict[str, Any]:
        return {"name": self.name, "type": "view", **self._settings()}

    @override
    def is_ours(self, found: Mapping[str, Any]) -> bool:
        return found.get("type") == "view" and _MARK in found["viewQuery"]

    @override
    def differences(self, found: Mapping[str, Any], ids: Mapping[str, str]) -> Iterator[str]:
        if _folded(found["viewQuery"]) != _folded(self.query):
            yield f"{found['name']}: the view has another query"
        yield from open_rules(found)

    @override
    def mended(self, found: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
        return self._settings()

    def _settings(self) -> dict[str, Any]:
        return {"viewQuery": self.query, **dict.fromkeys(RULES)}


def views(prefix: str, entity: Entity) -> list[View]:
    """One for each relation of the entity."""
    return [
        View(relation_name(prefix, relation), _query(prefix, entity, relation))
        for relation in entity.relations
    ]


def _query(prefix: str, entity: Entity, relation: Relation) -> str:
    """Names come from declared entities, which check them; see `dualwrite.codec` for JSON in a box."""
    to = relation.to
    json = f"{_MARK}.{entity.column(relation.column).field}"
    same = "".join(
        f" AND dualwrite_to.{to.column(name).field} = {_MARK}.{entity.column(name).field}"
        for name in relation.same
    )
    return f"""SELECT ({_MARK}.id || dualwrite_to.id) AS id, {_MARK}.id AS `{entity.name}`, dualwrite_to.id AS `{to.name}`
FROM {collection_name(prefix, entity)} {_MARK}
JOIN json_each(CASE WHEN NOT json_valid({json}) THEN '[]'
  WHEN substr({json}, 1, 9) = '{{"$sql":"' THEN json_extract({json}, '$."$sql"') ELSE {json} END, '$.{relation.member}') dualwrite_item
JOIN {collection_name(prefix, to)} dualwrite_to
  ON dualwrite_item.type = 'text' AND dualwrite_to.{to.column(relation.named).field} = dualwrite_item.value{same}
GROUP BY {_MARK}.id, dualwrite_to.id"""  # noqa: S608 - names of declared entities


def _folded(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip()
