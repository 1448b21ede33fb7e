"""Dual writes from SQLAlchemy to PocketBase, with a durable repair journal, comparison of both answers, and one switch.

Importing this loads neither SQLAlchemy nor the PocketBase client; `open_dual` does when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dualwrite.adapter import Adapter
from dualwrite.call import current_stamp
from dualwrite.contract import Order, read, write
from dualwrite.entity import Column, Content, Entity, Index, Kind, Relation
from dualwrite.errors import DualwriteError
from dualwrite.migration import Migration
from dualwrite.phase import Phase
from dualwrite.settings import Settings

if TYPE_CHECKING:
    from dualwrite.runtime import Runtime, open_dual

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


def __getattr__(name: str) -> Any:
    if name in ("Runtime", "open_dual"):
        from dualwrite import runtime

        return getattr(runtime, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
