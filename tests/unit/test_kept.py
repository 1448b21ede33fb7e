"""What is kept of a call for the work behind the caller."""

from __future__ import annotations

import pickle
import sys
import threading
from collections.abc import Iterator
from enum import Enum
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, create_model

from dualwrite.kept import Keeper

FOREIGN = "somebody_elses"


class Inner(BaseModel):
    text: str


@pytest.fixture
def theirs() -> Iterator[ModuleType]:
    """A package with a form, which exists in this process alone."""
    module = ModuleType(FOREIGN)
    module.Form = create_model(  # type: ignore[attr-defined]
        "Form",
        __module__=FOREIGN,
        __config__=ConfigDict(extra="allow"),
        name=(str, ...),
        meta=(dict[str, Any] | None, None),
        inner=(Inner | None, None),
    )
    sys.modules[FOREIGN] = module
    yield module
    del sys.modules[FOREIGN]


def test_what_the_caller_changes_afterwards_is_not_in_it() -> None:
    tags = ["one"]
    kept = Keeper().call(("a", tags), {"form": {"x": [1]}})
    tags.append("two")
    assert kept.take() == (("a", ["one"]), {"form": {"x": [1]}})


def test_who_takes_it_may_change_it() -> None:
    kept = Keeper().answer({"x": [1]})
    kept.take()["x"].append(2)
    assert kept.take() == {"x": [1]}


def test_plain_arguments_are_not_copied() -> None:
    arguments = ("a", 1, 1.5, None, True, b"x")
    assert Keeper().call(arguments, {}).take()[0] is arguments


def test_objects_of_a_class_made_inside_a_function_are_copied_too() -> None:
    class Form:
        def __init__(self) -> None:
            self.items = [1]

    form = Form()
    kept = Keeper().call((form,), {})
    form.items.append(2)
    ((copied,), _) = kept.take()
    copied.items.append(3)
    ((copied,), _) = kept.take()
    assert copied.items == [1]


@pytest.mark.parametrize("keeper", [Keeper(), Keeper([FOREIGN])], ids=["here", "for a helper"])
def test_what_cannot_be_copied_raises(keeper: Keeper) -> None:
    with pytest.raises(TypeError):
        keeper.call((threading.Lock(),), {})


def test_a_foreign_model_is_kept_as_a_plain_one_with_the_same_dump(theirs: ModuleType) -> None:
    form = theirs.Form(name="n", meta={"deep": [1, {"x": None}]}, inner=Inner(text="t"), more=7)
    kept = Keeper([FOREIGN]).call((form,), {"also": [form]})
    del sys.modules[FOREIGN]
    try:
        (taken,), also = kept.take()
        assert FOREIGN not in sys.modules
    finally:
        sys.modules[FOREIGN] = theirs
    assert type(taken).__module__ != FOREIGN
    assert also["also"][0].name == "n"
    for options in ({}, {"exclude_unset": True}, {"exclude_none": True}):
        assert taken.model_dump(**options) == form.model_dump(**options)


@pytest.mark.parametrize("given", [{"name": "n"}, {"name": "n", "meta": None}])
def test_what_was_not_given_is_not_said_to_be(theirs: ModuleType, given: dict[str, Any]) -> None:
    (taken,) = Keeper([FOREIGN]).call((theirs.Form(**given),), {}).take()[0]
    assert taken.model_dump(exclude_unset=True) == given
    assert taken.inner is None


def test_models_of_others_stay_what_they_are(theirs: ModuleType) -> None:
    (taken,) = Keeper([FOREIGN]).answer([Inner(text="t")]).take()
    assert type(taken) is Inner


def test_anything_else_of_a_foreign_package_cannot_be_kept(theirs: ModuleType) -> None:
    kind = Enum("Kind", ["ONE"], module=FOREIGN)
    for what in (kind, theirs.Form):
        with pytest.raises(pickle.PicklingError):
            Keeper([FOREIGN]).call(([what],), {})
