"""Between rows (what both stores hold) and models (what callers get)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from pydantic import BaseModel, ValidationError

from dualwrite.adapter import report
from dualwrite.entity import Entity, Kind, Row, Value
from dualwrite.errors import Invalid, Refused

Model = TypeVar("Model", bound=BaseModel)
Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


def to_row(entity: Entity, model: BaseModel) -> Row:
    """A new row. A None in a JSON column becomes JSON `null`, not SQL's NULL: so does SQLAlchemy with one it is given."""
    fields = model.model_dump()
    return {column.name: to_value(entity, column.name, fields[column.name]) for column in entity.columns}


def to_value(entity: Entity, name: str, value: Any) -> Value:
    """One value of a row; of a point in time, its date. Raises `Invalid` for what JSON cannot say."""
    kind = entity.column(name).kind
    if kind is Kind.DATE and isinstance(value, date):
        return date(value.year, value.month, value.day).isoformat()
    if kind is not Kind.JSON:
        return value  # type: ignore[no-any-return]  # what does not fit is refused by `require_row`
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        raise Invalid(f"{entity.name}: {name} cannot be written as JSON") from None


def json_of(row: Mapping[str, Value], name: str) -> Any:
    """The value in a JSON column; None for NULL and for `null`. Raises `Invalid` for what is no JSON."""
    return _parsed(json.loads, row, name)


def replaced_json(entity: Entity, row: Mapping[str, Value], name: str, value: Any) -> Value:
    """The text for a JSON column that gets a new value.

    Where the values are equal in Python (`1`, `1.0` and `True` are), the old text stays: SQLAlchemy sees no change then.
    """
    old = row[name]
    return old if old is not None and json_of(row, name) == value else to_value(entity, name, value)


def to_fields(entity: Entity, row: Mapping[str, Value]) -> dict[str, Any]:
    """A row, or the columns read of it, with its JSON and its dates parsed. Raises `Invalid`."""
    return {
        column.name: _parsed(parse, row, column.name)
        if (parse := _PARSERS.get(column.kind))
        else row[column.name]
        for column in entity.columns
        if column.name in row
    }


def to_model(model: type[Model], entity: Entity, row: Mapping[str, Value], **changed: Any) -> Model:
    """A row as a model, with some fields as given instead of as stored.

    Raises:
        Invalid: the row is not what the model allows.
    """
    try:
        return model.model_validate({**to_fields(entity, row), **changed})
    except ValidationError:
        raise Invalid(f"{entity.name}: a stored row does not make a {model.__name__}") from None


def none_if_refused(function: Callable[Parameters, Answer]) -> Callable[Parameters, Answer | None]:
    """For reads of one record, to which an argument no row can have, or a row no model allows, is a missing record: the log
    tells them apart."""

    @wraps(function)
    def answer(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer | None:
        try:
            return function(*args, **kwargs)
        except Refused as refusal:
            report(refusal)
            return None

    return answer


def _parsed(parse: Callable[[str], Any], row: Mapping[str, Value], name: str) -> Any:
    text = row[name]
    try:
        return None if text is None else parse(str(text))
    except (ValueError, RecursionError):
        raise Invalid(f"{name} holds text that cannot be read") from None


_PARSERS: Mapping[Kind, Callable[[str], Any]] = {Kind.JSON: json.loads, Kind.DATE: date.fromisoformat}
