"""`/api/batch`: several writes of the record API in one transaction, where a PocketBase has it switched on."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dualwrite.codec import from_api_record, to_record
from dualwrite.entity import Entity, Key, Row
from dualwrite.errors import ConfigurationError
from dualwrite.pocketbase import json_io
from dualwrite.pocketbase.changes import Change, Create, Delete, Put, Update
from dualwrite.pocketbase.record_api import RecordApi, changed_fields
from dualwrite.pocketbase.session import Request, Session, Trace

_DEFAULT_BODY = 128 * 1024 * 1024  # what maxBodySize 0 stands for
SETTINGS = "/api/settings"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server's settings allow."""

    enabled: bool
    requests: int
    size: int


class Batch:
    """Thread-safe. The settings are read once, before the first use."""

    def __init__(self, session: Session, records: RecordApi) -> None:
        self._session = session
        self._records = records
        self._lock = threading.Lock()
        self._limits: Limits | None = None

    def limits(self) -> Limits:
        """The limits as the server has them set; needs a superuser."""
        with self._lock:
            if self._limits is None:
                content = self._session.send(Request("GET", SETTINGS, "settings"))
                batch = json_io.loads(content).get("batch") or {}
                size = int(batch.get("maxBodySize") or 0) or _DEFAULT_BODY
                self._limits = Limits(bool(batch.get("enabled")), int(batch.get("maxRequests") or 0), size)
            return self._limits

    def switch(self, *, on: bool, requests: int = 1_000, seconds: int = 30) -> None:
        """Switch the batch API on or off for the whole server."""
        batch = {"enabled": on, "maxRequests": requests, "timeout": seconds, "maxBodySize": _DEFAULT_BODY}
        body = json_io.dumps({"batch": batch})
        self._session.send(Request("PATCH", SETTINGS, "settings", content=body, writes=True))
        with self._lock:
            self._limits = None

    def put(self, requests: Sequence[bytes], *, size: int) -> None:
        """Send these encoded upserts, grouped by the server's limits and `size` bytes."""
        limits = self.limits()
        size = min(size, limits.size)
        for group in json_io.batches(requests, size=size, count=limits.requests):
            self._send(group)

    def encoded(self, change: Change) -> bytes:
        """A change as one request of a batch."""
        return json_io.dumps(self._request(change))

    def _send(self, requests: bytes, trace: Trace | None = None) -> list[Any]:
        """The answers to these requests, all done or none.

        Raises:
            StoreError: that of the request which failed, as its own route would have raised it.
        """
        body = b'{"requests":' + requests + b"}"
        request = Request("POST", "/api/batch", "batch", content=body, writes=True)
        answers: list[Any] = json_io.loads(self._session.send(request, trace))
        return answers

    def apply(self, changes: Sequence[Change], trace: Trace | None = None) -> list[Row | None]:
        """Every change or none; what each record holds afterwards.

        Raises:
            ConfigurationError: the batch API is off, or allows fewer requests than there are changes.
        """
        limits = self.limits()
        if not limits.enabled or len(changes) > limits.requests:
            state = f"allows {limits.requests} requests" if limits.enabled else "is off"
            raise ConfigurationError(
                f"{len(changes)} changes in one transaction need the hooks (`dualwrite init`) or the batch API, which {state}"
            )
        answers = self._send(b"[" + b",".join(self.encoded(change) for change in changes) + b"]", trace)
        return [
            None if isinstance(change, Delete) else from_api_record(change.entity, answer["body"])
            for change, answer in zip(changes, answers, strict=True)
        ]

    def _request(self, change: Change) -> dict[str, Any]:
        match change:
            case Create(entity, row):
                return {"method": "POST", "url": self._records.path(entity), "body": to_record(entity, row)}
            case Put(entity, row):
                return {"method": "PUT", "url": self._records.path(entity), "body": to_record(entity, row)}
            case Update(entity, key, values):
                body = changed_fields(entity, key, values)
                return {"method": "PATCH", "url": self._records.path(entity, key), "body": body}
            case Delete(entity, key):
                return {"method": "DELETE", "url": self._records.path(entity, key)}


def by_entity(changes: Sequence[Change]) -> dict[str, tuple[Entity, list[Key]]]:
    """The keys of the deletions among the changes."""
    found: dict[str, tuple[Entity, list[Key]]] = {}
    for change in changes:
        if isinstance(change, Delete):
            found.setdefault(change.entity.name, (change.entity, []))[1].append(change.key)
    return found
