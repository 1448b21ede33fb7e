"""`/metrics` over HTTP beside something else, for as long as a block lasts.

Whoever registers under the entry-point group `dualwrite.servers` serves it, and what else there is to look at; `reports` adds its
live page. Without any it is `/metrics` alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import entry_points
from typing import Protocol

from prometheus_client import CollectorRegistry, start_http_server

from dualwrite.errors import ConfigurationError
from dualwrite.parts import Parts

GROUP = "dualwrite.servers"


class Serve(Protocol):
    """What is registered."""

    def __call__(
        self, parts: Parts, registry: CollectorRegistry, host: str, port: int
    ) -> AbstractContextManager[str]:
        """Serve while the block runs; gives the address. Port 0 takes any that is free.

        Raises:
            ConfigurationError: nobody can listen there.
        """


def serving(parts: Parts, registry: CollectorRegistry, host: str, port: int) -> AbstractContextManager[str]:
    """As `Serve` says, by whoever is registered."""
    for entry in entry_points(group=GROUP):
        serve: Serve = entry.load()
        return serve(parts, registry, host, port)
    return metrics_alone(registry, host, port)


@contextmanager
def metrics_alone(registry: CollectorRegistry, host: str, port: int) -> Iterator[str]:
    """`/metrics` and nothing else."""
    try:
        server, thread = start_http_server(port, host, registry)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(
            f"metrics cannot be served at {host}:{port} ({reason}): give another host or port"
        ) from error
    try:
        yield f"http://{host}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
