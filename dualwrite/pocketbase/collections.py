"""What the collections for an entity must look like: fields, indexes, rules. Pure data, as the collections API takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dualwrite.codec import stored_as_text
from dualwrite.entity import RECORD_ID_LENGTH, RECORD_ID_PATTERN, Column, Content, Entity, Index, Kind
from dualwrite.pocketbase.names import collection_name, content_name

LARGEST = 1_000_000_000  # SQLite's own limit for a value, in bytes; PocketBase's defaults are 5,000 characters and 1 MiB
FILE_TOKEN_SECONDS = (
    120  # a longer life than a slow page needs to begin a download; PocketBase's default is 180
)
RULES = ("listRule", "viewRule", "createRule", "updateRule", "deleteRule")


@dataclass(frozen=True)
class Wanted:
    """One collection. `indexes` maps an index's name to its SQL; the first is `marker`: a collection that has it is ours,
    no other is ever touched. `relations` maps a field to the name of the collection that it points to."""

    name: str
    fields: tuple[dict[str, Any], ...]
    indexes: Mapping[str, str]
    relations: Mapping[str, str]

    @property
    def marker(self) -> str:
        """The name of the index by which we know it."""
        return next(iter(self.indexes))

    def fields_with(self, ids: Mapping[str, str]) -> list[dict[str, Any]]:
        """The fields, where collections have these ids by name."""
        return [
            field | {"collectionId": ids.get(self.relations[field["name"]], "")}
            if field["name"] in self.relations
            else field
            for field in self.fields
        ]

    def created(self, ids: Mapping[str, str]) -> dict[str, Any]:
        """All of it, as it is created."""
        return {
            "name": self.name,
            "type": "base",
            "fields": self.fields_with(ids),
            "indexes": list(self.indexes.values()),
            **dict.fromkeys(RULES),
        }


def wanted(prefix: str, entity: Entity) -> list[Wanted]:
    """The collections of an entity: that of its rows, and behind it that of their content, if it has any."""
    rows = Wanted(collection_name(prefix, entity), tuple(fields(entity)), indexes(prefix, entity), {})
    return [rows] if entity.content is None else [rows, _content(prefix, entity, entity.content)]


def fields(entity: Entity) -> list[dict[str, Any]]:
    """The fields of the rows' collection, `id` first."""
    return [_RECORD_ID, *(_field(column) for column in entity.columns)]


def indexes(prefix: str, entity: Entity) -> dict[str, str]:
    """Index name to SQL, in the rows' collection."""
    own = [Index(entity.key, unique=True), *entity.indexes]
    return dict(_index(prefix, entity, index, first=at == 0) for at, index in enumerate(own))


_RECORD_ID: dict[str, Any] = {
    "name": "id",
    "type": "text",
    "system": True,
    "primaryKey": True,
    "required": True,
    "min": RECORD_ID_LENGTH,
    "max": RECORD_ID_LENGTH,
    "pattern": RECORD_ID_PATTERN,
    "autogeneratePattern": "",
}


def _content(prefix: str, entity: Entity, content: Content) -> Wanted:
    """See `dualwrite.pocketbase.content`."""
    name = content_name(prefix, entity)
    plain = {"required": False, "hidden": False}
    fields = (
        _RECORD_ID,
        {"name": "row", "type": "relation", "cascadeDelete": True, "maxSelect": 1, **plain},
        # Protected: its URL alone opens nothing. The limit of a request's body grows with that of its file.
        {
            "name": "content",
            "type": "file",
            "maxSelect": 1,
            "maxSize": content.largest,
            "protected": True,
            **plain,
        },
        {"name": "checked", "type": "text", **plain},
        {"name": "size", "type": "number", **plain},
        {"name": "sha256", "type": "text", **plain},
    )
    marker = f"dualwrite_{name}"
    # Unique but for the records that only exist to be deleted.
    unique = f"CREATE UNIQUE INDEX `{marker}` ON `{name}` (`row`) WHERE `row` != ''"
    return Wanted(name, fields, {marker: unique}, {"row": collection_name(prefix, entity)})


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.field, "required": False, "hidden": False}
    if stored_as_text(column):
        return field | {"type": "text", "max": LARGEST, "min": 0, "pattern": ""}
    if column.kind is Kind.JSON:
        return field | {"type": "json", "maxSize": LARGEST}
    if column.kind is Kind.BOOLEAN:
        return field | {"type": "bool"}
    return field | {"type": "number", "onlyInt": False}


def _index(prefix: str, entity: Entity, index: Index, *, first: bool) -> tuple[str, str]:
    columns = [entity.column(name) for name in index.columns]
    name = f"dualwrite_{collection_name(prefix, entity)}"
    if not first:
        name += "".join(f"_{column.field}" for column in columns) + ("_unique" if index.unique else "")
    unique = "UNIQUE " if index.unique else ""
    listed = ", ".join(f"`{column.field}`" for column in columns)
    sql = f"CREATE {unique}INDEX `{name}` ON `{collection_name(prefix, entity)}` ({listed})"
    nullable = [f"`{column.field}` != ''" for column in columns if column.nullable]
    # NULL is '' in PocketBase, and SQL's unique indexes let any number of rows be NULL.
    return name, sql + (" WHERE " + " AND ".join(nullable) if index.unique and nullable else "")
