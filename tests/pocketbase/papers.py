"""A paper, whose row has bytes beside it, and the server's files of papers."""

from __future__ import annotations

import hashlib
import io
import json
import os
from pathlib import Path

from dualwrite.content import Fingerprint, Source
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBase, PocketBaseContent
from dualwrite.pocketbase.names import content_name
from dualwrite.pocketbase.session import Request
from tests.fixtures.faults import until
from tests.pocketbase.notes import PAPER

KEY = ("p",)
BODY = b"\r\n--boundary\r\n\x00\xff honest bytes" * 1000


def source(data: bytes = BODY) -> Source:
    return Source(io.BytesIO(data))


def fingerprint(data: bytes = BODY) -> Fingerprint:
    return Fingerprint(len(data), hashlib.sha256(data).hexdigest())


def held(content: PocketBaseContent) -> bytes | None:
    """What is given out for the row."""
    chunks = content.read(PAPER, KEY)
    return None if chunks is None else b"".join(chunks)


class Disk:
    """The files that the server keeps of papers."""

    def __init__(self, server: EmbeddedPocketBase, pb: PocketBase) -> None:
        path = f"/api/collections/{content_name(pb.prefix, PAPER)}"
        found = json.loads(pb.session.send(Request("GET", path, "test")))
        self._folder = server.folder / "pb_data" / "storage" / found["id"]
        self.await_files(0)  # of earlier tests: PocketBase removes them behind its answers

    def files(self) -> list[Path]:
        # As `Path.rglob`, which fails where PocketBase removes a folder at that moment.
        found = (Path(folder) / name for folder, _, names in os.walk(self._folder) for name in names)
        return [path for path in found if path.name.startswith("content_") and path.suffix != ".attrs"]

    def await_files(self, count: int) -> None:
        until(lambda: len(self.files()) == count)
