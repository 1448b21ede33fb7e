"""Content: the bytes that belong to a row. How they are read, measured and found where the row says they are.

They are never held in memory: a file of any size passes in pieces of `CHUNK` bytes.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from dualwrite.errors import Unsteady

CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """How many bytes there are, and their SHA-256 in hex: what two copies are compared by."""

    size: int
    sha256: str


def unwatched(count: int) -> None:
    """Watches nothing."""


class Meter:
    """Measures bytes on their way, and tells `watch` how many have passed."""

    def __init__(self, watch: Callable[[int], None] = unwatched) -> None:
        self._hash = hashlib.sha256()
        self._size = 0
        self._watch = watch

    def through(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks, measured."""
        for chunk in chunks:
            self._hash.update(chunk)
            self._size += len(chunk)
            self._watch(len(chunk))
            yield chunk

    @property
    def fingerprint(self) -> Fingerprint:
        """Of everything that has passed."""
        return Fingerprint(self._size, self._hash.hexdigest())


def measured(chunks: Iterable[bytes], watch: Callable[[int], None] = unwatched) -> Fingerprint:
    """The fingerprint of these bytes, which are forgotten."""
    meter = Meter(watch)
    for _ in meter.through(chunks):
        pass
    return meter.fingerprint


class Source:
    """A binary file that can seek, from where it stands to its end. It can be read any number of times.

    Raises:
        OSError: it cannot seek.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._start = file.tell()
        self.size = file.seek(0, io.SEEK_END) - self._start

    def chunks(self) -> Iterator[bytes]:
        """All of its bytes.

        Raises:
            Unsteady: there are fewer or more of them than there were.
        """
        self._file.seek(self._start)
        left = self.size
        while left:
            chunk = self._file.read(min(CHUNK, left))
            if not chunk:
                raise Unsteady("the file became shorter while it was read")
            left -= len(chunk)
            yield chunk
        if self._file.read(1):
            raise Unsteady("the file became longer while it was read")


class Absence(StrEnum):
    """Why a row has no file here."""

    PATHLESS = "pathless"  # the row names none
    ELSEWHERE = "elsewhere"  # a URL: an object store has it
    OUTSIDE = "outside"  # a relative path that leads out of its directory
    MISSING = "missing"  # no regular file is there


def locate(path: str | None, directory: Path) -> Path | Absence:
    """Where a row's file is on this machine. A relative path is one below `directory`."""
    if not path:
        return Absence.PATHLESS
    if "://" in path:
        return Absence.ELSEWHERE
    if not Path(path).is_absolute():
        # By the text alone: a link below the directory may lead wherever its owner wants.
        root = os.path.normpath(directory.absolute())
        path = os.path.normpath(os.path.join(root, path))  # noqa: PTH118 - Path keeps `..`
        if not Path(path).is_relative_to(root):
            return Absence.OUTSIDE
    found = Path(path)
    try:
        return found if found.is_file() else Absence.MISSING
    except (OSError, ValueError):  # a name too long, or one that holds NUL
        return Absence.MISSING
