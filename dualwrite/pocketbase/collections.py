"""What a collection must look like for an entity: fields, indexes, rules. Pure data, as the collections API takes it."""

from __future__ import annotations

from typing import Any

from dualwrite.codec import stored_as_text
from dualwrite.entity import RECORD_ID_LENGTH, RECORD_ID_PATTERN, Column, Entity, Index, Kind
from dualwrite.pocketbase.names import collection_name

LARGEST = 1_000_000_000  # SQLite's own limit for a value, in bytes; PocketBase's defaults are 5,000 characters and 1 MiB
RULES = ("listRule", "viewRule", "createRule", "updateRule", "deleteRule")


def marker(prefix: str, entity: Entity) -> str:
    """The name of the unique index on the key. A collection that has it is ours; no other is ever touched."""
    return f"dualwrite_{collection_name(prefix, entity)}"


def collection(prefix: str, entity: Entity) -> dict[str, Any]:
    """The whole collection, as it is created."""
    return {
        "name": collection_name(prefix, entity),
        "type": "base",
        "fields": fields(entity),
        "indexes": list(indexes(prefix, entity).values()),
        **dict.fromkeys(RULES),
    }


def fields(entity: Entity) -> list[dict[str, Any]]:
    """The fields, `id` first."""
    record_id = {
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
    return [record_id, *(_field(column) for column in entity.columns)]


def indexes(prefix: str, entity: Entity) -> dict[str, str]:
    """Index name to SQL."""
    own = [Index(entity.key, unique=True), *entity.indexes]
    return dict(_index(prefix, entity, index, first=at == 0) for at, index in enumerate(own))


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
    name = marker(prefix, entity)
    if not first:
        name += "".join(f"_{column.field}" for column in columns) + ("_unique" if index.unique else "")
    unique = "UNIQUE " if index.unique else ""
    listed = ", ".join(f"`{column.field}`" for column in columns)
    sql = f"CREATE {unique}INDEX `{name}` ON `{collection_name(prefix, entity)}` ({listed})"
    nullable = [f"`{column.field}` != ''" for column in columns if column.nullable]
    # NULL is '' in PocketBase, and SQL's unique indexes let any number of rows be NULL.
    return name, sql + (" WHERE " + " AND ".join(nullable) if index.unique and nullable else "")
