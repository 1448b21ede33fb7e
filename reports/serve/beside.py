"""The page and the metrics, served beside whatever else a process does."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry

from dualwrite.parts import Parts
from reports.serve.http import Answer, Hosts, answer
from reports.serve.pages import Pages
from reports.serve.server import Server


@contextmanager
def beside(
    parts: Parts,
    registry: CollectorRegistry | None,
    host: str,
    port: int,
    *,
    allowed: Collection[str] = (),
) -> Iterator[str]:
    """Serve while the block runs; gives the page's address. `registry` is what `/metrics` shows, left out that of the parts;
    `allowed` are further names that it may be asked for under. Raises `ConfigurationError` where nobody can listen there."""
    routes, hosts = Pages(parts, registry).routes(), Hosts.of(host, allowed=allowed)

    def ask(method: str, path: str, name: str | None) -> Answer:
        return answer(routes, hosts, method=method, path=path, host=name)

    server = Server(host, port, ask)
    serving = threading.Thread(target=server.serve_forever, name="dualwrite-serve", daemon=True)
    serving.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
