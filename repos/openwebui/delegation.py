"""Open WebUI's classes made to ask somebody else: whoever holds one of the eight instances, whenever it was imported, is served.

The methods are replaced on the class, since others hold the instance and not the module's name for it.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dualwrite.contract import methods_of
from repos.migration import openwebui
from repos.openwebui.fit import parameters_of
from repos.openwebui.places import PACKAGE, PLACES
from repos.openwebui.results import Results
from repos.openwebui.source import Parameter, Source


def delegate(source: Source, repositories: Callable[[], Mapping[str, Any]]) -> None:
    """Every public method of the eight asks the repository of that name from now on. `source` has been found to fit."""
    results = Results(lambda module, name: getattr(_module(module), name))
    asking: list[tuple[type, str, Callable[..., Any]]] = []
    for name, place in PLACES.items():
        owner = type(getattr(_module(place.module), place.singleton))
        theirs = source.methods(place) or {}
        for method in methods_of(openwebui.contracts[name]):
            ours = parameters_of(getattr(openwebui.contracts[name], method))
            function = _asking(name, method, repositories, results.of)
            if theirs[method] != ours:
                function = _by_name(function, theirs[method])
            asking.append((owner, method, functools.wraps(getattr(owner, method))(function)))
    for owner, method, function in asking:
        setattr(owner, method, function)


def _asking(
    name: str, method: str, repositories: Callable[[], Mapping[str, Any]], turned: Callable[[Any], Any]
) -> Callable[..., Any]:
    def ask(_: object, /, *args: Any, **kwargs: Any) -> Any:
        return turned(getattr(repositories()[name], method)(*args, **kwargs))

    return ask


def _by_name(ask: Callable[..., Any], theirs: Sequence[Parameter]) -> Callable[..., Any]:
    """For a release that does not know all of our parameters: what it gives by position means another one here."""
    names = [parameter.name for parameter in theirs[1:]]

    def ask_by_name(self: object, /, *args: Any, **kwargs: Any) -> Any:
        if len(args) > len(names):
            raise TypeError(f"takes {len(names)} arguments, and {len(args)} were given")
        given = dict(zip(names, args, strict=False))
        if twice := given.keys() & kwargs.keys():
            raise TypeError(f"got several values for {', '.join(sorted(twice))}")
        return ask(self, **given, **kwargs)

    return ask_by_name


def _module(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.{name}")
