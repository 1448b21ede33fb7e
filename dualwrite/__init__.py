"""Dual writes from SQLAlchemy to PocketBase, with a durable repair journal, comparison of both answers, and one switch.

Importing this loads neither SQLAlchemy nor the PocketBase client nor pydantic; `open_dual` and `Settings` do when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dualwrite.adapter import Adapter
from dualwrite.call import current_stamp
from dualwrite.contract import Order, read, write
from dualwrite.entity import Column, Content, Entity, Index, Kind, Relation
from dualwrite.errors import DualwriteError
from dualwrite.migration import Migration
from dualwrite.phase import Phase

if TYPE_CHECKING:
    from dualwrite.runtime import Runtime, open_dual
    from dualwrite.settings import Settings

__all__ = [
    "Adapter",
    "Column",
    "Content",
    "DualwriteError",
    "Entity",
    "Index",
    "Kind",
    "Migration",
    "Order",
    "Phase",
    "Relation",
    "Runtime",
    "Settings",
    "current_stamp",
    "open_dual",
    "read",
    "write",
]


_LATER = {"Runtime": "runtime", "open_dual": "runtime", "Settings": "settings"}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"dualwrite.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
