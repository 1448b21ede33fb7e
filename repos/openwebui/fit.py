"""Whether a source of Open WebUI fits these repositories, and what does not, a line each."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dualwrite.contract import methods_of
from repos.entities import ENTITIES, SCHEMA_HEAD
from repos.migration import openwebui
from repos.openwebui.direct_use import direct_uses
from repos.openwebui.places import PLACES, RELEASES, Place
from repos.openwebui.results import counterpart, result_classes
from repos.openwebui.source import Class, Parameter, Source

_HEADS = {SCHEMA_HEAD}


def misfits(source: Source, release: str | None) -> list[str]:
    """What does not fit; empty where all does. `release` is what the installed package or the checkout calls itself; None
    where nothing says it, and then the code alone decides."""
    found = list(_release(release))
    for name, place in PLACES.items():
        found += _methods(source, place, openwebui.contracts[name])
    found += _results(source)
    found += _tables(source)
    found += _schema(source)
    found += direct_uses(source, {entity.table for entity in ENTITIES})
    return found


def base_release(release: str) -> str:
    """What a fork's own release is built on: `0.6.36` for `0.6.36+ours.2` and `0.6.36-ours`."""
    return release.partition("+")[0].partition("-")[0]


def _release(release: str | None) -> Iterator[str]:
    if release is not None and base_release(release) not in RELEASES:
        yield f"the release {release} is none of {', '.join(RELEASES)}"


def _methods(source: Source, place: Place, contract: type) -> Iterator[str]:
    theirs = source.methods(place)
    where = f"{place.module}.{place.singleton}"
    if theirs is None:
        yield f"{where} is missing"
        return
    ours = {name: parameters_of(getattr(contract, name)) for name in methods_of(contract)}
    for name in sorted(theirs.keys() - ours.keys()):
        yield f"{where}.{name} is unknown"
    for name, parameters in ours.items():
        if name not in theirs:
            yield f"{where}.{name} is missing"
        elif not accepts(parameters, theirs[name]):
            yield f"{where}.{name} takes {_written(theirs[name])}, and {_written(parameters)} is known"


def accepts(ours: Sequence[Parameter], theirs: Sequence[Parameter]) -> bool:
    """Whether whoever calls theirs can be served by ours: the same parameters in the same order, but for ours that have a
    default and that an older release does not know yet."""
    known = {parameter.name: parameter for parameter in theirs}
    shared = [parameter for parameter in ours if parameter.name in known]
    return list(theirs) == shared and all(
        parameter.default is not None for parameter in ours if parameter.name not in known
    )


def parameters_of(function: Any) -> tuple[Parameter, ...]:
    """The parameters of one of our own functions."""
    return tuple(
        Parameter(each.name, each.kind.name, None if each.default is each.empty else repr(each.default))
        for each in inspect.signature(function).parameters.values()
    )


def _results(source: Source) -> Iterator[str]:
    """What we answer with becomes an instance of a class of theirs: all of its fields must be known here."""
    for ours in result_classes():
        name, _ = counterpart(ours)
        module = source.module(name)
        if module is None or ours.__name__ not in module.classes:
            yield f"{name}: the class {ours.__name__} is missing"
            continue
        for unknown in sorted(module.fields(ours.__name__) - ours.model_fields.keys() - {"model_config"}):
            yield f"{module.path}: {ours.__name__}.{unknown} is unknown"


def _tables(source: Source) -> Iterator[str]:
    there = _table_classes(source)
    for entity in ENTITIES:
        if entity.table not in there:
            yield f"the table {entity.table} is missing"
            continue
        path, table = there[entity.table]
        columns = {column.name for column in entity.columns}
        for name in sorted(set(table.columns) - columns):
            yield f"{path}: the table {entity.table} has a column {name}, which is unknown"
        for name in sorted(columns - set(table.columns)):
            yield f"{path}: the table {entity.table} has no column {name}"


def _table_classes(source: Source) -> Mapping[str, tuple[str, Class]]:
    modules = [module for place in PLACES.values() if (module := source.module(place.module)) is not None]
    return {
        each.table: (module.path, each)
        for module in modules
        for each in module.classes.values()
        if each.table is not None
    }


def _schema(source: Source) -> Iterator[str]:
    heads = source.heads()
    if heads != _HEADS:
        yield f"migrations: the newest revision is {', '.join(sorted(heads)) or 'none'}, and {SCHEMA_HEAD} is known"


def _written(parameters: Sequence[Parameter]) -> str:
    words = [
        each.name if each.default is None else f"{each.name}={each.default}"
        for each in parameters
        if each.name != "self"
    ]
    return f"({', '.join(words)})"
