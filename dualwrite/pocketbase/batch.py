"""`/api/batch`: several writes of the record API in one transaction, where a PocketBase has it switched on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
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

    def enable(self, *, requests: int = 1_000, seconds: int = 30) -> None:
        """Switch the batch API on for the whole server."""
        batch = {"enabled": True, "maxRequests": requests, "timeout": seconds, "maxBodySize": _DEFAULT_BODY}
        body = json_io.dumps({"batch": batch})
        self._session.send(Request("PATCH", SETTINGS, "settings", content=body, writes=True))
        with self._lock:
            self._limits = None

    def upserts(self, entity: Entity, rows: Sequence[Row], *, size: int) -> Iterator[list[bytes]]:
        """The rows as requests of a batch, grouped by the server's limits and `size` bytes."""
        limits = self.limits()
        group: list[bytes] = []
        room = size = min(size, limits.size)
        # Everything is encoded before anything is sent: a row that cannot be is found while nothing has been written.
        for one in [json_io.dumps(self._request(Put(entity, row))) for row in rows]:
            if group and (len(one) > room or len(group) >= limits.requests):
                yield group
                group, room = [], size
            group.append(one)
            room -= len(one)
        if group:
            yield group

    def send_raw(
        self, requests: Sequence[bytes], trace: Trace | None = None, *, repeatable: bool = True
    ) -> list[Any]:
        """The answers to these requests, all done or none.

        Raises:
            StoreError: that of the request which failed, as its own route would have raised it.
        """
        body = b'{"requests":[' + b",".join(requests) + b"]}"
        request = Request("POST", "/api/batch", "batch", content=body, writes=True, repeatable=repeatable)
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
        answers = self.send_raw([json_io.dumps(self._request(change)) for change in changes], trace)
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
