"""What the collections of an entity must look like: fields, indexes, rules. Pure data, as the collections API takes it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from dualwrite.codec import stored_as_text
from dualwrite.entity import RECORD_ID_LENGTH, RECORD_ID_PATTERN, Column, Content, Entity, Index, Kind
from dualwrite.errors import ConfigurationError
from dualwrite.pocketbase.names import collection_name, content_name

LARGEST = 1_000_000_000  # SQLite's own limit for a value, in bytes; PocketBase's defaults are 5,000 characters and 1 MiB
FILE_TOKEN_SECONDS = (
    120  # a longer life than a slow page needs to begin a download; PocketBase's default is 180
)
RULES = ("listRule", "viewRule", "createRule", "updateRule", "deleteRule")


@dataclass(frozen=True)
class Wanted(ABC):
    """One collection as it must be. `found` is one as the server describes it; `ids` are those of all collections by name."""

    name: str

    @abstractmethod
    def created(self, ids: Mapping[str, str]) -> dict[str, Any]:
        """All of it, as it is created."""

    @abstractmethod
    def is_ours(self, found: Mapping[str, Any]) -> bool:
        """Whether dualwrite made what has this name; nothing else is ever touched."""

    @abstractmethod
    def differences(self, found: Mapping[str, Any], ids: Mapping[str, str]) -> Iterator[str]:
        """What is otherwise than it must be, one line each."""

    @abstractmethod
    def mended(self, found: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
        """What to change so that nothing is.

        Raises:
            ConfigurationError: PocketBase cannot change it in place.
        """


def open_rules(found: Mapping[str, Any]) -> Iterator[str]:
    """Every collection of ours is for superusers only; one line for each rule that is not so."""
    for rule in RULES:
        if found.get(rule) is not None:
            yield f"{found['name']}: {rule} lets others than superusers in"


@dataclass(frozen=True)
class Base(Wanted):
    """A collection of records. `indexes` maps an index's name to its SQL; the first marks it as ours. `relations` maps a
    field to the name of the collection that it points to."""

    fields: tuple[dict[str, Any], ...]
    indexes: Mapping[str, str]
    relations: Mapping[str, str]

    @override
    def created(self, ids: Mapping[str, str]) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": "base",
            "fields": self._fields_with(ids),
            "indexes": list(self.indexes.values()),
            **dict.fromkeys(RULES),
        }

    @override
    def is_ours(self, found: Mapping[str, Any]) -> bool:
        return found.get("type") == "base" and next(iter(self.indexes)) in index_names(found)

    @override
    def differences(self, found: Mapping[str, Any], ids: Mapping[str, str]) -> Iterator[str]:
        name = found["name"]
        present = {field["name"]: field for field in found["fields"]}
        for asked in self._fields_with(ids):
            field = present.get(asked["name"])
            if field is None:
                yield f"{name}: field {asked['name']} is missing"
                continue
            for setting, value in asked.items():
                if field.get(setting) != value:
                    yield f"{name}: field {asked['name']} has another {setting}"
        held = index_names(found)
        for index, sql in self.indexes.items():
            if index not in held:
                yield f"{name}: index {index} is missing"
            elif _normal(held[index]) != _normal(sql):
                yield f"{name}: index {index} is another one"
        yield from open_rules(found)

    @override
    def mended(self, found: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
        asked = {field["name"]: field for field in self._fields_with(ids)}
        for field in found["fields"]:
            other = asked.get(field["name"])
            if other is not None and other["type"] != field["type"]:
                raise ConfigurationError(
                    f"{found['name']}: field {field['name']} is of type {field['type']} and must be {other['type']}; "
                    "PocketBase cannot change it in place"
                )
        merged = [{**field, **asked.pop(field["name"], {})} for field in found["fields"]]
        return {
            "fields": [*merged, *asked.values()],
            "indexes": list({**index_names(found), **self.indexes}.values()),
            **dict.fromkeys(RULES),
        }

    def _fields_with(self, ids: Mapping[str, str]) -> list[dict[str, Any]]:
        """The fields, where collections have these ids by name."""
        return [
            field | {"collectionId": ids.get(self.relations[field["name"]], "")}
            if field["name"] in self.relations
            else field
            for field in self.fields
        ]


def wanted(prefix: str, entity: Entity) -> list[Base]:
    """The collections of an entity: that of its rows, and behind it that of their content, if it has any."""
    rows = Base(collection_name(prefix, entity), tuple(fields(entity)), indexes(prefix, entity), {})
    return [rows] if entity.content is None else [rows, _content(prefix, entity, entity.content)]


def fields(entity: Entity) -> list[dict[str, Any]]:
    """The fields of the rows' collection, `id` first."""
    return [_RECORD_ID, *(_field(column) for column in entity.columns)]


def indexes(prefix: str, entity: Entity) -> dict[str, str]:
    """Index name to SQL, in the rows' collection."""
    own = [Index(entity.key, unique=True), *entity.indexes]
    found = dict(_index(prefix, entity, index, first=at == 0) for at, index in enumerate(own))
    return found | _of_ids(collection_name(prefix, entity))


def read_indexes(prefix: str, entity: Entity) -> dict[str, str]:
    """Those of `indexes` that only reads need: no value is kept unique by them, and PocketBase asks none of them when it writes."""
    return dict(_index(prefix, entity, index, first=False) for index in entity.indexes if not index.unique)


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


def _content(prefix: str, entity: Entity, content: Content) -> Base:
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
    # For PocketBase, which looks for what goes with a row that is deleted.
    index = f"CREATE INDEX `{marker}` ON `{name}` (`row`)"
    return Base(name, fields, {marker: index} | _of_ids(name), {"row": collection_name(prefix, entity)})


def _of_ids(collection: str) -> dict[str, str]:
    """For PocketBase, which looks whether an id is taken in any case of its letters whenever a record is created: without it, in
    all of them."""
    name = f"dualwrite_{collection}_id"
    return {name: f"CREATE INDEX `{name}` ON `{collection}` (`id` COLLATE NOCASE)"}


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


def index_names(found: Mapping[str, Any]) -> dict[str, str]:
    """Index name to its SQL, of a collection as the server describes it."""
    named = {}
    for sql in found.get("indexes") or ():
        match = re.search(r"INDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?[`\"\[]?(\w+)", sql, re.IGNORECASE)
        if match:
            named[match[1]] = sql
    return named


def _normal(sql: str) -> str:
    return re.sub(r"[\s`\"\[\]]+", " ", sql).strip().lower()
