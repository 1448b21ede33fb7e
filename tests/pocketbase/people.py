"""People who are no superusers, on a real server, and what they hold."""

from __future__ import annotations

import atexit
import secrets
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import httpx

from dualwrite.pocketbase import EmbeddedPocketBase

HTTP = httpx.Client(trust_env=False, verify=False, timeout=30.0)
"""For all: a client for each request would read the certificates each time."""
atexit.register(HTTP.close)
_TOKENS: WeakKeyDictionary[EmbeddedPocketBase, str] = WeakKeyDictionary()


@dataclass(frozen=True)
class Person:
    """An auth record of some collection, logged in."""

    identity: str
    password: str
    token: str


def superuser_token(server: EmbeddedPocketBase) -> str:
    """A token of the server's own superuser; a login is 100 ms of bcrypt, so there is one for each server."""
    if server not in _TOKENS:
        _TOKENS[server] = str(_login(server, "_superusers", server.identity, server.password)["token"])
    return _TOKENS[server]


def file_token(server: EmbeddedPocketBase) -> str:
    """A superuser's file token: what `download_url` hands out."""
    answer = HTTP.post(
        f"{server.url}/api/files/token",
        headers={"Authorization": superuser_token(server)},
    )
    return str(answer.raise_for_status().json()["token"])


def sign_up(server: EmbeddedPocketBase, collection: str = "users") -> Person:
    """A new person in an auth collection, which is made where it is missing."""
    headers = {"Authorization": superuser_token(server)}
    base = f"{server.url}/api/collections"
    if HTTP.get(f"{base}/{collection}", headers=headers).status_code == 404:
        made = HTTP.post(base, headers=headers, json={"name": collection, "type": "auth"})
        made.raise_for_status()
    identity, password = f"{secrets.token_hex(6)}@example.com", secrets.token_hex(12)
    record = {"email": identity, "password": password, "passwordConfirm": password}
    HTTP.post(f"{base}/{collection}/records", headers=headers, json=record).raise_for_status()
    return Person(identity, password, str(_login(server, collection, identity, password)["token"]))


def _login(server: EmbeddedPocketBase, collection: str, identity: str, password: str) -> dict[str, object]:
    answer = HTTP.post(
        f"{server.url}/api/collections/{collection}/auth-with-password",
        json={"identity": identity, "password": password},
    )
    found: dict[str, object] = answer.raise_for_status().json()
    return found
