"""Files' content: the bytes themselves, which PocketBase can hold and Open WebUI's own database cannot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from repos.models.file import FileContent


@runtime_checkable
class IFileContent(Protocol):
    """What `connect(backend="pocketbase").files` can do besides. Bytes pass in pieces: no file is ever held in memory.

    Only bytes that were read back after their upload and found to be what was sent are given out. Every method may raise
    `StoreError` where PocketBase is in trouble.
    """

    def upload_content(self, id: str, source: Path | BinaryIO) -> FileContent | None:
        """Store the bytes of a file, which are those at a path, or a binary file's from where it stands, in place of what
        was there; None for a missing file.

        Raises:
            OSError: the source cannot be read, or cannot seek.
            Unsteady: it changed while it was read; nothing was stored.
            Damaged: what PocketBase stored was not what it was sent, and was taken away.
            Refused: PocketBase does not take it; `TooLarge` above the limit that the entity declares.
        """

    def get_content(self, id: str) -> FileContent | None:
        """How many bytes there are, and their SHA-256; None for a missing file, and for one without bytes."""

    def read_content(self, id: str) -> Iterator[bytes] | None:
        """The bytes as they come; None where `get_content` gives it. What follows the last of them is `Damaged`, should they
        not be what was stored."""

    def download_content(self, id: str, target: Path) -> bool:
        """Write the bytes to a file, which is whole or not there, and checked; False where `get_content` gives None."""

    def download_url(self, id: str) -> str | None:
        """Where anybody may read the bytes for the next two minutes (or less, as PocketBase is set); None where
        `get_content` gives it. The URL is a secret, and its bearer may begin to read any other file as well, if it knows
        that one's name."""
