"""LIKE as the database meant it that was left, in conditions for PocketBase."""

from __future__ import annotations

from dualwrite.dialect import Dialect
from dualwrite.pocketbase import Pattern
from repos.rules.like import folding


def ignoring_case(dialect: Dialect, pattern: str) -> Pattern:
    """A pattern that matches what ILIKE does there. Raises nothing: see `repos.rules.like.require_pattern`."""
    if dialect == "sqlite":
        return Pattern(pattern)
    folded, capitals = folding(pattern)
    return Pattern(folded, capitals, escape="\\")
