"""Our answers as instances of Open WebUI's own classes: the same names, the same fields, checked before anything is wired."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel

from dualwrite.contract import methods_of
from repos.migration import openwebui
from repos.openwebui.places import PLACES

_OURS = "repos.models."


class Results:
    """Turns answers into Open WebUI's classes. `find` gives a class by its module (below `open_webui`) and name.

    Only what declares a model is looked into: a chat's document, however long, is passed on as it is.
    """

    def __init__(self, find: Callable[[str, str], type[BaseModel]]) -> None:
        self._turn = {ours: _turning(ours, find(*counterpart(ours))) for ours in result_classes()}

    def of(self, value: Any) -> Any:
        """The answer for Open WebUI: models, lists of them, and dicts of either; anything else is itself."""
        turn = self._turn.get(type(value))
        if turn is not None:
            return turn(value, self.of)
        if type(value) is list:
            return [self.of(each) for each in value] if value and self._holds_models(value[0]) else value
        if type(value) is dict:
            return (
                {name: self.of(each) for name, each in value.items()}
                if any(map(self._holds_models, value.values()))
                else value
            )
        return value

    def _holds_models(self, value: Any) -> bool:
        if type(value) is list:
            return bool(value) and type(value[0]) in self._turn
        return type(value) in self._turn


def _turning(
    ours: type[BaseModel], theirs: type[BaseModel]
) -> Callable[[Any, Callable[[Any], Any]], BaseModel]:
    names = tuple(name for name in ours.model_fields if name in theirs.model_fields)
    nested = frozenset(
        name for name in names if next(_models_in(ours.model_fields[name].annotation), None) is not None
    )

    lacking = ours.model_fields.keys() - names
    put = object.__setattr__

    def turn(value: BaseModel, of: Callable[[Any], Any]) -> BaseModel:
        # As pydantic's own copy does it: `model_construct` goes over every field's aliases and defaults, ten times as slow, and a
        # list of chats has hundreds.
        held = value.__dict__
        fields = {name: held[name] for name in names}
        for name in nested:
            fields[name] = of(held[name])
        turned = theirs.__new__(theirs)
        put(turned, "__dict__", fields)
        put(turned, "__pydantic_fields_set__", value.__pydantic_fields_set__ - lacking)
        put(turned, "__pydantic_extra__", value.__pydantic_extra__ and {**value.__pydantic_extra__})
        put(turned, "__pydantic_private__", None)
        return turned

    return turn


def counterpart(ours: type[BaseModel]) -> tuple[str, str]:
    """The module (below `open_webui`) and the name of the class of theirs: `repos.models.user` is `models.users`."""
    return PLACES[f"{ours.__module__.removeprefix(_OURS)}s"].module, ours.__name__


@cache
def result_classes() -> tuple[type[BaseModel], ...]:
    """Every class of ours that an answer may hold, by the contracts' annotations."""
    found: dict[type[BaseModel], None] = {}
    for contract in openwebui.contracts.values():
        for name in methods_of(contract):
            hints = typing.get_type_hints(getattr(contract, name))
            for model in _models_in(hints["return"]):
                found[model] = None
    return tuple(found)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            yield annotation
            for info in annotation.model_fields.values():
                yield from _models_in(info.annotation)
        return
    for part in typing.get_args(annotation):
        yield from _models_in(part)
