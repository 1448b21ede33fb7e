"""What a request gets: pure values, known to no socket.

Every answer forbids to be kept, framed or guessed at, and the page's policy lets in nothing but its own style and script, by
their hashes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias

METHODS = ("GET", "HEAD")
TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
HTML = "text/html; charset=utf-8"

ALWAYS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, type and body; `headers` take the place of those that are always sent."""

    status: HTTPStatus
    type: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_headers(self) -> dict[str, str]:
        """Every header but those of the transport."""
        length = {"Content-Type": self.type, "Content-Length": str(len(self.body))}
        return {**ALWAYS, **length, **self.headers}


Route: TypeAlias = Callable[[], Answer]


def plain(status: HTTPStatus, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    """A line of text."""
    return Answer(status, TEXT, f"{text}\n".encode(), headers or {})


@dataclass(frozen=True, slots=True)
class Hosts:
    """Names under which this server may be asked for. A page elsewhere can make a browser come here under a name of its own
    (DNS rebinding), but not under one of these, nor under an address."""

    names: frozenset[str]
    addresses: bool

    @classmethod
    def of(cls, bound: str, *, allowed: Collection[str] = ()) -> Hosts:
        """For a server at that address: on loopback only loopback's own names, elsewhere any address."""
        names = {"localhost", "127.0.0.1", "::1", bound.casefold(), *(name.casefold() for name in allowed)}
        return cls(frozenset(names), addresses=not is_loopback(bound))

    def allow(self, header: str | None) -> bool:
        """Whether a request with this `Host` header is meant for us."""
        if not header:
            return False
        name = header.strip().casefold()
        name = name[1 : name.find("]")] if name.startswith("[") else name.partition(":")[0]
        return name in self.names or (self.addresses and _is_address(name))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    return ipaddress.ip_address(host).is_loopback if _is_address(host) else host == "localhost"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def answer(routes: Mapping[str, Route], hosts: Hosts, *, method: str, path: str, host: str | None) -> Answer:
    """What this request gets. There is nothing but the routes: no file, no folder."""
    if not hosts.allow(host):
        return plain(
            HTTPStatus.MISDIRECTED_REQUEST,
            "This name is not served here: see --allow-host of dualwrite metrics",
        )
    route = routes.get(path)
    if route is None:
        return plain(HTTPStatus.NOT_FOUND, f"There is nothing here but {', '.join(routes)}")
    if method not in METHODS:
        allowed = ", ".join(METHODS)
        return plain(HTTPStatus.METHOD_NOT_ALLOWED, f"Only {allowed}", {"Allow": allowed})
    return route()
