"""The hook files: rendered from the entities, written into a PocketBase's hooks folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from dualwrite.codec import stored_as_text
from dualwrite.entity import Column, Entity, Kind
from dualwrite.files import write_whole
from dualwrite.pocketbase.names import checked_prefix, collection_name, content_name, route_base

HOOKS_VERSION = "1"
LIBRARY = ("requests", "rows", "conditions", "telling", "writing", "handlers")
"""Its parts, as they stand in the one file that is installed."""
BODY_LIMIT = 512 * 1024 * 1024  # bytes; one document of 40 MB is 80 MB at worst once it is escaped


def install_hooks(hooks_dir: Path, entities: Sequence[Entity], prefix: str = "") -> list[Path]:
    """Write the two hook files of this prefix; PocketBase reloads by itself where it watches the folder.

    Other files there are left alone. Writing what is there already changes nothing.
    """
    hooks_dir.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in hook_files(entities, prefix).items():
        path = hooks_dir / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_whole(path, text)  # the routes need the library, which `hook_files` names first
        written.append(path)
    return written


def hook_files(entities: Sequence[Entity], prefix: str = "") -> dict[str, str]:
    """File name to text: what `install_hooks` writes, for a hooks folder that only someone else can reach."""
    name = f"dualwrite-{prefix}" if checked_prefix(prefix) else "dualwrite"
    library = f"{name}.lib.js"
    values = {
        "@BASE@": route_base(prefix),
        "@LIBRARY@": library,
        "@BODY_LIMIT@": str(BODY_LIMIT),
        "@HOOKS_VERSION@": HOOKS_VERSION,
        "@SCHEMA@": schema_hash(entities, prefix),
        "@COLLECTIONS@": json.dumps(_collections(entities, prefix), indent=2),
    }
    return {
        library: _rendered(_library(), values),
        f"{name}.pb.js": _rendered(_template("routes.js"), values),
    }


def schema_hash(entities: Sequence[Entity], prefix: str = "") -> str:
    """What the hooks know of the entities, as 16 hex digits: they and this library must agree on it."""
    text = json.dumps([HOOKS_VERSION, _collections(entities, prefix), _library()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def marked(column: Column) -> bool:
    """Whether the codec marks empty text in this column, so that its order is not that of its text."""
    return column.nullable and column.kind is Kind.TEXT


def _collections(entities: Sequence[Entity], prefix: str) -> list[dict[str, object]]:
    return [
        {
            "table": collection_name(prefix, entity),
            "content": content_name(prefix, entity) if entity.content is not None else None,
            "unique": _let_go(entity),
            "key": [[column.name for column in entity.columns].index(name) for name in entity.key],
            "fields": [
                {
                    "name": column.field,
                    "text": stored_as_text(column),
                    "json": column.kind is Kind.JSON,
                    "nullable": column.nullable,
                    "marked": marked(column),
                }
                for column in entity.columns
            ],
        }
        for entity in entities
    ]


def _let_go(entity: Entity) -> list[str]:
    """Fields whose unique value a row gives up before rows are put: two rows may be exchanging theirs."""
    return [
        column.field
        for index in entity.indexes
        if index.unique and len(index.columns) == 1
        for column in (entity.column(index.columns[0]),)
        if column.nullable and stored_as_text(column)
    ]


def _library() -> str:
    return "\n".join(_template(f"library/{part}.js") for part in LIBRARY)


def _template(name: str) -> str:
    return (files(__package__) / "js" / name).read_text(encoding="utf-8")


def _rendered(text: str, values: dict[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text
