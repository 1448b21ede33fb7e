"""A migration: what the command line and the transitional repositories must know of a domain.

Registered as an entry point of the group `dualwrite.migrations`; the only one installed is the default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dualwrite.dialect import Dialect
from dualwrite.entity import Entity
from dualwrite.errors import ConfigurationError

if TYPE_CHECKING:
    from dualwrite.pocketbase import PocketBase
    from dualwrite.ports import Reader
    from dualwrite.rehearse.material import Rehearsal
    from dualwrite.sql import Database

GROUP = "dualwrite.migrations"


@dataclass(frozen=True)
class Migration:
    """A domain: its contracts, its entities, and how to build each side.

    `contracts` maps a repository's name to its interface; the two builders return an adapter for each of these names.
    That of PocketBase is told the SQL dialect (`sqlite` or `postgresql`) whose behaviour its adapters are to follow.
    `prefix` is that of the PocketBase collections. `check` raises `ConfigurationError` where a database is
    not one of this domain; by default its tables are held against the entities. `questions`
    draws reads (repository, method, arguments) from the rows there are, by a seed; `rehearsal` makes what a rehearsal works
    on. Classes from the `foreign` packages must not be imported by a helper process: their pydantic models go there as plain
    ones.
    """

    name: str
    contracts: Mapping[str, type]
    entities: tuple[Entity, ...]
    sql: Callable[[Database], Mapping[str, Any]]
    pocketbase: Callable[[PocketBase, Dialect], Mapping[str, Any]]
    title: str = ""
    prefix: str = ""
    check: Callable[[Database], None] | None = None
    questions: Callable[[Reader, int], Iterable[tuple[str, str, tuple[Any, ...]]]] | None = None
    rehearsal: Callable[[], Rehearsal] | None = None
    foreign: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", self.title or self.name)
        object.__setattr__(self, "prefix", self.prefix or f"{self.name}_")

    def entity(self, name: str) -> Entity:
        """The entity of that name; `KeyError` if there is none."""
        return {entity.name: entity for entity in self.entities}[name]


def installed(name: str | None = None) -> Migration:
    """The migration registered under that name, or the only one there is.

    Raises:
        ConfigurationError: none of that name, none at all, or several and no name.
    """
    from importlib.metadata import entry_points  # a tenth of what importing a domain takes

    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name is None and len(found) == 1:
        (name,) = found
    if name is None or name not in found:
        known = ", ".join(sorted(found)) or "none is installed"
        wanted = f"no migration is called {name!r}" if name else "which migration? Give --migration NAME"
        raise ConfigurationError(f"{wanted} (known: {known})")
    migration = found[name].load()
    if not isinstance(migration, Migration):
        raise ConfigurationError(f"the entry point {GROUP}:{name} is not a Migration")
    return migration
