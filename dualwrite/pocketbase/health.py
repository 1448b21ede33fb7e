"""How a PocketBase is: reachable, of a usable version, with the schema and the hooks of this release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dualwrite.entity import Entity
from dualwrite.errors import ConfigurationError, StoreError
from dualwrite.pocketbase.hook_wire import HookWire
from dualwrite.pocketbase.reach import obstacle
from dualwrite.pocketbase.schema import check_schema
from dualwrite.pocketbase.server import PocketBase


@dataclass(frozen=True, slots=True)
class Health:
    """`problem` is what keeps it from working at all; the others what keeps it from working as it should. One line each."""

    problem: str | None
    schema: tuple[str, ...] = ()
    hooks: str | None = None

    @property
    def ready(self) -> bool:
        """Whether nothing at all is wrong, as the switch demands."""
        return self.problem is None and not self.schema and self.hooks is None


def health(pb: PocketBase, entities: Sequence[Entity]) -> Health:
    """Ask the server now, whatever was known before. Raises nothing: what is wrong is the answer."""
    problem = obstacle(pb.session)
    if problem is not None:
        return Health(problem)
    try:
        schema = tuple(check_schema(pb, entities))
        hooks = HookWire(pb.session, pb.prefix, pb.entities, request_bytes=1).problem()
    except (StoreError, ConfigurationError) as error:
        return Health(problem=str(error))
    return Health(problem=None, schema=schema, hooks=hooks)
