"""What forms make of a model's row, and how a whole set of models replaces another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dualwrite.dialect import Dialect
from dualwrite.entity import Row, Value
from dualwrite.errors import Conflict, Invalid
from repos.entities import MODEL
from repos.models.form import Form
from repos.models.model import ModelModel, ModelUserResponse
from repos.models.user import UserModel
from repos.rules.dialect import require_row
from repos.rules.rows import to_model, to_value

_COLUMNS = frozenset(column.name for column in MODEL.columns)


@dataclass(frozen=True, slots=True)
class Synced:
    """What makes the stored models the wanted ones: new rows and changed ones, whole, and ids to delete."""

    created: Sequence[Row]
    updated: Sequence[Row]
    deleted: Sequence[str]


def stored_model(row: Row) -> ModelModel:
    """The model of a row. Raises `Invalid`."""
    return to_model(ModelModel, MODEL, row)


def owners(rows: Iterable[Row]) -> list[str]:
    """The users whose models these are, sorted."""
    return sorted({str(row["user_id"]) for row in rows})


def with_owners(rows: Iterable[Row], users: Iterable[UserModel]) -> list[ModelUserResponse]:
    """The models with those of the users that are their owners. Raises `Invalid`."""
    by_id = {user.id: user.model_dump() for user in users}
    return [to_model(ModelUserResponse, MODEL, row, user=by_id.get(str(row["user_id"]))) for row in rows]


def new_model(form: Form, user_id: str, now: int) -> ModelModel:
    """A model from its form. Raises `pydantic.ValidationError`."""
    return ModelModel.model_validate(
        {**form.model_dump(), "user_id": user_id, "created_at": now, "updated_at": now}
    )


def form_changes(form: Form) -> dict[str, Value]:
    """The columns that an update form writes. Raises `Invalid` for a field that models do not have."""
    fields = form.model_dump()
    fields.pop("id", None)
    return _values(fields)


def toggled(row: Row, now: int) -> dict[str, Value]:
    """The columns that switch a model on or off."""
    return {"is_active": not row["is_active"], "updated_at": now}


def synced(
    dialect: Dialect, stored: Collection[str], models: Iterable[Form], user_id: str, now: int
) -> Synced:
    """What a sync does to the models of these ids.

    Raises:
        Invalid: the database would refuse one of the models, or `models` is no list of models.
        Conflict: a new one comes twice.
    """
    created: dict[str, Row] = {}
    updated: dict[str, Row] = {}
    for number, fields in enumerate(_dumped(models)):
        row = _values({**fields, "user_id": user_id, "updated_at": now})
        require_row(dialect, MODEL, row)
        if len(row) < len(_COLUMNS):
            raise Invalid(f"model: number {number} of those to sync lacks a field")
        key = str(row["id"])
        if key in created:
            raise Conflict("model: two new ones to sync have the same id")
        (updated if key in stored else created)[key] = row
    gone = sorted(set(stored) - updated.keys())
    return Synced(tuple(created.values()), tuple(updated.values()), gone)


def _values(fields: Mapping[str, object]) -> Row:
    if not _COLUMNS.issuperset(fields):
        raise Invalid("model: a form has a field that cannot be written")
    return {name: to_value(MODEL, name, value) for name, value in fields.items()}


def _dumped(models: Iterable[Form]) -> list[dict[str, Any]]:
    try:
        return [each.model_dump() for each in models]
    except (TypeError, AttributeError):
        raise Invalid("model: no list of models was given") from None
