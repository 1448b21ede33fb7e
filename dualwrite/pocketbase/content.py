"""Content in PocketBase: the bytes of a row, in a record of their own beside the row's.

A record of their own, since PocketBase updates whole records: it writes back every field as it was when the request
came in. In the row's record an upload that takes seconds would undo what is written to the row meanwhile, and a write
to the row would undo the upload.

| field   | holds                                                                                   |
|---------|-----------------------------------------------------------------------------------------|
| id      | that of the row's record                                                                |
| row     | the relation to it: deleting the row deletes this record, and PocketBase its file       |
| content | the name of the stored file, which PocketBase ends in ten letters of its own each time  |
| checked | the name of the file that was read back and found to be what was sent                   |
| size, sha256 | that file's                                                                        |

So a file that was put there by anybody else shows: `checked` names another one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dualwrite.codec import decode
from dualwrite.content import Fingerprint, Meter, Source, measured, unwatched
from dualwrite.entity import Content, Entity, Key
from dualwrite.errors import ConfigurationError, Conflict, Damaged, Invalid, Missing, TooLarge
from dualwrite.files import whole_file
from dualwrite.pocketbase import json_io
from dualwrite.pocketbase.multipart import FileForm
from dualwrite.pocketbase.names import content_name
from dualwrite.pocketbase.server import PocketBase
from dualwrite.pocketbase.session import Answer, Request
from dualwrite.ports import Holding

log = logging.getLogger(__name__)

_IDS_A_REQUEST = 60  # `id='…'||` is 43 characters and a filter may have 3,500
_FIELDS = "id,content,checked,size,sha256"
_TRIES = 3


class PocketBaseContent:
    """See `dualwrite.ports.ContentStore`. Over the record API, with the hooks and without them. Thread-safe."""

    def __init__(self, server: PocketBase) -> None:
        self._server = server
        self._session = server.session

    def get(self, entity: Entity, key: Key) -> Holding | None:
        """What is held for this row; None where there is no row."""
        row = self._one(self._server.record_api.path(entity, key), _row_fields(entity))
        if row is None:
            return None
        return _holding(entity, row, self._one(self._path(entity, key), _FIELDS))

    def scan(self, entity: Entity, *, after: str = "", limit: int = _IDS_A_REQUEST) -> list[Holding]:
        """At most `limit` rows and what is held for each, by record id. Fewer than `limit` only at the end."""
        rows = self._page(self._server.record_api.path(entity), _row_fields(entity), _behind(after), limit)
        held = {
            each["id"]: each for each in self._among(self._path(entity), _FIELDS, [row["id"] for row in rows])
        }
        return [_holding(entity, row, held.get(row["id"])) for row in rows]

    def upload(
        self, entity: Entity, key: Key, source: Source, watch: Callable[[int], None] = unwatched
    ) -> Fingerprint | None:
        """Store these bytes in place of what was there, read them back, and vouch for them; None where there is no row."""
        if source.size > _declared(entity).largest:
            raise TooLarge(f"{entity.name}: the file is larger than {_declared(entity).largest} bytes")
        if not self._has_row(entity, key):
            return None
        stored = self._store(entity, key, source, watch)
        if stored is None:
            return None
        name, sent = stored
        found = self.fingerprint(entity, key, name, watch)
        if found == sent:
            self.vouch(entity, key, name, sent)
        # The look that every write owes: the row may be gone since, and its file must not outlive it.
        if not self._has_row(entity, key):
            self._clear(entity, key)
            return None
        if found != sent:
            self._withdraw(entity, key, name)
            raise Damaged(f"{entity.name}: what PocketBase stored is not what it was sent")
        return sent

    def fingerprint(
        self, entity: Entity, key: Key, name: str, watch: Callable[[int], None] = unwatched
    ) -> Fingerprint | None:
        """Of the stored file of that name, by reading all of it back; None where it is not there."""
        try:
            with self._file("GET", entity, key, name) as answer:
                return measured(answer.chunks(), watch)
        except Missing:
            return None

    def length(self, entity: Entity, key: Key, name: str) -> int | None:
        """How many bytes the stored file of that name has, without reading them; None where it is not there."""
        try:
            with self._file("HEAD", entity, key, name) as answer:
                return answer.length
        except Missing:
            return None

    def vouch(self, entity: Entity, key: Key, name: str, found: Fingerprint) -> None:
        """Note that the stored file of that name was read back and is this. Where the record is gone, so is the note."""
        body = {"checked": name, "size": found.size, "sha256": found.sha256}
        try:
            self._write("PATCH", self._path(entity, key), json_io.dumps(body))
        except Missing:
            return
        except Invalid:
            if self._has_row(entity, key):  # PocketBase refuses to save a relation to a row that is gone
                raise

    def read(self, entity: Entity, key: Key) -> Iterator[bytes] | None:
        """The bytes held for this row, as they come; None where there is no row, no file, or one that nobody vouched for.

        Nothing is asked of the server before the first of them is. The last is followed by `Damaged` if they are not what
        was vouched for.
        """
        held = self.get(entity, key)
        if held is None or not held.vouched:
            return None
        return self._checked(entity, held)

    def save(self, entity: Entity, key: Key, target: Path) -> bool:
        """Write the bytes held for this row to a file, which is whole or not there; False where `read` gives None."""
        chunks = self.read(entity, key)
        if chunks is None:
            return False
        with whole_file(target) as file:
            for chunk in chunks:
                file.write(chunk)
        return True

    def url(self, entity: Entity, key: Key) -> str | None:
        """Where anybody may read the bytes held for this row, for as long as a file token lives; None where `read` gives it."""
        held = self.get(entity, key)
        if held is None or not held.vouched:
            return None
        return self._session.url(self._file_path(entity, key, held.name), {"token": self._token()})

    def strays(
        self, entity: Entity, *, after: str = "", limit: int = _IDS_A_REQUEST
    ) -> tuple[int, str | None]:
        """Remove what is held for rows that are gone, among the next `limit` records: a process may have died between its
        upload and its look. How many there were, and where to go on; None at the end."""
        records = self._page(self._path(entity), "id", _behind(after), limit)
        ids = [record["id"] for record in records]
        there = {row["id"] for row in self._among(self._server.record_api.path(entity), "id", ids)}
        gone = [each for each in ids if each not in there]
        for each in gone:
            self._delete(f"{self._path(entity)}/{each}")
        return len(gone), ids[-1] if len(ids) == limit else None

    def _checked(self, entity: Entity, held: Holding) -> Iterator[bytes]:
        meter = Meter()
        with self._file("GET", entity, held.key, held.name) as answer:
            yield from meter.through(answer.chunks())
        if meter.fingerprint != held.fingerprint:
            raise Damaged(f"{entity.name}: what PocketBase holds is not what was stored")

    def _store(
        self, entity: Entity, key: Key, source: Source, watch: Callable[[int], None]
    ) -> tuple[str, Fingerprint] | None:
        """The name under which it was stored, and what was sent; None where the row went meanwhile."""
        record_id = entity.record_id(key)
        form = FileForm({"id": record_id, "row": record_id}, "content", source, watch)
        there = self._one(self._path(entity, key), "id") is not None
        for _ in range(_TRIES):
            # The record may come or go between the two requests; each then says so, and the other one is right.
            method, path = ("PATCH", self._path(entity, key)) if there else ("POST", self._path(entity))
            try:
                answer = json_io.loads(self._write(method, path, form))
            except (Conflict, Missing):
                there = not there
                continue
            except Invalid:
                if self._has_row(entity, key):
                    raise
                return None
            if form.sent is None:
                raise Damaged(f"{entity.name}: PocketBase answered before it had the whole file")
            return str(answer["content"]), form.sent
        raise Conflict(f"{entity.name}: its content came and went while it was uploaded", status=409)

    def _withdraw(self, entity: Entity, key: Key, name: str) -> None:
        """Take that file away, and no other that may be there by now."""
        try:
            body = {"content-": name, "checked": "", "size": 0, "sha256": ""}
            self._write("PATCH", self._path(entity, key), json_io.dumps(body))
        except (Missing, Invalid):
            return

    def _clear(self, entity: Entity, key: Key) -> None:
        """Remove the record of a row that is gone. PocketBase leaves the file behind where the record went while it was
        replaced: deleting a record of that id removes its whole folder."""
        path = self._path(entity)
        if self._one(f"{path}/{entity.record_id(key)}", "id") is None:
            try:
                self._write("POST", path, json_io.dumps({"id": entity.record_id(key)}))
            except (Conflict, Invalid):
                return  # the row and its content are back
        self._delete(f"{path}/{entity.record_id(key)}")

    def _has_row(self, entity: Entity, key: Key) -> bool:
        return self._one(self._server.record_api.path(entity, key), "id") is not None

    def _path(self, entity: Entity, key: Key | None = None) -> str:
        path = f"/api/collections/{content_name(self._server.prefix, entity)}/records"
        return path if key is None else f"{path}/{entity.record_id(key)}"

    def _file_path(self, entity: Entity, key: Key, name: str) -> str:
        return f"/api/files/{content_name(self._server.prefix, entity)}/{entity.record_id(key)}/{name}"

    def _file(self, method: str, entity: Entity, key: Key, name: str) -> Answer:
        path = self._file_path(entity, key, name)
        return self._session.open(Request(method, path, "file", params={"token": self._token()}))

    def _token(self) -> str:
        content = self._session.send(Request("POST", "/api/files/token", "file_token"))
        return str(json_io.loads(content)["token"])

    def _one(self, path: str, fields: str) -> dict[str, Any] | None:
        try:
            content = self._session.send(Request("GET", path, "content_get", params={"fields": fields}))
        except Missing:
            return None
        found: dict[str, Any] = json_io.loads(content)
        return found

    def _page(self, path: str, fields: str, filter: str, limit: int) -> list[dict[str, Any]]:
        params = {"fields": fields, "sort": "id", "perPage": str(limit), "skipTotal": "1"}
        if filter:
            params["filter"] = filter
        content = self._session.send(Request("GET", path, "content_list", params=params))
        return list(json_io.loads(content)["items"])

    def _among(self, path: str, fields: str, ids: Sequence[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for start in range(0, len(ids), _IDS_A_REQUEST):
            some = ids[start : start + _IDS_A_REQUEST]
            found += self._page(path, fields, "||".join(f"id='{each}'" for each in some), len(some))
        return found

    def _write(self, method: str, path: str, content: bytes | FileForm) -> bytes:
        params = {"fields": "content"}
        request = Request(method, path, "content_write", params=params, content=content, writes=True)
        return self._session.send(request)

    def _delete(self, path: str) -> None:
        try:
            self._session.send(Request("DELETE", path, "content_delete", writes=True))
        except Missing:
            return


def _declared(entity: Entity) -> Content:
    if entity.content is None:
        raise ConfigurationError(f"{entity.name} declares no content")
    return entity.content


def _row_fields(entity: Entity) -> str:
    columns = [entity.column(name).field for name in (*entity.key, _declared(entity).path)]
    return ",".join(dict.fromkeys(["id", *columns]))


def _behind(record_id: str) -> str:
    return f"id>'{record_id}'" if record_id else ""


def _holding(entity: Entity, row: Mapping[str, Any], held: Mapping[str, Any] | None) -> Holding:
    path = decode(entity.column(_declared(entity).path), row[entity.column(_declared(entity).path).field])
    found = held or {}
    sha256 = found.get("sha256") or ""
    return Holding(
        key=tuple(str(row[entity.column(name).field]) for name in entity.key),
        record_id=str(row["id"]),
        path=None if path is None else str(path),
        name=found.get("content") or "",
        checked=found.get("checked") or "",
        fingerprint=Fingerprint(int(found["size"]), sha256) if sha256 else None,
    )
