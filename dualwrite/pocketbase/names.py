"""Names on the server: collections, routes. A prefix keeps two migrations on one server apart."""

from __future__ import annotations

import re

from dualwrite.entity import Entity, Relation
from dualwrite.errors import ConfigurationError

_PREFIX = re.compile(r"(?:[a-z][a-z0-9_]{0,30})?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}")


def checked_prefix(prefix: str) -> str:
    """The prefix, if it can be one.

    Raises:
        ConfigurationError: it cannot be part of a collection's name and a path.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ConfigurationError(
            f"the collection prefix {prefix!r} must be empty or lower-case letters, digits and _, a letter first"
        )
    return prefix


def collection_name(prefix: str, entity: Entity) -> str:
    """The collection that keeps an entity."""
    return _checked(prefix + entity.collection)


def relation_name(prefix: str, relation: Relation) -> str:
    """The view that shows a relation."""
    return _checked(prefix + relation.collection)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{name!r} cannot be the name of a collection")
    return name


def content_name(prefix: str, entity: Entity) -> str:
    """The collection that keeps the bytes of an entity's rows."""
    return f"{collection_name(prefix, entity)}_content"


def route_base(prefix: str) -> str:
    """Where the hook routes of this prefix are."""
    return f"/api/dualwrite/{prefix or '-'}"
