"""Contracts: interfaces whose methods are marked read or write, with what both adapters and the comparison must know.

class INotes(Protocol):
    @write(refused=None)
    def add(self, id: str, text: str) -> Note | None: ...
    @read(order=Order.ANY)
    def all(self) -> list[Note]: ...
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

_MARK = "__dualwrite_method__"
Function = TypeVar("Function", bound=Callable[..., Any])


class Access(StrEnum):
    """Whether a method may change anything."""

    READ = "read"
    WRITE = "write"


class Order(StrEnum):
    """Whether the order of a list result is part of the answer."""

    FIXED = "fixed"
    ANY = "any"  # compared as a multiset: SQL itself promises no order


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a contract. `refused` makes the answer for a write that a store refused (conflict, invalid, …)."""

    name: str
    access: Access
    order: Order = Order.FIXED
    refused: Callable[[], object] | None = None


def read(*, order: Order = Order.FIXED) -> Callable[[Function], Function]:
    """Marks a method that changes nothing."""
    return _mark(Access.READ, order, None)


def write(*, refused: object = ..., order: Order = Order.FIXED) -> Callable[[Function], Function]:
    """Marks a method that may change something. `refused` is its answer when a store refuses the write (a mutable one is
    copied for each caller); left out, the refusal is raised."""
    if refused is ...:
        return _mark(Access.WRITE, order, None)
    return _mark(Access.WRITE, order, lambda: copy.deepcopy(refused))


def _mark(
    access: Access, order: Order, refused: Callable[[], object] | None
) -> Callable[[Function], Function]:
    def mark(function: Function) -> Function:
        setattr(function, _MARK, Method(function.__name__, access, order, refused))
        return function

    return mark


@cache
def methods_of(contract: type) -> Mapping[str, Method]:
    """The methods of a contract by name, in the order they were written.

    Raises:
        TypeError: a public method is marked neither read nor write.
    """
    found: dict[str, Method] = {}
    for base in reversed(contract.__mro__):
        for name, function in vars(base).items():
            if name.startswith("_") or not callable(function) or base.__module__ == "typing":
                continue
            method = getattr(function, _MARK, None)
            if method is None:
                raise TypeError(f"{contract.__name__}.{name} is marked neither read nor write")
            found[name] = method
    return MappingProxyType(found)
