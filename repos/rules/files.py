"""How files are made, sorted and merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dualwrite.dialect import Dialect
from dualwrite.entity import Row, Value
from dualwrite.errors import Invalid
from repos.entities import FILE
from repos.models.file import FileMetadataResponse, FileModel
from repos.models.form import Form
from repos.rules.rows import json_of, replaced_json, to_model


@dataclass(frozen=True, slots=True)
class FileChange:
    """What an update writes, nothing where it changes nothing, and the fields it answers with as they were given."""

    changes: Mapping[str, Value]
    answer: Mapping[str, Any]


def file(row: Row, **changed: Any) -> FileModel:
    """The model of a row. Raises `Invalid`."""
    return to_model(FileModel, FILE, row, **changed)


def metadata(row: Mapping[str, Value]) -> FileMetadataResponse:
    """The metadata of a row, of which `METADATA` is enough. Raises `Invalid`."""
    return to_model(FileMetadataResponse, FILE, row)


METADATA = tuple(FileMetadataResponse.model_fields)


def new_file(user_id: str, form: Form, now: int) -> FileModel:
    """A file from its form. Raises `pydantic.ValidationError`."""
    return FileModel.model_validate(
        {**form.model_dump(), "user_id": user_id, "created_at": now, "updated_at": now}
    )


def last_changed_first(dialect: Dialect, rows: Iterable[Row]) -> list[Row]:
    """By `updated_at`, descending; ties stay in their order. NULL is the least to SQLite and the greatest to PostgreSQL."""
    never: list[Row] = []
    known: list[tuple[int, Row]] = []
    for row in rows:
        at = row["updated_at"]
        if at is None:
            never.append(row)
        else:
            known.append((int(at), row))
    changed = [row for _, row in sorted(known, key=lambda one: one[0], reverse=True)]
    return [*changed, *never] if dialect == "sqlite" else [*never, *changed]


def merged(row: Row, name: str, members: Any) -> FileChange:
    """The row's update with these members over those of the object in a JSON column.

    Raises:
        Invalid: either is no object.
    """
    try:
        value = {**(json_of(row, name) or {}), **members}
    except TypeError:
        raise Invalid(f"file: {name} is not an object") from None
    text = replaced_json(FILE, row, name, value)
    return FileChange({} if text == row[name] else {name: text}, {name: value})


def may_access(found: FileModel | None, user_id: str) -> bool:
    """Whether a file is there and this user's own."""
    return found is not None and found.user_id == user_id
