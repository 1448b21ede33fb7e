"""Calls of the models repository: the list with its access control is asked for on every page."""

from __future__ import annotations

from repos.models.model import ModelForm
from repos.rehearsal.callers.calls import After, Args, Calls, Read, Write, answered
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.supply import parsed

_JSON = ("meta", "params", "access_control")


def _form(estate: Estate, **fields: object) -> ModelForm:
    row = estate.supply.row("model")
    return ModelForm.model_validate({**row, **{name: parsed(row[name]) for name in _JSON}, **fields})


def _new(estate: Estate) -> Args:
    return _form(estate), estate.owner()


def _made(estate: Estate, form: ModelForm, _: str) -> After:
    return answered("model")(estate, form.id)


def _picked(estate: Estate) -> Args:
    return (estate.pick("model")["id"],)


def _changed(estate: Estate) -> Args:
    model = estate.pick("model")
    return model["id"], _form(estate, id=model["id"])


CALLS: Calls = (
    Read(6, "get_models"),
    Read(4, "get_all_models"),
    Read(3, "get_base_models"),
    Read(
        10,
        "get_models_by_user_id",
        lambda estate: (estate.someone(), estate.rng.choice(("read", "write"))),
    ),
    Read(18, "get_model_by_id", lambda estate: (estate.seen("model")["id"],)),
    Write(2, "insert_new_model", _new, _made, makes="model"),
    Write(2, "update_model_by_id", _changed, answered("model")),
    Write(2, "toggle_model_by_id", _picked, answered("model")),
    Write(1, "delete_model_by_id", _picked, lambda _, model: {("model", (model,)): None}, removes="model"),
)
