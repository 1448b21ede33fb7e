"""The tree that a user's folders make, their names, and what a change of one does."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from dualwrite.entity import Row, Value
from dualwrite.errors import Invalid
from repos.entities import FOLDER
from repos.models.folder import FolderModel
from repos.models.form import Form
from repos.rules.rows import json_of, replaced_json, to_model

_GAPS = re.compile(r"[\s_]+")


def normalised_name(name: str) -> str:
    """The name as the searches compare it."""
    return _GAPS.sub(" ", name).strip().lower()


def new_folder(
    id: str, user_id: str, form: Mapping[str, Any], parent_id: str | None, now: int
) -> FolderModel:
    """A folder from what was set in its form. Raises `pydantic.ValidationError`."""
    return FolderModel.model_validate(
        {
            "id": id,
            "user_id": user_id,
            **form,
            "parent_id": parent_id,
            "created_at": now,
            "updated_at": now,
        }
    )


class Tree:
    """All folders of one user, by id; `rows` come sorted by id, and so do the children of each."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self._by_id = {str(row["id"]): row for row in rows}
        self._children: defaultdict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row["parent_id"] is not None:
                self._children[str(row["parent_id"])].append(row)

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def below(self, id: str) -> list[FolderModel]:
        """Every folder under this one, children before their parent.

        Raises:
            Invalid: the tree runs in a circle, or a row does not make a folder.
        """
        found: list[FolderModel] = []
        open_folders = [iter(self._children[id])]
        path: list[Row] = []
        while open_folders:
            child = next(open_folders[-1], None)
            if child is not None:
                # Each folder has one parent: a circle below `id` can only lead back to `id`.
                if child["id"] == id:
                    raise Invalid("folder: the tree runs in a circle")
                path.append(child)
                open_folders.append(iter(self._children[str(child["id"])]))
                continue
            open_folders.pop()
            if path:
                found.append(folder(path.pop()))
        return found

    def with_names(self, names: Collection[str]) -> list[FolderModel]:
        """The folders with one of these normalised names and all below each; every folder once, where it came up first.

        Raises:
            Invalid: as `below`.
        """
        found: dict[str, FolderModel] = {}
        for row in self.rows:
            if normalised_name(str(row["name"])) in names:
                match = folder(row)
                found[match.id] = match
                found.update((child.id, child) for child in self.below(match.id))
        return list(found.values())

    def with_name_containing(self, part: str) -> list[FolderModel]:
        """The folders whose normalised name contains this."""
        return [folder(row) for row in self.rows if part in normalised_name(str(row["name"]))]


def folder(row: Row, **changed: Any) -> FolderModel:
    """The model of a row. Raises `Invalid`."""
    return to_model(FolderModel, FOLDER, row, **changed)


def flag(value: object) -> bool:
    """The boolean that SQLAlchemy takes a value for: True and False, and numbers equal to them.

    Raises:
        Invalid: it is neither.
    """
    if value in (True, False):
        return bool(value)
    raise Invalid("folder: is_expanded is no boolean")


class FolderChange:
    """What an update form makes of a folder: `changes` for the row, and the fields to answer with.

    A JSON column keeps its text where the merged value is equal to the old one in Python, and yet the answer shows the
    new value: SQLAlchemy answers from memory.

    Raises:
        Invalid: a field that may not be None is set to None.
    """

    def __init__(self, row: Row, form: Form, now: int) -> None:
        fields = form.model_dump(exclude_unset=True)
        self.new_name: str | None = fields.get("name")
        self.answer: dict[str, Any] = {"updated_at": now}
        self.changes: dict[str, Value] = {"updated_at": now}
        if "name" in fields:
            self.changes["name"] = self.answer["name"] = fields["name"]
        for name in ("data", "meta"):
            if name not in fields:
                continue
            if fields[name] is None:
                raise Invalid(f"folder: {name} cannot be merged with None")
            try:
                merged = {**(json_of(row, name) or {}), **fields[name]}
            except TypeError:
                raise Invalid(f"folder: {name} is not an object") from None
            self.answer[name] = merged
            self.changes[name] = replaced_json(FOLDER, row, name, merged)
